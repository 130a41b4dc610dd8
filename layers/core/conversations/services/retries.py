"""How often a piece of the bots' work is tried, and what becomes of it when that was in vain."""

from contextlib import suppress
from dataclasses import dataclass

from conversations.contract.server_frames import ErrorFrame
from conversations.domain import ids
from conversations.domain.errors import DeadLetteredError, UnavailableError
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob
from conversations.ports.queues import RetryControl
from conversations.ports.turns import TurnStore
from conversations.services.fan_out import FanOut
from conversations.services.turns import TurnService

MAX_TRIES = 5
"""How often work is tried that fails by itself."""

MAX_GREETING_TRIES = 2
"""How often a bot is asked to speak first: nobody waits for a greeting, but what is said next waits behind it."""

MAX_UNAVAILABLE_TRIES = 10
"""How often work is tried that waits for a service which is busy, or whose function dies: some three minutes."""

BACKOFF_SECONDS = (1, 2, 4, 8, 15, 30)
"""How long to wait before the next try, try by try; the last one from then on. The conversation waits with it."""


@dataclass(frozen=True, slots=True)
class RetryService:
    """Tries pieces of work."""

    turn_service: TurnService
    turns: TurnStore
    fan_out: FanOut
    retry_control: RetryControl

    def run(self, work: TurnJob, *, receipt: str, tries: int) -> None:
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
        DeadLetteredError
            If there will be no other try: the work lies with the dead letters, the user has been told, and what is
            said next will be answered. The queue may forget it.
        Exception
            Whatever the work failed with; it will come again.
        """
        if tries > MAX_UNAVAILABLE_TRIES:
            self._give_up(work)
            raise DeadLetteredError("Every try was cut short.")
        try:
            self.turn_service.handle(work)
        except Exception as error:
            if tries >= _most_tries(work, error):
                self._give_up(work)
                raise DeadLetteredError("It failed every time.") from error
            with suppress(UnavailableError):
                self.retry_control.delay_retry(receipt, BACKOFF_SECONDS[min(tries, len(BACKOFF_SECONDS)) - 1])
            raise

    def _give_up(self, work: TurnJob) -> None:
        """Put the work aside first: whatever is cut short after that is done again by the next try."""
        if not isinstance(work, AnswerJob):
            self.retry_control.send_to_dead_letter_queue(work)
        elif self._waits(work):
            self.retry_control.send_to_dead_letter_queue(work)
            self._go_on_without(work)

    def _waits(self, work: AnswerJob) -> bool:
        """Tell whether there is anything to give up; what failed may have been the telling of an answer only."""
        dialog = self.turns.load(work.session_id, work.message_id)
        if dialog is None or dialog.message is None:
            return False
        return dialog.conversation.is_pending(dialog.message.seq)

    def _go_on_without(self, work: AnswerJob) -> None:
        dialog = self.turns.mark_failed(work.session_id, work.message_id)
        if dialog is None or dialog.message is None:
            return
        frame = ErrorFrame(
            # The word and the sentence of our own mistakes, as in the table of errors.
            error="internal",
            message="The bot could not answer this message.",
            session_id=ids.format_session_id(work.session_id),
            client_message_id=dialog.message.client_message_id,
            message_id=ids.format_message_id(work.message_id),
        )
        self.fan_out.send_to_owner(dialog.conversation.owner, [frame])


def _most_tries(work: TurnJob, error: Exception) -> int:
    if isinstance(error, UnavailableError):
        return MAX_UNAVAILABLE_TRIES
    return MAX_GREETING_TRIES if isinstance(work, GreetJob) else MAX_TRIES
