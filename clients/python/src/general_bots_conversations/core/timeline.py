"""The messages of one conversation: each once, in the server's order."""

from bisect import bisect_left
from dataclasses import dataclass, replace
from math import inf

from general_bots_conversations.core.answer import Answer
from general_bots_conversations.core.frames import Frame, read_attachments, read_input, read_suggestions
from general_bots_conversations.core.gaps import find_gap
from general_bots_conversations.core.outbox_message import OutboxMessage
from general_bots_conversations.models import Delivery, Message, Rating, Suggestion


@dataclass(slots=True)
class _Pending:
    message: Message
    after: float | None
    """The ``seq`` after which it is shown; at the end if it is None."""


class Timeline:
    """Orders and deduplicates messages from history, live frames and replays.

    They may arrive in any order and more than once; the same messages always give the same list.
    """

    def __init__(self) -> None:
        self.answer = Answer()
        """What the bot is writing: it is shown at the end, because it will be stored after everything else."""
        self.stored: list[Message] = []
        """The stored messages, ordered by ``seq``."""
        self._seqs: list[int] = []
        self._ids: dict[str, int] = {}
        self._pending: list[_Pending] = []
        # Quick replies and a type of answer that arrived after a message of the user, with the seq of that message.
        self._detached: tuple[int, tuple[Suggestion, ...], str | None] | None = None
        # Gaps up to this seq cannot be filled, and are ignored.
        self._gaps_accepted_up_to = 0
        # Infinite at first, because the newest page of history starts anywhere.
        self._first_expected_seq = inf
        self._is_loaded = False
        self._keys = 0

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages in order."""
        positions: list[tuple[float, Message]] = [(message.seq or 0, message) for message in self.stored]
        positions += [(inf if item.after is None else item.after, item.message) for item in self._pending]
        # The sort is stable: at the same position the stored message comes first, and pending ones keep their order.
        positions.sort(key=lambda item: item[0])
        return (*(message for _, message in positions), *self.answer.messages)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """The quick replies to the last message of the bot; empty after the user has answered."""
        if self._is_answered:
            return ()
        if self._detached is not None and self._detached[0] == self.last_seq:
            return self._detached[1]
        for message in reversed(self.stored):
            if message.sender == "user":
                break
            if message.suggestions:
                return message.suggestions
        return ()

    @property
    def input(self) -> str | None:
        """The type of answer that the bot waits for; None after the user has answered."""
        if self._is_answered or not self.stored:
            return None
        if self._detached is not None and self._detached[0] == self.last_seq:
            return self._detached[2]
        return self.stored[-1].input

    @property
    def last_seq(self) -> int:
        """The ``seq`` of the last stored message; 0 without one."""
        return self._seqs[-1] if self._seqs else 0

    @property
    def position(self) -> int | None:
        """Where a message that is sent now belongs: after this ``seq``; None while that is unknown."""
        is_known = self._is_loaded or bool(self.stored)
        return self.last_seq if is_known and all(item.after is not None for item in self._pending) else None

    @property
    def last_contiguous(self) -> Message | None:
        """The last message before the first gap."""
        gap = find_gap(self._seqs, self._first_expected_seq)
        end = len(self.stored) if gap is None else gap
        return self.stored[end - 1] if end else None

    @property
    def last_answered(self) -> Message | None:
        """The last message of the bot before the first gap: missing messages are fetched from here.

        The bot may have redacted the messages that it had not answered yet, so they are fetched again.
        """
        end = find_gap(self._seqs, self._first_expected_seq)
        return next((message for message in reversed(self.stored[:end]) if message.sender == "bot"), None)

    @property
    def has_gap(self) -> bool:
        """Whether a message is missing that the server may still deliver."""
        return find_gap(self._seqs, self._first_expected_seq, self._gaps_accepted_up_to) is not None

    def find(self, name: str) -> Message | None:
        """Return a stored message."""
        seq = self._ids.get(name)
        return None if seq is None else self.stored[bisect_left(self._seqs, seq)]

    def add(self, frame: Frame) -> tuple[Message, bool]:
        """Add or update a stored message; return it, and whether it was unknown."""
        existing = self.find(frame["id"])
        streamed = self.answer.replace(frame["id"]) if frame["sender"] == "bot" else None
        pending = self.find_pending(frame.get("client_message_id"))
        base = existing or pending or streamed
        message = Message(
            key=self._create_key() if base is None else base.key,
            sender="bot" if frame["sender"] == "bot" else "user",
            content=frame["content"],
            timestamp=frame["timestamp"],
            id=frame["id"],
            seq=frame["seq"],
            client_message_id=frame.get("client_message_id"),
            attachments=read_attachments(frame.get("attachments")),
            suggestions=read_suggestions(frame.get("suggestions")) or (existing.suggestions if existing else ()),
            finish_reason=frame.get("finish_reason"),
            rating=frame.get("rating"),
            input=read_input(frame.get("input")) or (existing.input if existing else None),
            # The bot may have redacted the message, and then its old text must not be shown.
            shown=base.shown if base is not None and base.content.strip() == frame["content"] else None,
            unanswered=base is not None and base.unanswered,
        )
        self._upsert(message)
        return message, existing is None

    def add_pending(self, item: OutboxMessage) -> Message:
        """Add a message of the outbox."""
        message = Message(
            key=self._create_key(),
            sender="user",
            content=item.content,
            timestamp=item.timestamp,
            delivery="sending" if item.failure is None else "failed",
            client_message_id=item.client_message_id,
            shown=item.shown,
            attachments=item.shown_attachments,
            reason=item.failure,
        )
        self._pending.append(_Pending(message, self.position if item.after is None else item.after))
        return message

    def find_pending(self, client_message_id: str | None) -> Message | None:
        """Return a message that is not stored yet."""
        if client_message_id is None:
            return None
        found = (item.message for item in self._pending if item.message.client_message_id == client_message_id)
        return next(found, None)

    def mark_delivered(self, client_message_id: str, receipt: Frame) -> Message | None:
        """Turn a pending message into a stored one; return None if it is not pending."""
        pending = self.find_pending(client_message_id)
        if pending is None:
            return None
        stored = replace(
            pending,
            id=receipt["message_id"],
            seq=receipt["seq"],
            timestamp=receipt["timestamp"],
            delivery="delivered",
            reason=None,
        )
        self._upsert(stored)
        return stored

    def mark_failed(self, client_message_id: str, reason: str) -> Message | None:
        """Mark a pending message as failed; return None if it is not pending."""
        return self._update_pending(client_message_id, reason)

    def mark_sending(self, client_message_id: str) -> Message | None:
        """Mark a failed message as being sent again; return None if it is not pending."""
        return self._update_pending(client_message_id, None)

    def settle_pending(self) -> None:
        """Give the pending messages without a position the one at the end, after the conversation was loaded."""
        self._is_loaded = True
        for item in self._pending:
            item.after = self.last_seq if item.after is None else item.after

    def remove_pending(self, client_message_id: str | None = None) -> None:
        """Remove a pending message, or all of them."""
        self._pending = [
            item for item in self._pending if client_message_id not in (None, item.message.client_message_id)
        ]

    def mark_unanswered(self, name: str) -> Message | None:
        """Mark a message that the bot failed to answer; return None if it is unknown."""
        message = self.find(name)
        return None if message is None else self._upsert(replace(message, unanswered=True))

    def rate(self, name: str, rating: Rating | None) -> Message | None:
        """Set the rating of a message; return None if it is unknown or has it already."""
        message = self.find(name)
        if message is None or message.rating == rating:
            return None
        return self._upsert(replace(message, rating=rating))

    def add_delta(self, delta: Frame, timestamp: str) -> bool:
        """Add a piece of the message that the bot is writing; return whether anything has changed."""
        last = next((message.id for message in reversed(self.stored) if message.sender == "bot"), None)
        if last is not None and delta["id"] <= last:
            return False
        return self.answer.add(
            delta, lambda: Message(key=self._create_key(), sender="bot", content="", timestamp=timestamp)
        )

    def set_suggestions(self, suggestions: tuple[Suggestion, ...], asked: str | None = None) -> None:
        """Set the quick replies of a ``suggestion`` frame, and the type of answer that it asks for."""
        if self.stored and self.stored[-1].sender == "bot":
            last = self.stored[-1]
            self._upsert(replace(last, suggestions=suggestions, input=asked or last.input))
        else:
            self._detached = (self.last_seq, suggestions, asked)

    def set_first_expected_seq(self, seq: int) -> None:
        """Set the first ``seq`` that must be present."""
        self._first_expected_seq = seq

    def accept_gaps(self) -> None:
        """Ignore the current gaps, because the server cannot fill them; only later ones count."""
        self._gaps_accepted_up_to = self.last_seq
        self._first_expected_seq = min(self._first_expected_seq, self._seqs[0] if self._seqs else 1)

    @property
    def _is_answered(self) -> bool:
        """Whether a message after the last stored one is being sent."""
        return any(item.after is None or item.after >= self.last_seq for item in self._pending)

    def _upsert(self, message: Message) -> Message:
        self._pending = [item for item in self._pending if item.message.key != message.key]
        seq, name = int(message.seq or 0), str(message.id)
        index = bisect_left(self._seqs, seq)
        if index < len(self._seqs) and self._seqs[index] == seq:
            self.stored[index] = message
        else:
            self._seqs.insert(index, seq)
            self.stored.insert(index, message)
        self._ids[name] = seq
        return message

    def _update_pending(self, client_message_id: str, reason: str | None) -> Message | None:
        for item in self._pending:
            if item.message.client_message_id == client_message_id:
                delivery: Delivery = "sending" if reason is None else "failed"
                item.message = replace(item.message, delivery=delivery, reason=reason)
                return item.message
        return None

    def _create_key(self) -> str:
        self._keys += 1
        return f"message-{self._keys}"
