"""Handling of the server's frames."""

from typing import Protocol

from general_bots_conversations import events
from general_bots_conversations.core.connection import Connection
from general_bots_conversations.core.frames import Frame
from general_bots_conversations.core.ids import to_conversation_id, to_key
from general_bots_conversations.core.open_conversations import ClientContext, OpenConversations
from general_bots_conversations.errors import shorten
from general_bots_conversations.models import EndReason, Rating, Sender

_UNREADABLE = frozenset(("invalid_message", "invalid_request", "payload_too_large"))
"""Errors about a frame that the server may have been unable to read.

Without a ``client_message_id`` they refer to the only message in flight: nothing else that the client sends is refused
as malformed.
"""


class Client(ClientContext, Protocol):
    """The client, as the handler sees it."""

    default_key: str | None

    @property
    def connection(self) -> Connection:
        """Its connection."""

    @property
    def conversations(self) -> OpenConversations:
        """Its open conversations."""

    def renew_token(self) -> None:
        """Get a fresh token."""


class FrameHandler:
    """Changes the state of a client by the frames of the server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def handle(self, name: str, frame: Frame) -> None:
        """Handle a valid frame with a name: its status, or else its type."""
        match name:
            case "connected":
                self._on_connected(frame)
            case "delivered":
                self._on_delivered(frame)
            case "message":
                self._on_message(frame)
            case "error":
                self._on_error(frame)
            case "expired" | "claimed":
                self._on_session_ended(frame["session_id"], "expired" if name == "expired" else "claimed")
            case "archived" | "reopened" | "deleted" | "renamed":
                self._on_conversation_changed(name, frame)
            case _:
                self._change_conversation(name, frame)

    def _change_conversation(self, name: str, frame: Frame) -> None:
        conversation = self._client.conversations.find_by_session(frame.get("session_id", ""))
        if conversation is None:
            return
        match name:
            case "delta":
                conversation.add_delta(frame)
            case "typing":
                conversation.on_typing()
            case "suggestion":
                conversation.set_suggestions(frame)
            case "resumed":
                conversation.handle_resume_answer(frame)
            case "stopping" | "stopped" | "idle":
                conversation.on_stop_status(name)
            case "upload":
                conversation.on_upload(frame)
            case "rated":
                rating: Rating | None = frame.get("rating")
                conversation.set_rating(frame["id"], rating)

    def _on_connected(self, frame: Frame) -> None:
        client, key = self._client, to_key(frame["session_id"])
        if client.visitor is not None:
            if client.visitor.key not in (None, key):
                client.conversations.replace_visitors("expired")
            client.visitor.on_connected(frame)
        client.default_key = key
        client.conversations.assign_key(key)
        conversation = client.conversations.find(key)
        if conversation is not None:
            conversation.bot_name = frame["bot_name"]
        client.connection.mark_open()
        for opened in client.conversations.all:
            opened.catch_up()
        client.outbox.flush()

    def _on_message(self, frame: Frame) -> None:
        conversation = self._client.conversations.find_by_session(frame["session_id"])
        if conversation is not None:
            conversation.add_message(frame)
        elif frame["sender"] == "user" and frame.get("client_message_id") is not None:
            self._client.outbox.acknowledge(frame["client_message_id"])
        self._emit_activity(frame["session_id"], frame["sender"], frame["content"], frame["timestamp"])

    def _on_delivered(self, frame: Frame) -> None:
        item = self._client.outbox.find(frame.get("client_message_id"))
        if item is None:
            return
        conversation = self._client.conversations.find_by_session(frame["session_id"])
        if conversation is not None:
            conversation.mark_delivered(item.client_message_id, frame)
        self._client.outbox.acknowledge(item.client_message_id)
        self._emit_activity(frame["session_id"], "user", item.content, frame["timestamp"])

    def _emit_activity(self, session_id: str, sender: Sender, content: str, timestamp: str) -> None:
        if self._client.visitor is not None:
            self._client.visitor.on_activity()
        name = to_conversation_id(to_key(session_id))
        self._client.emit(events.Activity(name, sender, content, timestamp))

    def _on_error(self, frame: Frame) -> None:
        client, error, retry_after = self._client, frame["error"], frame.get("retry_after")
        conversation = client.conversations.find_by_session(frame.get("session_id") or "")
        if frame.get("message_id") is not None:
            if conversation is not None:
                conversation.mark_unanswered(frame["message_id"])
            return
        if error == "unauthorized":
            self._on_unauthorized()
            return
        if conversation is not None and conversation.on_upload(frame):
            return
        refused = frame.get("client_message_id")
        if refused is None and conversation is not None and conversation.handle_resume_answer(frame):
            return
        if refused is None and error in _UNREADABLE:
            refused = client.outbox.only_id_in_flight
        if refused is not None:
            client.outbox.handle_error(refused, error, retry_after)
        client.emit(events.Problem(error, shorten(frame["message"]), "sending", retry_after))

    def _on_unauthorized(self) -> None:
        """Reconnect with a fresh token, because the token has expired while the socket was open."""
        if self._client.visitor is None:
            self._client.renew_token()
        else:
            self._client.conversations.replace_visitors("expired")
        self._client.connection.restart()

    def _on_conversation_changed(self, name: str, frame: Frame) -> None:
        client, session_id = self._client, frame["session_id"]
        if name == "deleted" and client.visitor is not None:
            self._on_session_ended(session_id, "gone")
            return
        key = to_key(session_id)
        conversation = client.conversations.find(key)
        if name == "deleted":
            client.outbox.remove_conversation(key)
            if conversation is not None:
                conversation.end("gone")
        if name == "renamed" and conversation is not None:
            conversation.title = frame.get("title")
        status = {"archived": "archived", "reopened": "active", "deleted": "deleted", "renamed": "renamed"}[name]
        title = frame.get("title") if name == "renamed" else None
        client.emit(events.ConversationChanged(to_conversation_id(key), status, title))  # type: ignore[arg-type] # a value of the table

    def _on_session_ended(self, session_id: str, reason: EndReason) -> None:
        client = self._client
        if client.visitor is None or client.visitor.key != to_key(session_id):
            return
        has_unsent = any(item.failure is None for item in client.outbox.messages)
        client.connection.close()
        client.conversations.replace_visitors(reason)
        if has_unsent:
            client.connection.open()
