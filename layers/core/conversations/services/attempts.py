"""How often a piece of the bots' work is tried, and what becomes of it when that was in vain."""

from contextlib import suppress
from dataclasses import dataclass

from conversations.domain import ids
from conversations.domain.errors import GivenUpError, UnavailableError
from conversations.domain.frames import ErrorFrame
from conversations.domain.ports import Receipts, TurnStore
from conversations.domain.work import Answer, Open, Work
from conversations.services.delivery import Delivery
from conversations.services.replies import ReplyService

MAX_TRIES = 5
"""How often work is tried that fails by itself."""

MAX_GREETING_TRIES = 2
"""How often a bot is asked to speak first: nobody waits for a greeting, but what is said next waits behind it."""

MAX_WAITING_TRIES = 10
"""How often work is tried that waits for a service which is busy, or whose function dies: some three minutes."""

PAUSES_SECONDS = (1, 2, 4, 8, 15, 30)
"""How long to wait before the next try, try by try; the last one from then on. The conversation waits with it."""


@dataclass(frozen=True, slots=True)
class AttemptService:
    """Tries pieces of work."""

    replies: ReplyService
    turns: TurnStore
    delivery: Delivery
    receipts: Receipts

    def attempt(self, work: Work, *, receipt: str, tries: int) -> None:
        """Do the work, or see to it that it is tried again, or give it up.

        Parameters
        ----------
        work
            What to do.
        receipt
            By what the queue knows that it was handed out.
        tries
            How often it was handed out, this time included.

        Raises
        ------
        GivenUpError
            If there will be no other try: the work lies with the dead letters, the user has been told, and what is
            said next will be answered. The queue may forget it.
        Exception
            Whatever the work failed with; it will come again.
        """
        if tries > MAX_WAITING_TRIES:
            self._give_up(work)
            raise GivenUpError("Every try was cut short.")
        try:
            self.replies.handle(work)
        except Exception as error:
            if tries >= _most_tries(work, error):
                self._give_up(work)
                raise GivenUpError("It failed every time.") from error
            with suppress(UnavailableError):
                self.receipts.postpone(receipt, PAUSES_SECONDS[min(tries, len(PAUSES_SECONDS)) - 1])
            raise

    def _give_up(self, work: Work) -> None:
        """Put the work aside first: whatever is cut short after that is done again by the next try."""
        if not isinstance(work, Answer):
            self.receipts.bury(work)
        elif self._waits(work):
            self.receipts.bury(work)
            self._go_on_without(work)

    def _waits(self, work: Answer) -> bool:
        """Tell whether there is anything to give up; what failed may have been the telling of an answer only."""
        dialog = self.turns.load(work.session_id, work.message_id)
        if dialog is None or dialog.message is None:
            return False
        return dialog.conversation.waits_for_answer(dialog.message.seq)

    def _go_on_without(self, work: Answer) -> None:
        dialog = self.turns.give_up(work.session_id, work.message_id)
        if dialog is None or dialog.message is None:
            return
        frame = ErrorFrame(
            # The word and the sentence of our own mistakes, as in the table of errors.
            error="internal",
            message="The bot could not answer this message.",
            session_id=ids.public_session_id(work.session_id),
            client_message_id=dialog.message.client_message_id,
            message_id=ids.public_message_id(work.message_id),
        )
        self.delivery.to_devices(dialog.conversation.owner, [frame])


def _most_tries(work: Work, error: Exception) -> int:
    if isinstance(error, UnavailableError):
        return MAX_WAITING_TRIES
    return MAX_GREETING_TRIES if isinstance(work, Open) else MAX_TRIES
