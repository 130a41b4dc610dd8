"""Delivery of a bot's messages to its user: immediately, or delayed after a WAIT of the bot."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from conversations.contract.server_frames import MessageFrame, ServerFrame, SuggestionFrame, TypingFrame
from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.connection import Connection
from conversations.domain.conversation import Conversation
from conversations.domain.dialog import Dialog
from conversations.domain.jobs import DelayedDeliveryJob, DelayedPart, DeliverJob
from conversations.domain.limits import MAX_QUEUE_DELAY_SECONDS
from conversations.domain.message import AnswerInput, Message, Sender, Suggestion, collect_suggestions
from conversations.ports.clock import Clock
from conversations.ports.messages import MessageStore
from conversations.ports.queues import DelayedDeliveryQueue
from conversations.ports.turns import TurnStore
from conversations.services.fan_out import FanOut

_MAX_DELAYED_MESSAGES = 100
"""More messages than one turn can store."""


class Copies(NamedTuple):
    """Messages of the user for the connections that do not show them yet.

    Attributes
    ----------
    messages
        The messages.
    origin
        The connection that has sent them, and shows them as they are; None if all connections receive them.
    """

    messages: Sequence[Message] = ()
    origin: str | None = None


NO_COPIES = Copies()


@dataclass(frozen=True, slots=True)
class TurnDelivery:
    """Delivers the messages of turns, which are stored already: a client that misses one finds it in the history."""

    turns: TurnStore
    messages: MessageStore
    fan_out: FanOut
    queue: DelayedDeliveryQueue
    now: Clock

    def deliver(
        self,
        conversation: Conversation,
        messages: Sequence[Message],
        pauses: Mapping[int, float],
        copies: Copies = NO_COPIES,
    ) -> Sequence[Connection]:
        """Deliver the messages of a turn. With pauses, deliver the first part now and queue the others.

        A typing indicator follows the first part while others are to come.

        Parameters
        ----------
        conversation
            The conversation of the turn.
        messages
            All messages of the turn, in order.
        pauses
            Seconds to wait before a message, by its index.
        copies
            What is sent before them.

        Returns
        -------
        Sequence[Connection]
            The connections of the owner. Those in the format of AG-UI have received nothing.

        Raises
        ------
        UnavailableError
            If the connections cannot be listed, or the delayed parts cannot be queued.
        """
        starts = sorted(index for index in pauses if index < len(messages))
        if not starts:
            return self._send(conversation, messages, copies=copies)
        connections = self._send(conversation, messages[: starts[0]], _build_typing_frame(conversation), copies=copies)
        parts = tuple(
            DelayedPart(seconds=_to_delay(pauses[start]), first=messages[start].id, last=messages[end - 1].id)
            for start, end in zip(starts, [*starts[1:], len(messages)], strict=True)
        )
        job = DelayedDeliveryJob(conversation_id=conversation.id, first_delayed_id=parts[0].first, parts=parts)
        self.queue.put(job, seconds=parts[0].seconds)
        return connections

    def send_suggestions(
        self, conversation: Conversation, suggestions: tuple[Suggestion, ...], answer_input: AnswerInput | None
    ) -> None:
        """Send quick replies that belong to no message, and the answer that the bot waits for.

        Raises
        ------
        UnavailableError
            If the connections cannot be listed.
        """
        session_id = ids.format_session_id(conversation.id)
        frame = SuggestionFrame(session_id=session_id, suggestions=suggestions, input=answer_input)
        self.fan_out.send_to_owner(conversation.owner, [frame])

    def deliver_next(self, job: DelayedDeliveryJob) -> None:
        """Deliver the next delayed part, unless a newer turn has flushed the delayed messages.

        Raises
        ------
        UnavailableError
            If a service does not respond; a retry repeats messages, which clients deduplicate by their ids.
        """
        dialog = self.turns.load(job.conversation_id)
        if dialog is None or self._is_stale(job, dialog):
            return
        part, later_parts = job.parts[0], job.parts[1:]
        messages = self._list_messages(dialog.conversation, part.first, part.last)
        self._send(dialog.conversation, messages, *([_build_typing_frame(dialog.conversation)] if later_parts else []))
        if later_parts:
            self.queue.put(job.model_copy(update={"parts": later_parts}), seconds=later_parts[0].seconds)

    def deliver_stored(self, job: DeliverJob) -> None:
        """Deliver a message of the bot that answers nothing, unless it was erased meanwhile.

        Raises
        ------
        UnavailableError
            If a service does not respond; a retry repeats the message, which clients deduplicate by its id.
        """
        dialog = self.turns.load(job.conversation_id, job.message_id)
        if dialog is not None and dialog.message is not None and not dialog.conversation.is_gone(self.now()):
            self._send(dialog.conversation, [dialog.message])

    def flush(self, dialog: Dialog) -> None:
        """Deliver all delayed messages of the previous turn now, before a new turn starts.

        Messages that were delivered already are repeated.

        Raises
        ------
        UnavailableError
            If a service does not respond.
        """
        if dialog.first_delayed_id is not None:
            messages = self._list_messages(dialog.conversation, dialog.first_delayed_id, ids.LAST_ID)
            self._send(dialog.conversation, messages)

    def _is_stale(self, job: DelayedDeliveryJob, dialog: Dialog) -> bool:
        return dialog.conversation.is_gone(self.now()) or dialog.first_delayed_id != job.first_delayed_id

    def _list_messages(self, conversation: Conversation, first: str, last: str) -> Sequence[Message]:
        page = self.messages.read_messages(
            conversation, first=first, last=last, newest=False, limit=_MAX_DELAYED_MESSAGES
        )
        return [message for message in page.items if message.sender is Sender.BOT]

    def _send(
        self,
        conversation: Conversation,
        messages: Sequence[Message],
        *frames: ServerFrame,
        copies: Copies = NO_COPIES,
    ) -> Sequence[Connection]:
        return self.fan_out.send_to_owner(
            conversation.owner,
            [*build_frames(conversation, messages), *frames],
            copies=[MessageFrame.from_message(message) for message in copies.messages],
            origin=copies.origin,
        )


def build_frames(conversation: Conversation, messages: Sequence[Message]) -> Iterable[ServerFrame]:
    """Build the frames of a turn: its messages, and their quick replies."""
    yield from map(MessageFrame.from_message, messages)
    suggestions = collect_suggestions(messages)
    if suggestions:
        yield SuggestionFrame(session_id=ids.format_session_id(conversation.id), suggestions=suggestions)


def _build_typing_frame(conversation: Conversation) -> TypingFrame:
    """Build the typing indicator."""
    return TypingFrame(session_id=ids.format_session_id(conversation.id))


def _to_delay(seconds: float) -> int:
    return min(math.ceil(seconds), MAX_QUEUE_DELAY_SECONDS)
