"""The state of an open conversation."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from general_bots_conversations import events
from general_bots_conversations.core.answer_status import AnswerStatus
from general_bots_conversations.core.catch_up import PAGE_SIZE, CatchUp, Cursor, OnPage
from general_bots_conversations.core.environment import Environment
from general_bots_conversations.core.frames import Frame, read_input, read_suggestions
from general_bots_conversations.core.ids import to_conversation_id, to_session_id
from general_bots_conversations.core.outbox import Outbox
from general_bots_conversations.core.outbox_message import OutboxMessage
from general_bots_conversations.core.text import to_well_formed
from general_bots_conversations.core.timeline import Timeline
from general_bots_conversations.errors import ApiError, NotSentError, shorten
from general_bots_conversations.models import (
    Attachment,
    ConversationStatus,
    EndReason,
    Message,
    Rating,
    Suggestion,
    UploadedFile,
)

OnResult = Callable[[Any], None]
OnUpload = Callable[[Any], None]
"""Receives a frame, or an error."""


class Context(Protocol):
    """The parts of the client that its conversations use."""

    @property
    def environment(self) -> Environment:
        """Time and storage."""

    @property
    def outbox(self) -> Outbox:
        """The messages that are not acknowledged."""

    @property
    def is_user(self) -> bool:
        """Whether the client is that of a user, who has access to REST."""

    @property
    def is_connected(self) -> bool:
        """Whether frames can be sent."""

    def send_frame(self, frame: dict[str, Any]) -> bool:
        """Send a frame; return whether it was sent."""

    def request(self, method: str, path: str, query: Mapping[str, str], on_result: OnPage) -> None:
        """Send a request; its result is a JSON object or an error."""

    def emit(self, event: events.Event) -> None:
        """Notify the app."""

    def on_delayed(self, error: Exception) -> None:
        """Handle that a request failed and will be retried."""


class ConversationState:
    """Messages, answers and status of one conversation. After each change the app gets the events of it.

    Parameters
    ----------
    number
        Names it in events: it has no key until the server has assigned one.
    """

    def __init__(self, number: int, key: str | None, context: Context) -> None:
        self.number = number
        self.key = key
        self.bot_name = ""
        self.title: str | None = None
        self.status: ConversationStatus = "syncing"
        self.end_reason: EndReason | None = None
        self._context = context
        self._uploads: dict[str, OnUpload] = {}
        self.timeline = Timeline()
        self._answer_status = AnswerStatus(self.timeline.answer, self, context.environment)
        self._catch_up = CatchUp(self.timeline, self, context.environment)
        self._emitted: tuple[tuple[Message, ...], bool, tuple[Suggestion, ...]] = ((), False, ())
        if not context.is_user:
            # A visitor's conversation is resumed from its beginning.
            self.timeline.set_first_expected_seq(1)
        self.add_pending(context.outbox.list_by_conversation(key))

    @property
    def id(self) -> str | None:
        """The id for REST; None until the server has assigned it."""
        return None if self.key is None else to_conversation_id(self.key)

    @property
    def answering(self) -> bool:
        """Whether the bot is typing, or writing a message."""
        return self._answer_status.is_answering

    @property
    def stopping(self) -> bool:
        """Whether the answer is being stopped, by this device or another one."""
        return self._answer_status.is_stopping

    @property
    def has_earlier(self) -> bool:
        """Whether there are messages before the first one."""
        stored = self.timeline.stored
        return self._context.is_user and bool(stored) and (stored[0].seq or 1) > 1

    @property
    def has_history(self) -> bool:
        """Whether there is a history: visitors have none."""
        return self._context.is_user

    # -- what the app asks for -----------------------------------------------------------------------------------------

    def send(
        self,
        content: str,
        *,
        shown: str | None = None,
        attachments: Iterable[Attachment] = (),
        files: Iterable[UploadedFile] = (),
    ) -> Message:
        """Add a message to the outbox, which is stored when this method returns.

        Raises
        ------
        NotSentError
            If the conversation has ended.
        OSError
            If the storage cannot store it. It is not sent then.
        """
        if self.status == "ended":
            raise NotSentError(self.end_reason or "gone")
        environment = self._context.environment
        item = OutboxMessage(
            client_message_id=environment.create_id(),
            conversation=self.key,
            content=to_well_formed(content),
            timestamp=environment.format_now(),
            shown=None if shown is None else to_well_formed(shown),
            attachments=tuple(attachments),
            files=tuple(files),
            after=self.timeline.position,
        )
        message = self.timeline.add_pending(item)
        try:
            self._context.outbox.add([item])
        except OSError:
            self.timeline.remove_pending(item.client_message_id)
            raise
        self._emit_changes()
        return self.timeline.find_pending(item.client_message_id) or message

    def retry(self, client_message_id: str) -> None:
        """Send a failed message again: under the same id, or a new one if the server may have forgotten it."""
        item = self._context.outbox.find(client_message_id)
        if item is None or item.failure is None:
            return
        if item.failure == "stale":
            self.discard(client_message_id)
            self.send(item.content, shown=item.shown, attachments=item.attachments, files=item.files)
        else:
            self.timeline.mark_sending(client_message_id)
            self._context.outbox.retry(client_message_id)

    def discard(self, client_message_id: str) -> None:
        """Remove a message that was not sent."""
        self.timeline.remove_pending(client_message_id)
        self._context.outbox.acknowledge(client_message_id)
        self._emit_changes()

    def stop(self) -> None:
        """Ask the server to stop the answer."""
        self._answer_status.stop()

    def rate(self, name: str, rating: Rating | None) -> bool:
        """Send a rating; return whether it was sent."""
        if self.key is None:
            return False
        return self._context.send_frame(
            {"type": "rate", "session_id": to_session_id(self.key), "id": name, "rating": rating}
        )

    def begin_upload(self, file: Mapping[str, Any], on_result: OnUpload) -> bool:
        """Ask for the form of an upload; return whether the frame was sent.

        Parameters
        ----------
        file
            Its ``name``, ``content_type`` and ``size``.
        on_result
            Receives the frame with the form, or the error.
        """
        if self.key is None:
            return False
        name = self._context.environment.create_id()
        frame = {"type": "upload", "session_id": to_session_id(self.key), "client_upload_id": name, **file}
        if not self._context.send_frame(frame):
            return False
        self._uploads[name] = on_result
        return True

    def on_upload(self, frame: Frame) -> bool:
        """Handle the answer to ``begin_upload``, or an error; return whether it was one."""
        on_result = self._uploads.pop(frame.get("client_upload_id", ""), None)
        if on_result is None:
            return frame.get("client_upload_id") is not None
        if frame["type"] == "error":
            on_result(ApiError(0, frame["error"], shorten(frame["message"]), frame.get("retry_after")))
        else:
            on_result(frame)
        return True

    def load_earlier(self, on_page: OnPage) -> None:
        """Load the page of history before the first message."""
        if self.has_earlier:
            self.fetch_history({"before": str(self.timeline.stored[0].id)}, PAGE_SIZE, on_page)
        else:
            on_page({"messages": [], "has_more": False})

    # -- what the client reports ---------------------------------------------------------------------------------------

    def add_message(self, frame: Frame) -> None:
        """Add a message from a live frame, a replay or history."""
        written = self.timeline.answer.messages
        previous = self.timeline.find(frame["id"])
        message, is_new = self.timeline.add(frame)
        sent = None if message.sender == "bot" else self._context.outbox.find(message.client_message_id)
        # Not for a page of earlier messages.
        if message.sender == "bot" and message.seq == self.timeline.last_seq:
            self._answer_status.on_message(is_replacement=self.timeline.answer.messages is not written)
        if is_new:
            self._context.emit(events.MessageReceived(self.number, message))
        elif message != previous:
            self._context.emit(events.MessageChanged(self.number, message))
        if sent is not None:
            if is_new:
                self._context.emit(events.MessageDelivered(self.number, message))
            self._context.outbox.acknowledge(sent.client_message_id)
        self._catch_up.check_for_gap()
        self._emit_changes()

    def mark_delivered(self, client_message_id: str, receipt: Frame) -> None:
        """Handle the acknowledgement of a message."""
        message = self.timeline.mark_delivered(client_message_id, receipt)
        if message is not None:
            self._context.emit(events.MessageDelivered(self.number, message))
            self._catch_up.check_for_gap()
            self._emit_changes()

    def mark_failed(self, client_message_id: str, reason: str) -> None:
        """Handle that a message was refused."""
        message = self.timeline.mark_failed(client_message_id, reason)
        if message is not None:
            self._context.emit(events.MessageFailed(self.number, message))

    def mark_unanswered(self, name: str) -> None:
        """Handle that the bot failed to answer a message."""
        self._answer_status.end()
        message = self.timeline.mark_unanswered(name)
        if message is not None:
            self._context.emit(events.MessageUnanswered(self.number, message))
        self._emit_changes()

    def set_rating(self, name: str, rating: Rating | None) -> None:
        """Handle that a message was rated, on any device."""
        message = self.timeline.rate(name, rating)
        if message is not None:
            self._context.emit(events.MessageChanged(self.number, message))

    def on_typing(self) -> None:
        """Handle a ``typing`` frame."""
        self._answer_status.on_typing()
        self._emit_changes()

    def add_delta(self, frame: Frame) -> None:
        """Add a piece of the message that the bot is writing."""
        self._answer_status.on_delta()
        self.timeline.add_delta(frame, self._context.environment.format_now())
        self._emit_changes()

    def on_stop_status(self, status: str) -> None:
        """Handle what became of a request to stop."""
        self._answer_status.on_stop_status(status)
        self._emit_changes()

    def set_suggestions(self, frame: Frame) -> None:
        """Handle a ``suggestion`` frame."""
        self.timeline.set_suggestions(read_suggestions(frame["suggestions"]), read_input(frame.get("input")))
        self._emit_changes()

    def handle_resume_answer(self, frame: Frame) -> bool:
        """Handle the answer to a ``resume`` frame; return whether one was waiting for it."""
        if frame["type"] == "status":
            self._answer_status.on_resumed(is_answering=frame.get("answering") is True)
        is_handled = self._catch_up.handle_answer(frame)
        self._emit_changes()
        return is_handled

    def add_pending(self, items: Iterable[OutboxMessage]) -> None:
        """Show messages of the outbox."""
        for item in items:
            self.timeline.add_pending(item)

    def catch_up(self) -> None:
        """Fetch missing messages, after the socket or the conversation was opened."""
        if self.status != "ended":
            self._catch_up.start()

    def on_disconnected(self) -> None:
        """Handle a lost connection."""
        self._catch_up.stop()
        self._answer_status.on_disconnected()
        if self.status == "live":
            self._set_status("syncing")
        self._emit_changes()

    def end(self, reason: EndReason) -> None:
        """End the conversation: no more messages follow."""
        if self.status == "ended":
            return
        self.end_reason = reason
        self.close()
        self.timeline.set_suggestions(())
        if reason == "gone":
            self._context.outbox.remove_conversation(self.key)
        self._set_status("ended")
        self._emit_changes()

    def close(self) -> None:
        """Stop following the conversation."""
        self._catch_up.stop()
        self._answer_status.end()

    # -- what its parts ask for ----------------------------------------------------------------------------------------

    def send_resume(self, after: str | None) -> bool:
        """Send a ``resume`` frame; return whether it was sent."""
        if self.key is None:
            return False
        frame = {"type": "resume", "session_id": to_session_id(self.key)}
        return self._context.send_frame(frame if after is None else frame | {"after": after})

    def send_stop(self, name: str | None) -> None:
        """Send a ``stop`` frame."""
        if self.key is not None:
            frame = {"type": "stop", "session_id": to_session_id(self.key)}
            self._context.send_frame(frame if name is None else frame | {"id": name})

    def fetch_history(self, cursor: Cursor, limit: int, on_page: OnPage) -> None:
        """Fetch a page of history and add its messages."""

        def on_result(page: Frame | Exception) -> None:
            if not isinstance(page, Exception):
                if not isinstance(page.get("messages"), list) or not isinstance(page.get("has_more"), bool):
                    page = ApiError(502, "unavailable", "The server has sent no page of messages.")
                else:
                    for message in page["messages"]:
                        self.add_message(message)
            on_page(page)

        path = f"/conversations/{self.id}/history"
        self._context.request("GET", path, {"limit": str(limit), **cursor}, on_result)

    def on_caught_up(self) -> None:
        """Handle that nothing is missing any more."""
        self.timeline.settle_pending()
        self._context.outbox.set_missing_positions(self.key, self.timeline.last_seq)
        self._set_status("live" if self._context.is_connected else "syncing")
        self._emit_changes()

    def on_gone(self) -> None:
        """Handle that the conversation no longer exists."""
        self.end("gone")

    def on_delayed(self, error: Exception) -> None:
        """Handle that a request failed and will be retried."""
        self._context.on_delayed(error)

    def on_end_missed(self) -> None:
        """Handle that an answer is shown that the server does not write any more."""
        self.catch_up()

    def on_answer_changed(self) -> None:
        """Handle that the bot begins or stops to type, or that messages were dropped."""
        self._emit_changes()

    def _set_status(self, status: ConversationStatus) -> None:
        if self.status != status:
            self.status = status
            self._context.emit(events.StatusChanged(self.number, status))

    def _emit_changes(self) -> None:
        """Emit what has changed of the answer and the quick replies since the last time."""
        messages, answering, suggestions = self._emitted
        self._emitted = (self.timeline.answer.messages, self.answering, self.timeline.suggestions)
        if self._emitted[0] != messages:
            self._context.emit(events.AnswerChanged(self.number, self._emitted[0]))
        if self._emitted[1] != answering:
            self._context.emit(events.AnsweringChanged(self.number, self._emitted[1]))
        if self._emitted[2] != suggestions:
            self._context.emit(events.SuggestionsChanged(self.number, self._emitted[2]))
