"""A conversation of a client without ``asyncio``."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from general_bots_conversations.async_conversation import AsyncConversation
from general_bots_conversations.events import ConversationEvent
from general_bots_conversations.loop_thread import Events, LoopThread
from general_bots_conversations.models import (
    Attachment,
    ConversationStatus,
    EndReason,
    Message,
    Rating,
    Suggestion,
    UploadedFile,
)

_T = TypeVar("_T")


class Conversation:
    """``AsyncConversation`` for other threads: the same methods, which wait for their results."""

    def __init__(self, conversation: AsyncConversation, thread: LoopThread) -> None:
        self._conversation = conversation
        self._thread = thread

    @property
    def id(self) -> str | None:
        """The id for REST; None until the server has assigned it."""
        return self._get(lambda conversation: conversation.id)

    @property
    def bot_name(self) -> str:
        """The name of the bot; empty until it is known."""
        return self._get(lambda conversation: conversation.bot_name)

    @property
    def title(self) -> str | None:
        """The title that the user has given it since it was opened."""
        return self._get(lambda conversation: conversation.title)

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages in order, each once, with those being sent and the one that the bot is writing."""
        return self._get(lambda conversation: conversation.messages)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """The quick replies to the last message of the bot; empty after the user has answered."""
        return self._get(lambda conversation: conversation.suggestions)

    @property
    def input(self) -> str | None:
        """The type of answer that the bot waits for, such as ``password``; None after the user has answered."""
        return self._get(lambda conversation: conversation.input)

    @property
    def status(self) -> ConversationStatus:
        """Whether all messages are here."""
        return self._get(lambda conversation: conversation.status)

    @property
    def end_reason(self) -> EndReason | None:
        """Why the conversation has ended; None before that."""
        return self._get(lambda conversation: conversation.end_reason)

    @property
    def answering(self) -> bool:
        """Whether the bot is typing, or writing a message that is in ``messages`` already."""
        return self._get(lambda conversation: conversation.answering)

    @property
    def stopping(self) -> bool:
        """Whether the answer is being stopped, by this device or another one."""
        return self._get(lambda conversation: conversation.stopping)

    @property
    def has_earlier(self) -> bool:
        """Whether ``load_earlier`` can load more messages."""
        return self._get(lambda conversation: conversation.has_earlier)

    def send(
        self,
        content: str,
        *,
        shown: str | None = None,
        attachments: Iterable[Attachment] = (),
        files: Iterable[UploadedFile | str | Path] = (),
    ) -> Message:
        """Send a message; see ``AsyncConversation.send``. It waits for the server only to upload paths in ``files``."""
        uploaded = [each if isinstance(each, UploadedFile) else self.upload(each) for each in files]
        return self._get(
            lambda conversation: conversation.send(content, shown=shown, attachments=attachments, files=uploaded)
        )

    def upload(self, path: str | Path) -> UploadedFile:
        """Upload a file for a message; see ``AsyncConversation.upload``."""
        return self._thread.wait(self._conversation.upload(path))

    def delivered(self, message: Message, timeout: float | None = None) -> Message:
        """Wait until the server has stored a message; see ``AsyncConversation.delivered``.

        Raises
        ------
        TimeoutError
            If it takes longer than some seconds. The client continues to send the message.
        """
        return self._thread.wait(asyncio.wait_for(self._conversation.delivered(message), timeout))

    def ask(
        self,
        content: str,
        *,
        attachments: Iterable[Attachment] = (),
        files: Iterable[UploadedFile | str | Path] = (),
        timeout: float | None = None,
    ) -> tuple[Message, ...]:
        """Send a message, and return what the bot answers; see ``AsyncConversation.ask``.

        Raises
        ------
        TimeoutError
            If it takes longer than some seconds. The client continues to send the message.
        """
        asked = self._conversation.ask(content, attachments=attachments, files=files)
        return self._thread.wait(asyncio.wait_for(asked, timeout))

    def answer(self, message: Message, timeout: float | None = None) -> tuple[Message, ...]:
        """Wait for the answer to a stored message; see ``AsyncConversation.answer``.

        Raises
        ------
        TimeoutError
            If it takes longer than some seconds.
        """
        return self._thread.wait(asyncio.wait_for(self._conversation.answer(message), timeout))

    def stop(self) -> None:
        """Stop the answer that the bot is writing."""
        self._get(lambda conversation: conversation.stop())

    def retry(self, message: Message) -> None:
        """Send a failed message again."""
        self._get(lambda conversation: conversation.retry(message))

    def discard(self, message: Message) -> None:
        """Remove a message that was not sent."""
        self._get(lambda conversation: conversation.discard(message))

    def load_earlier(self) -> bool:
        """Load the page of history before the first message; return whether there are more pages."""
        return self._thread.wait(self._conversation.load_earlier())

    def rate(self, message: Message, rating: Rating | None) -> None:
        """Rate a stored message of the bot; None removes the rating."""
        self._thread.wait(self._conversation.rate(message, rating))

    def rename(self, title: str | None) -> None:
        """Give the conversation a title of at most 100 characters; None removes it."""
        self._thread.wait(self._conversation.rename(title))

    def archive(self) -> None:
        """Archive the conversation: it takes no messages until it is reopened."""
        self._thread.wait(self._conversation.archive())

    def reopen(self) -> None:
        """Make an archived conversation active again."""
        self._thread.wait(self._conversation.reopen())

    def delete(self) -> None:
        """Delete the conversation with all its messages."""
        self._thread.wait(self._conversation.delete())

    def events(self) -> Events[ConversationEvent]:
        """Return the events of this conversation from now on."""
        return Events(self._thread, self._conversation.events)

    def wait_until(self, holds: Callable[[AsyncConversation], bool], timeout: float | None = None) -> None:
        """Wait until something holds; the function is called in the client's thread.

        Raises
        ------
        TimeoutError
            If it takes longer than some seconds.
        """
        self._thread.wait(asyncio.wait_for(self._conversation.wait_until(holds), timeout))

    def close(self) -> None:
        """Stop following the conversation. Messages that were not delivered are still sent."""
        self._get(lambda conversation: conversation.close())

    def _get(self, read: Callable[[AsyncConversation], _T]) -> _T:
        return self._thread.call(lambda: read(self._conversation))
