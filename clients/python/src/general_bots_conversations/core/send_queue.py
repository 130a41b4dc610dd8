"""The send state of one conversation."""

from general_bots_conversations.core.backoff import Backoff
from general_bots_conversations.core.timers import Cancel, cancel_nothing


class SendQueue:
    """Holds the one message of a conversation that is in flight or waits for a retry.

    Only one at a time: the server may handle the frames of a socket in parallel, so two messages in flight could be
    stored in the wrong order.
    """

    def __init__(self, backoff: Backoff) -> None:
        self.backoff = backoff
        self.failed_attempts = 0
        """Consecutive attempts at the first message that timed out or ended with ``internal``."""
        self.message_id: str | None = None
        """The message that is in flight or waits for a retry."""
        self._cancel_timer = cancel_nothing

    def hold(self, message_id: str, cancel_timer: Cancel) -> None:
        """Block the queue until the message is acknowledged or its timer fires."""
        self.release()
        self.message_id = message_id
        self._cancel_timer = cancel_timer

    def release(self) -> None:
        """Let the first message be sent, again or for the first time."""
        self._cancel_timer()
        self._cancel_timer = cancel_nothing
        self.message_id = None

    def complete(self, message_id: str) -> None:
        """Continue with the next message after this one was delivered or has failed."""
        if self.message_id == message_id:
            self.release()
        self.failed_attempts = 0
        self.backoff.reset()
