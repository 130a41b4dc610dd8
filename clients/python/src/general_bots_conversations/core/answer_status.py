"""Whether the bot is answering, and the user's request to stop."""

from typing import Protocol

from general_bots_conversations.core.answer import Answer
from general_bots_conversations.core.environment import Environment
from general_bots_conversations.core.timers import cancel_nothing


class AnswerHandlers(Protocol):
    """What the status of an answer causes."""

    def send_stop(self, name: str | None) -> None:
        """Send a ``stop`` frame for the message that is being written, if its id is known."""

    def on_end_missed(self) -> None:
        """Handle that an answer is shown that the server does not write any more."""

    def on_answer_changed(self) -> None:
        """Handle that the bot begins or stops to type, or that messages were dropped."""


class AnswerStatus:
    """Follows one conversation's answers. A lost connection never stops an answer; only a request does."""

    def __init__(self, answer: Answer, handlers: AnswerHandlers, environment: Environment) -> None:
        self._answer = answer
        self._handlers = handlers
        self._environment = environment
        self._is_stop_requested = False
        self.is_typing = False
        """Whether the bot types: from a ``typing`` frame until its message."""
        self._cancel_typing = cancel_nothing
        self._cancel_drop = cancel_nothing

    @property
    def is_answering(self) -> bool:
        """Whether the bot is typing, or writing a message that is shown already."""
        return self.is_typing or bool(self._answer.messages)

    @property
    def is_stopping(self) -> bool:
        """Whether the user has asked to stop the answer, on any device."""
        return self._is_stop_requested and self.is_answering

    def stop(self) -> None:
        """Ask the server to stop the answer; again after a lost connection, until the answer has ended."""
        self._is_stop_requested = True
        self._send_stop()

    def on_typing(self) -> None:
        """Handle a ``typing`` frame."""
        self._set_typing(is_on=True)

    def on_delta(self) -> None:
        """Handle a piece of the answer."""
        self._set_typing(is_on=False)

    def on_message(self, *, is_replacement: bool) -> None:
        """Handle that the newest message is one of the bot, which may have replaced what the bot was writing."""
        self._set_typing(is_on=False)
        if not self._answer.messages:
            self._is_stop_requested = False
        elif is_replacement:
            self._drop_unless_stored()

    def on_stop_status(self, status: str) -> None:
        """Handle what became of a request to stop."""
        if status == "stopping":
            self._is_stop_requested = True
        elif status == "stopped":
            self.end()
        else:
            self._on_idle()

    def on_resumed(self, *, is_answering: bool) -> None:
        """Handle that all missed messages are here."""
        if not is_answering:
            self._end_outdated()
            return
        if not self._answer.messages:
            self._set_typing(is_on=True)
        if self._is_stop_requested:
            self._send_stop()

    def on_disconnected(self) -> None:
        """Handle a lost connection."""
        self._answer.mark_outdated()
        self._set_typing(is_on=False)

    def end(self) -> None:
        """Handle that the answer has ended, and that no message follows."""
        self._cancel_drop()
        self._is_stop_requested = False
        self._answer.clear()
        self._set_typing(is_on=False)

    def _set_typing(self, *, is_on: bool) -> None:
        self._cancel_typing()
        self._cancel_typing = cancel_nothing
        if is_on:
            timeout = self._environment.timing.typing_timeout
            self._cancel_typing = self._environment.timers.schedule(timeout, lambda: self._set_typing(is_on=False))
        if is_on != self.is_typing:
            self.is_typing = is_on
            self._handlers.on_answer_changed()

    def _drop_unless_stored(self) -> None:
        """Drop the other messages of an answer, unless they are stored.

        All messages of an answer are stored at once, so they arrive now. If they do not, an earlier attempt has written
        more messages than the one that was stored.
        """
        self._answer.mark_outdated()
        self._cancel_drop()

        def drop() -> None:
            self._end_outdated()
            self._handlers.on_answer_changed()

        self._cancel_drop = self._environment.timers.schedule(self._environment.timing.gap_timeout, drop)

    def _send_stop(self) -> None:
        messages = self._answer.messages
        self._handlers.send_stop(messages[-1].id if messages else None)

    def _on_idle(self) -> None:
        self._is_stop_requested = False
        self._set_typing(is_on=False)
        if self._answer.messages:
            self._answer.mark_outdated()
            self._handlers.on_end_missed()

    def _end_outdated(self) -> None:
        self._answer.clear_outdated()
        self._is_stop_requested = self._is_stop_requested and self.is_answering
