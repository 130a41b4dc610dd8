"""The outbox: messages that the server has not acknowledged yet."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from general_bots_conversations.core.environment import Environment
from general_bots_conversations.core.outbox_message import OutboxMessage, read_outbox
from general_bots_conversations.core.send_queue import SendQueue

if TYPE_CHECKING:
    from general_bots_conversations.core.timers import Cancel

OUTBOX = "outbox"
_ID_LIFETIME = 23 * 60 * 60
"""Seconds: the server remembers an id for 24 hours (docs/api.md), less an hour for clock differences."""
_MAX_FAILED_ATTEMPTS = 5


class Transport(Protocol):
    """How the outbox sends messages."""

    @property
    def last_received_at(self) -> float:
        """When the last frame of the server was received, on the monotonic clock."""

    def transmit(self, message: OutboxMessage) -> bool:
        """Send a message; return whether it was sent."""

    def on_ack_timeout(self) -> None:
        """Handle that a message was not acknowledged in time, so the connection may be dead."""

    def on_failed(self, message: OutboxMessage) -> None:
        """Handle that a message has failed."""


class Outbox:
    """Sends the messages of each conversation strictly in order, over reconnects and restarts.

    Conversations do not wait for one another.
    """

    def __init__(self, environment: Environment, transport: Transport) -> None:
        self._environment = environment
        self._transport = transport
        self._queues: dict[str | None, SendQueue] = {}
        self._cancel_pause: Cancel | None = None
        self.messages = read_outbox(environment.read(OUTBOX))
        """All messages, oldest first."""

    @property
    def only_id_in_flight(self) -> str | None:
        """The id of the message in flight; None without one, or with several in different conversations."""
        ids = [queue.message_id for queue in self._queues.values() if queue.message_id is not None]
        return ids[0] if len(ids) == 1 else None

    def list_by_conversation(self, conversation: str | None) -> tuple[OutboxMessage, ...]:
        """Return the messages of a conversation."""
        return tuple(message for message in self.messages if message.conversation == conversation)

    def find(self, client_message_id: str | None) -> OutboxMessage | None:
        """Return a message."""
        return next((message for message in self.messages if message.client_message_id == client_message_id), None)

    def add(self, messages: Iterable[OutboxMessage]) -> None:
        """Add messages, and send them when their turn comes. They are stored when this method returns.

        Raises
        ------
        OSError
            If they cannot be stored. They are not sent then.
        """
        self._save((*self.messages, *messages), must_succeed=True)
        self.flush()

    def flush(self) -> None:
        """Send the first message of every conversation that has none in flight."""
        if self._cancel_pause is not None:
            return
        self._fail_stale()
        first: dict[str | None, OutboxMessage] = {}
        for message in self.messages:
            if message.failure is None:
                first.setdefault(message.conversation, message)
        for message in first.values():
            self._send(message)

    def release_all(self) -> None:
        """Release the messages in flight after the connection was lost; they are sent again over the next one."""
        for queue in self._queues.values():
            queue.release()

    def acknowledge(self, client_message_id: str) -> None:
        """Remove a message that the server has stored, even if it had failed before."""
        message = self.find(client_message_id)
        if message is not None:
            self._save(tuple(other for other in self.messages if other is not message))
            self._send_next(message)

    def handle_error(self, client_message_id: str, error: str, retry_after: float | None) -> None:
        """Retry a message after a temporary error of the server; after any other error, mark it as failed."""
        message = self.find(client_message_id)
        if message is None or message.failure is not None:
            return
        queue = self._get_queue(message.conversation)
        if error == "rate_limited":
            queue.release()
            self._pause(self._environment.timing.initial_backoff if retry_after is None else retry_after)
        elif error == "unavailable":
            queue.failed_attempts = 0
            self._schedule_retry(queue, client_message_id, retry_after or 0)
        elif error == "internal" and queue.failed_attempts + 1 < _MAX_FAILED_ATTEMPTS:
            queue.failed_attempts += 1
            self._schedule_retry(queue, client_message_id, retry_after or 0)
        else:
            self._fail(message, error)

    def retry(self, client_message_id: str) -> None:
        """Send a failed message again, at its original position."""
        self._change(lambda message: message.client_message_id == client_message_id, failure=None)
        self.flush()

    def move_messages(self, source: str | None, target: str | None) -> None:
        """Move the messages of a conversation to another one, because it got its key or was replaced."""
        self._get_queue(source).release()
        self._change(lambda message: message.conversation == source, conversation=target, after=None)
        self.flush()

    def set_missing_positions(self, conversation: str | None, after: int) -> None:
        """Set the position of the messages of a conversation that have none."""
        self._change(lambda message: message.conversation == conversation and message.after is None, after=after)

    def remove_conversation(self, conversation: str | None) -> None:
        """Remove all messages of a conversation that no longer exists."""
        self._get_queue(conversation).release()
        self._save(tuple(message for message in self.messages if message.conversation != conversation))

    def clear(self) -> None:
        """Remove all messages."""
        self.release_all()
        self._save(())

    def fail_largest(self) -> None:
        """Fail the largest message in flight, because the socket was closed for a frame that is too large."""
        found = [self.find(queue.message_id) for queue in self._queues.values() if queue.message_id is not None]
        in_flight = [message for message in found if message is not None]
        if in_flight:
            self._fail(max(in_flight, key=lambda message: len(json.dumps(message.body))), "payload_too_large")

    def _send(self, message: OutboxMessage) -> None:
        queue = self._get_queue(message.conversation)
        if queue.message_id is not None:
            return
        if not self._transport.transmit(message):
            return
        sent_at = self._environment.clock.monotonic()
        queue.hold(
            message.client_message_id,
            self._environment.timers.schedule(
                self._environment.timing.ack_timeout, lambda: self._on_ack_timeout(message, queue, sent_at)
            ),
        )
        if message.first_sent_at is None:
            self._change(lambda other: other is message, first_sent_at=self._environment.clock.now())

    def _fail_stale(self) -> None:
        """Fail the messages whose ids the server may have forgotten: sent again, they could be stored twice."""
        oldest = self._environment.clock.now() - _ID_LIFETIME
        for message in self.messages:
            is_stale = message.first_sent_at is not None and message.first_sent_at < oldest
            if is_stale and message.failure is None:
                self._mark_failed(message, "stale")

    def _schedule_retry(self, queue: SendQueue, client_message_id: str, min_delay: float) -> None:
        """Retry a message later; the next messages of its conversation wait for it."""

        def retry() -> None:
            queue.release()
            self.flush()

        delay = max(min_delay, queue.backoff.next_delay())
        queue.hold(client_message_id, self._environment.timers.schedule(delay, retry))

    def _on_ack_timeout(self, message: OutboxMessage, queue: SendQueue, sent_at: float) -> None:
        queue.release()
        # If nothing at all was received since, the connection is at fault and not the message.
        if self._transport.last_received_at > sent_at:
            queue.failed_attempts += 1
        if queue.failed_attempts >= _MAX_FAILED_ATTEMPTS:
            self._fail(message, "unconfirmed")
        else:
            self._transport.on_ack_timeout()

    def _fail(self, message: OutboxMessage, failure: str) -> None:
        current = self.find(message.client_message_id)
        if current is not None:
            self._mark_failed(current, failure)
            self.flush()

    def _mark_failed(self, message: OutboxMessage, failure: str) -> None:
        self._change(lambda other: other is message, failure=failure)
        self._transport.on_failed(replace(message, failure=failure))
        self._get_queue(message.conversation).complete(message.client_message_id)

    def _send_next(self, message: OutboxMessage) -> None:
        self._get_queue(message.conversation).complete(message.client_message_id)
        self.flush()

    def _pause(self, seconds: float) -> None:
        """Pause all conversations: the rate limit applies to the user."""
        if self._cancel_pause is not None:
            self._cancel_pause()

        def end() -> None:
            self._cancel_pause = None
            self.flush()

        self._cancel_pause = self._environment.timers.schedule(seconds, end)

    def _get_queue(self, conversation: str | None) -> SendQueue:
        if conversation not in self._queues:
            self._queues[conversation] = SendQueue(self._environment.create_backoff())
        return self._queues[conversation]

    def _change(self, matches: Callable[[OutboxMessage], bool], **fields: object) -> None:
        changed = tuple(
            replace(message, **fields) if matches(message) else message  # type: ignore[arg-type] # fields of the class
            for message in self.messages
        )
        if changed != self.messages:
            self._save(changed)

    def _save(self, messages: tuple[OutboxMessage, ...], *, must_succeed: bool = False) -> None:
        items = [message.to_json() for message in messages]
        self._environment.write(OUTBOX, items or None, must_succeed=must_succeed)
        self.messages = messages
