"""A conversation of an asynchronous client."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from general_bots_conversations.core.conversation import ConversationState
from general_bots_conversations.driver import Driver
from general_bots_conversations.errors import ConversationsError, NotSentError, UnansweredError, UnreachableError
from general_bots_conversations.event_stream import EventStream
from general_bots_conversations.events import ConversationEvent, Event
from general_bots_conversations.models import (
    Attachment,
    ConversationStatus,
    EndReason,
    Json,
    Message,
    Rating,
    Suggestion,
    UploadedFile,
)
from general_bots_conversations.rest import Rest
from general_bots_conversations.uploads import read_file, upload


class AsyncConversation:
    """An open conversation: its messages are kept up to date, over lost connections too, until it is closed.

    A visitor's conversation expires after half an hour without a message. Then this object is the new one, which also
    gets what was not sent; the event ``ConversationReplaced`` reports it.
    """

    def __init__(self, state: ConversationState, driver: Driver, rest: Rest, streams: Callable[..., Any]) -> None:
        self._state = state
        self._driver = driver
        self._rest = rest
        self._open_stream = streams

    @property
    def number(self) -> int:
        """Names the conversation in events."""
        return self._state.number

    @property
    def id(self) -> str | None:
        """The id for REST; None until the server has assigned it."""
        return self._state.id

    @property
    def bot_name(self) -> str:
        """The name of the bot; empty until it is known."""
        return self._state.bot_name

    @property
    def title(self) -> str | None:
        """The title that the user has given it since it was opened."""
        return self._state.title

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages in order, each once, with those being sent and the one that the bot is writing."""
        return self._state.timeline.messages

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """The quick replies to the last message of the bot; empty after the user has answered."""
        return self._state.timeline.suggestions

    @property
    def input(self) -> str | None:
        """The type of answer that the bot waits for, such as ``password``; None after the user has answered."""
        return self._state.timeline.input

    @property
    def status(self) -> ConversationStatus:
        """Whether all messages are here."""
        return self._state.status

    @property
    def end_reason(self) -> EndReason | None:
        """Why the conversation has ended; None before that."""
        return self._state.end_reason

    @property
    def answering(self) -> bool:
        """Whether the bot is typing, or writing a message that is in ``messages`` already."""
        return self._state.answering

    @property
    def stopping(self) -> bool:
        """Whether the answer is being stopped, by this device or another one."""
        return self._state.stopping

    @property
    def has_earlier(self) -> bool:
        """Whether ``load_earlier`` can load more messages."""
        return self._state.has_earlier

    # -- messages ------------------------------------------------------------------------------------------------------

    def send(
        self,
        content: str,
        *,
        shown: str | None = None,
        attachments: Iterable[Attachment] = (),
        files: Iterable[UploadedFile] = (),
    ) -> Message:
        """Send a message: it is in ``messages`` and in the storage at once, and is sent until it is acknowledged.

        Parameters
        ----------
        content
            1 to 8,000 characters. Half of a surrogate pair, which no server can store, becomes U+FFFD.
        shown
            The text to show, if that of a quick reply differs from its value.
        attachments
            References to files.
        files
            Files that ``upload`` has uploaded for this conversation.

        Raises
        ------
        NotSentError
            If the conversation has ended.
        OSError
            If the storage cannot store it, because the disk is full. It is not sent then.
        """
        sent: list[Message] = []
        parts: dict[str, Any] = {"attachments": tuple(attachments), "files": tuple(files)}
        self._driver.update(lambda: sent.append(self._state.send(content, shown=shown, **parts)))
        return self._find(sent[0])

    async def upload(self, path: str | Path) -> UploadedFile:
        """Upload a file of at most 10 MB, which ``send`` and ``ask`` then send. Failures of the network are retried.

        Raises
        ------
        OSError
            If the file cannot be read.
        ApiError, SignedOutError
            If the server refuses it.
        UnreachableError
            If the server cannot be reached.
        """
        return await upload(await read_file(path), self._begin_upload)

    async def _begin_upload(self, file: Mapping[str, Any]) -> Json:
        if self._driver.machine.is_user and self.id is not None:
            return await self._rest.request("POST", f"/conversations/{self.id}/files", body=file)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        sent: list[bool] = []
        self._driver.update(lambda: sent.append(self._state.begin_upload(file, answer.set_result)))
        if not sent[0]:
            raise UnreachableError("The connection is lost.")
        try:
            async with asyncio.timeout(self._rest.timeout):
                result = await asyncio.shield(answer)
        except TimeoutError:
            raise UnreachableError("The server does not answer.") from None
        if isinstance(result, ConversationsError):
            raise result
        return dict(result)

    async def delivered(self, message: Message) -> Message:
        """Wait until the server has stored a message; return it with its ``seq``.

        Raises
        ------
        NotSentError
            If the message was refused, or the conversation has ended.
        """
        while True:
            current = self._find(message)
            if current.delivery == "failed":
                raise NotSentError(current.reason or "unknown")
            if current.seq is not None:
                return current
            if self.status == "ended":
                raise NotSentError(self.end_reason or "gone")
            await self._driver.wait_for_change(None)

    async def ask(
        self,
        content: str,
        *,
        attachments: Iterable[Attachment] = (),
        files: Iterable[UploadedFile | str | Path] = (),
    ) -> tuple[Message, ...]:
        """Send a message, with files that are uploaded first, and return what the bot answers: any number of messages.

        An answer is complete half a second after its last change, because it can have several messages.

        Raises
        ------
        NotSentError
            If the message was refused, or the conversation has ended.
        UnansweredError
            If the bot failed to answer.
        """
        uploaded = [each if isinstance(each, UploadedFile) else await self.upload(each) for each in files]
        sent = self.send(content, attachments=attachments, files=uploaded)
        return await self.answer(await self.delivered(sent))

    async def answer(self, message: Message) -> tuple[Message, ...]:
        """Wait for the answer to a stored message; return its messages. It raises the same errors as ``ask``."""
        timing, loop = self._driver.machine.environment.timing, asyncio.get_running_loop()
        seen: object = None
        deadline = 0.0
        while True:
            current = self._find(message)
            if current.unanswered:
                raise UnansweredError
            if self.status == "ended":
                raise NotSentError(self.end_reason or "gone")
            answers = tuple(found for found in self.messages if self._is_answer(found, current))
            is_settled = self.status == "live" and not self.answering
            if seen != (answers, is_settled):
                seen = (answers, is_settled)
                deadline = loop.time() + (timing.settle_time if answers else timing.silence_time)
            if not await self._driver.wait_for_change(max(0, deadline - loop.time()) if is_settled else None):
                return answers

    def stop(self) -> None:
        """Stop the answer that the bot is writing. What it has written stays, marked with its ``finish_reason``."""
        self._driver.update(self._state.stop)

    def retry(self, message: Message) -> None:
        """Send a failed message again under the same id, so that the server cannot store it twice."""
        if message.client_message_id is not None:
            name = message.client_message_id
            self._driver.update(lambda: self._state.retry(name))

    def discard(self, message: Message) -> None:
        """Remove a message that was not sent."""
        if message.client_message_id is not None:
            name = message.client_message_id
            self._driver.update(lambda: self._state.discard(name))

    async def load_earlier(self) -> bool:
        """Load the page of history before the first message; return whether there are more pages.

        Raises
        ------
        ApiError, SignedOutError, UnreachableError
            If the page cannot be loaded.
        """
        page: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._driver.update(lambda: self._state.load_earlier(page.set_result))
        result = await page
        if isinstance(result, ConversationsError):
            raise result
        return self.has_earlier

    async def rate(self, message: Message, rating: Rating | None) -> None:
        """Rate a stored message of the bot; None removes the rating.

        Raises
        ------
        ApiError, SignedOutError
            If the server refuses it.
        UnreachableError
            If the server cannot be reached.
        """
        name = str(message.id)
        if self._driver.machine.is_user:
            path = f"/conversations/{self.id}/messages/{quote(name, safe='')}/rating"
            await self._rest.request("PUT", path, body={"rating": rating})
            self._driver.update(lambda: self._state.set_rating(name, rating))
            return
        sent: list[bool] = []
        self._driver.update(lambda: sent.append(self._state.rate(name, rating)))
        if not sent[0]:
            raise UnreachableError("The connection is lost.")
        try:
            async with asyncio.timeout(self._rest.timeout):
                await self.wait_until(lambda _: self._find(message).rating == rating)
        except TimeoutError:
            raise UnreachableError("The server does not answer.") from None

    # -- the conversation ----------------------------------------------------------------------------------------------

    async def rename(self, title: str | None) -> None:
        """Give the conversation a title of at most 100 characters; None removes it. It raises as ``rate``."""
        await self._change("PATCH", {"title": title})
        self._state.title = title or None

    async def archive(self) -> None:
        """Archive the conversation: it takes no messages until it is reopened. It raises as ``rate``."""
        await self._change("PATCH", {"status": "archived"})

    async def reopen(self) -> None:
        """Make an archived conversation active again. It raises as ``rate``."""
        await self._change("PATCH", {"status": "active"})

    async def delete(self) -> None:
        """Delete the conversation with all its messages. It raises as ``rate``."""
        await self._change("DELETE", None)
        self._driver.update(lambda: self._state.end("gone"))

    def events(self) -> EventStream[ConversationEvent]:
        """Return the events of this conversation from now on."""

        def accept(event: Event) -> ConversationEvent | None:
            is_ours = isinstance(event, ConversationEvent) and event.conversation == self.number
            return event if is_ours and isinstance(event, ConversationEvent) else None

        stream: EventStream[ConversationEvent] = self._open_stream(accept)
        return stream

    async def wait_until(self, holds: Callable[["AsyncConversation"], bool]) -> None:
        """Wait until something holds, such as ``lambda conversation: conversation.status == "live"``."""
        while not holds(self):
            await self._driver.wait_for_change(None)

    def close(self) -> None:
        """Stop following the conversation. Messages that were not delivered are still sent."""
        self._driver.update(lambda: self._driver.machine.close_conversation(self._state))

    def replace_state(self, state: ConversationState) -> None:
        """Follow the conversation that replaces this one: for the client."""
        self._state = state

    async def _change(self, method: str, body: dict[str, Any] | None) -> None:
        await self._rest.request(method, f"/conversations/{self.id}", body=body)

    def _find(self, message: Message) -> Message:
        """Return the present state of a message, also in a conversation that has replaced the one of the message."""
        name, own = message.client_message_id, self.messages
        found = next((other for other in own if name is not None and other.client_message_id == name), None)
        return found or next((other for other in own if other.key == message.key), message)

    @staticmethod
    def _is_answer(found: Message, question: Message) -> bool:
        is_later = found.streaming or (found.seq or 0) > (question.seq or 0)
        return found.sender == "bot" and is_later
