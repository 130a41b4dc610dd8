"""Telling every device what a bot has said: at once, or what follows a pause later, without anybody waiting."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from conversations.contract.server_frames import MessageFrame, ServerFrame, SuggestionFrame, TypingFrame
from conversations.domain import ids
from conversations.domain.conversation import Conversation
from conversations.domain.dialog import Dialog
from conversations.domain.jobs import DelayedDeliveryJob, DelayedPart
from conversations.domain.message import Message, Sender, Suggestion, collect_suggestions
from conversations.ports.clock import Clock
from conversations.ports.messages import MessageStore
from conversations.ports.queues import DelayedDeliveryQueue
from conversations.ports.turns import TurnStore
from conversations.services.fan_out import FanOut

MAX_PAUSE_SECONDS = 15 * 60
"""Longest delay of a message on a queue (SQS's quota)."""

_MAX_DELAYED_MESSAGES = 100
"""More messages than one turn can store."""


@dataclass(frozen=True, slots=True)
class TurnDelivery:
    """Tells the messages of turns, which are stored already: whoever misses one, or does not wait, finds it there."""

    turns: TurnStore
    messages: MessageStore
    fan_out: FanOut
    queue: DelayedDeliveryQueue
    now: Clock

    def deliver(self, conversation: Conversation, spoken: Sequence[Message], pauses: Mapping[int, float]) -> None:
        """Tell the messages of a turn.

        Parameters
        ----------
        conversation
            Where they were said.
        spoken
            All of them, in order.
        pauses
            Seconds to wait before the message at a place.

        Raises
        ------
        UnavailableError
            If it cannot be known which sockets there are, or what is to be told later is not queued.
        """
        places = sorted(place for place in pauses if place < len(spoken))
        if not places:
            self._tell(conversation, spoken)
            return
        self._tell(conversation, spoken[: places[0]], self._typing(conversation))
        parts = [
            DelayedPart(seconds=_whole(pauses[place]), first=spoken[place].id, last=spoken[end - 1].id)
            for place, end in zip(places, [*places[1:], len(spoken)], strict=True)
        ]
        telling = DelayedDeliveryJob(session_id=conversation.id, first_delayed_id=parts[0].first, parts=tuple(parts))
        self.queue.put(telling, seconds=parts[0].seconds)

    def send_suggestions(self, conversation: Conversation, suggestions: tuple[Suggestion, ...]) -> None:
        """Show quick replies that came without a message.

        Raises
        ------
        UnavailableError
            If it cannot be known which sockets there are.
        """
        frame = SuggestionFrame(session_id=ids.format_session_id(conversation.id), suggestions=suggestions)
        self.fan_out.send_to_owner(conversation.owner, [frame])

    def deliver_next(self, telling: DelayedDeliveryJob) -> None:
        """Tell what a pause has held back, unless something has been said meanwhile, before which all was told.

        Raises
        ------
        UnavailableError
            If something does not answer; telling again repeats messages, which devices know by their ids.
        """
        dialog = self.turns.load(telling.session_id)
        if (
            dialog is None
            or dialog.conversation.is_gone(self.now())
            or dialog.first_delayed_id != telling.first_delayed_id
        ):
            return
        part, later = telling.parts[0], telling.parts[1:]
        spoken = self._stored(dialog.conversation, part.first, part.last)
        self._tell(dialog.conversation, spoken, *([self._typing(dialog.conversation)] if later else []))
        if later:
            self.queue.put(telling.model_copy(update={"parts": later}), seconds=later[0].seconds)

    def flush(self, dialog: Dialog) -> None:
        """Tell all that the last turn has held back, or has told already: nothing may come behind what comes next.

        Raises
        ------
        UnavailableError
            If something does not answer.
        """
        if dialog.first_delayed_id is not None:
            self._tell(dialog.conversation, self._stored(dialog.conversation, dialog.first_delayed_id, ids.LAST_ID))

    def _stored(self, conversation: Conversation, first: str, last: str) -> Sequence[Message]:
        page = self.messages.get_page(conversation, first=first, last=last, newest=False, limit=_MAX_DELAYED_MESSAGES)
        return [each for each in page.items if each.sender is Sender.BOT]

    def _tell(self, conversation: Conversation, spoken: Sequence[Message], *frames: ServerFrame) -> None:
        told = [*_frames_of(conversation, spoken), *frames]
        if told:
            self.fan_out.send_to_owner(conversation.owner, told)

    def _typing(self, conversation: Conversation) -> TypingFrame:
        return TypingFrame(session_id=ids.format_session_id(conversation.id))


def _frames_of(conversation: Conversation, spoken: Sequence[Message]) -> Iterable[ServerFrame]:
    yield from (MessageFrame.of(message) for message in spoken)
    suggestions = collect_suggestions(spoken)
    if suggestions:
        yield SuggestionFrame(session_id=ids.format_session_id(conversation.id), suggestions=suggestions)


def _whole(seconds: float) -> int:
    return min(math.ceil(seconds), MAX_PAUSE_SECONDS)
