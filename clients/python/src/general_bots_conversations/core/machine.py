"""The state machine of a client: a connection, an outbox, and the open conversations."""

import json
from collections.abc import Mapping
from typing import Any

from general_bots_conversations import events
from general_bots_conversations.core import effects
from general_bots_conversations.core.connection import Connection
from general_bots_conversations.core.conversation import ConversationState
from general_bots_conversations.core.environment import Environment
from general_bots_conversations.core.frame_handler import FrameHandler
from general_bots_conversations.core.frames import Frame
from general_bots_conversations.core.ids import to_conversation_id, to_key, to_session_id
from general_bots_conversations.core.open_conversations import OpenConversations
from general_bots_conversations.core.outbox import Outbox
from general_bots_conversations.core.outbox_message import OutboxMessage
from general_bots_conversations.core.visitor import Visitor
from general_bots_conversations.errors import ApiError, shorten
from general_bots_conversations.models import ConnectionState

_CLOSED_TOO_LARGE = 1009
_MAX_FRAME_BYTES = 32 * 1024
"""API Gateway closes a socket after a larger frame; REST accepts 128 KB (docs/api.md)."""
_UNAUTHORIZED = 401
_REFUSED_FOR_GOOD = (403, 404)


class Machine:
    """A client without I/O. After every call, its driver takes the effects and the events.

    Parameters
    ----------
    environment
        Time and storage.
    is_user
        Whether the driver has a token: otherwise the client is that of an anonymous visitor.
    bot_id
        The bot of a visitor's new conversation; the default bot if it is None.
    """

    def __init__(self, environment: Environment, *, is_user: bool, bot_id: str | None = None) -> None:
        self.environment = environment
        self.is_user = is_user
        self._bot_id = bot_id
        self._effects: list[effects.Effect] = []
        self._events: list[events.Event] = []
        self.visitor = None if is_user else Visitor(environment)
        self.connection = Connection(self, environment)
        self.outbox = Outbox(environment, self)
        self.conversations = OpenConversations(self)
        self._frames = FrameHandler(self)
        self.default_key: str | None = None
        """The conversation that the open socket was opened for."""
        self._failure: effects.Refusal | None = None
        self._is_token_renewed = False

    # -- what the driver takes -----------------------------------------------------------------------------------------

    @property
    def next_deadline(self) -> float | None:
        """When ``run_due_timers`` must be called, on the monotonic clock."""
        return self.environment.timers.next_deadline

    def take_effects(self) -> list[effects.Effect]:
        """Return what is to be done, once."""
        effects_so_far, self._effects = self._effects, []
        return effects_so_far

    def take_events(self) -> list[events.Event]:
        """Return what has happened, once."""
        events_so_far, self._events = self._events, []
        return events_so_far

    # -- what the driver reports ---------------------------------------------------------------------------------------

    def run_due_timers(self) -> None:
        """Handle that time has passed."""
        self.environment.timers.run_due()

    def receive_text(self, socket: int, text: str | bytes) -> None:
        """Handle what a socket has received."""
        self.connection.on_text(socket, text)

    def on_socket_closed(self, socket: int, code: int) -> None:
        """Handle that an open socket was closed, with the close code."""
        if not self.connection.is_current(socket):
            return
        self.connection.restart()
        if code == _CLOSED_TOO_LARGE:
            self.outbox.fail_largest()

    def on_socket_refused(self, socket: int, refusal: effects.Refusal) -> None:
        """Handle that a socket was not opened."""
        if not self.connection.is_current(socket):
            return
        if refusal.status == _UNAUTHORIZED and self._replace_credential():
            self.connection.restart()
            return
        if refusal.status == _UNAUTHORIZED and self.is_user:
            self.sign_out()
            return
        self._report_failure(refusal)
        self.connection.restart(refusal.retry_after or 0)
        if self.is_user and refusal.status in _REFUSED_FOR_GOOD:
            self._check_newest_conversation()

    def sign_out(self) -> None:
        """Handle that the app has no token, or that the server has rejected a fresh one too."""
        self.connection.close()
        self.emit(events.SignedOut())

    # -- what the app asks for -----------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Connect and stay connected."""
        self.connection.open()

    def close(self) -> None:
        """Disconnect. Messages that were not delivered stay in the storage for the next client."""
        self.connection.close()

    def forget(self) -> None:
        """Disconnect and delete everything of this user or visitor from the storage."""
        self.close()
        self.outbox.clear()
        if self.visitor is not None:
            self.visitor.clear()

    def open_conversation(self, name: str | None) -> ConversationState:
        """Return an open conversation, or open it. Without an id it is the one that the server chooses."""
        if self.visitor is not None:
            key = self.visitor.key
        elif name is None and (newest := self.conversations.newest_active) is not None:
            return newest
        else:
            key = self.default_key if name is None else to_key(name)
        found = self.conversations.find(key)
        if found is not None:
            return found
        conversation = self.conversations.create(key)
        # An open socket says `connected` only once, and a visitor's history comes over the socket.
        if key is not None and (self.is_user or self.is_connected):
            conversation.catch_up()
        return conversation

    def close_conversation(self, conversation: ConversationState) -> None:
        """Stop following a conversation. Messages in the outbox are still sent."""
        conversation.close()
        self.conversations.remove(conversation)

    def adopt(self, key: str, items: list[OutboxMessage]) -> ConversationState:
        """Open a conversation that the user has claimed, with the messages that the visitor has not sent."""
        conversation = self.conversations.find(key)
        if conversation is None:
            self.outbox.add(items)
            return self.open_conversation(key)
        conversation.add_pending(items)
        self.outbox.add(items)
        return conversation

    # -- what the parts ask for ----------------------------------------------------------------------------------------

    @property
    def is_connected(self) -> bool:
        """Whether frames can be sent."""
        return self.connection.state == "open"

    @property
    def last_received_at(self) -> float:
        """When the last frame was received, on the monotonic clock."""
        return self.connection.last_received_at

    def emit(self, event: events.Event) -> None:
        """Notify the app."""
        self._events.append(event)

    def send_frame(self, frame: dict[str, Any]) -> bool:
        """Send a frame; return whether it was sent."""
        return self.connection.send(frame)

    def renew_token(self) -> None:
        """Get a fresh token, because the server has rejected the last one."""
        self._effects.append(effects.RenewToken())

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        on_result: Any,  # noqa: ANN401 - a callback of several types
        body: Mapping[str, Any] | None = None,
    ) -> None:
        """Send a REST request."""
        self._effects.append(effects.SendRequest(method, path, query, body, on_result))

    def on_delayed(self, error: Exception) -> None:
        """Report that a request failed and will be retried."""
        if isinstance(error, ApiError):
            self.emit(events.Problem(error.error, str(error), "loading", error.retry_after))
        else:
            text = "The server cannot be reached at the moment."
            self.emit(events.Problem("unavailable", text, "loading"))

    def open_socket(self, socket: int) -> None:
        """Ask the driver for a socket. Answers arrive in pieces, and quick replies within messages."""
        query = {"stream": "1", "suggestions": "message"}
        newest = self.conversations.newest_active
        if self.visitor is not None and self._bot_id is not None and self.visitor.token is None:
            query["bot_id"] = self._bot_id
        elif self.is_user and newest is not None and newest.key is not None:
            query["session_id"] = to_session_id(newest.key)
        token = None if self.visitor is None else self.visitor.token
        self._effects.append(effects.OpenSocket(socket, query, token))

    def close_socket(self, socket: int) -> None:
        """Ask the driver to close a socket."""
        self._effects.append(effects.CloseSocket(socket))

    def send_text(self, socket: int, text: str) -> None:
        """Ask the driver to send a frame."""
        self._effects.append(effects.SendText(socket, text))

    def on_frame(self, name: str, frame: Frame) -> None:
        """Handle a frame of the server."""
        self._frames.handle(name, frame)

    def on_state_changed(self, state: ConnectionState, previous: ConnectionState) -> None:
        """Handle a new state of the connection."""
        if state in ("open", "closed"):
            self._failure = None
            self._is_token_renewed = False
        if previous == "open":
            self.default_key = None
            self.outbox.release_all()
            for conversation in self.conversations.all:
                conversation.on_disconnected()
        self.emit(events.StateChanged(state))

    def transmit(self, message: OutboxMessage) -> bool:
        """Send a message as a frame, or over REST if it is too large for one; return whether it was sent."""
        key = message.conversation
        if key is None or not self.is_connected:
            return False
        frame = {"type": "message", "session_id": to_session_id(key)} | message.body
        if len(json.dumps(frame)) <= _MAX_FRAME_BYTES or not self.is_user:
            return self.send_frame(frame)

        def on_result(result: Frame | Exception) -> None:
            if isinstance(result, ApiError):
                self.outbox.handle_error(message.client_message_id, result.error, result.retry_after)
            elif isinstance(result, Exception):
                self.outbox.handle_error(message.client_message_id, "unavailable", None)
            else:
                ids = {"session_id": to_session_id(key), "client_message_id": message.client_message_id}
                self._frames.handle("delivered", {**result, **ids})

        self.request("POST", f"/conversations/{to_conversation_id(key)}/messages", {}, on_result, message.body)
        return True

    def on_ack_timeout(self) -> None:
        """Handle that a message was not acknowledged in time."""
        self.connection.restart()

    def on_failed(self, message: OutboxMessage) -> None:
        """Handle that a message was refused."""
        conversation = self.conversations.find(message.conversation)
        if conversation is not None and message.failure is not None:
            conversation.mark_failed(message.client_message_id, message.failure)

    # -- failures ------------------------------------------------------------------------------------------------------

    def _replace_credential(self) -> bool:
        """Replace the rejected credential; return whether there is another one to try."""
        if self.visitor is not None:
            had_token = self.visitor.token is not None
            if had_token:
                self.conversations.replace_visitors("expired")
            return had_token
        if self._is_token_renewed:
            return False
        self._is_token_renewed = True
        self.renew_token()
        return True

    def _report_failure(self, refusal: effects.Refusal) -> None:
        if self._failure is None or self._failure.error != refusal.error:
            self.emit(events.ConnectionFailed(refusal.error, shorten(refusal.message), refusal.retry_after))
        self._failure = refusal

    def _check_newest_conversation(self) -> None:
        """End the conversation that the socket was asked for, if it does not exist any more."""
        newest = self.conversations.newest_active
        if newest is None or newest.key is None:
            return

        def on_result(result: Frame | Exception) -> None:
            if isinstance(result, ApiError) and result.is_gone:
                newest.end("gone")

        self.request("GET", f"/conversations/{newest.id}", {}, on_result)
