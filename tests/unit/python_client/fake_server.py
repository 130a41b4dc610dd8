"""A server that follows the contract, without a network, for the state machine of the Python client."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from general_bots_conversations.core.effects import OpenSocket, Refusal
from general_bots_conversations.errors import ApiError

MAX_REPLAYED = 100

type Frame = dict[str, Any]


class FakeServer:
    """Stores messages once per ``client_message_id``, answers each, and replays what was missed."""

    def __init__(self) -> None:
        self.messages: dict[str, list[Frame]] = {}
        """The messages of each conversation, by its key."""
        self.visitors: dict[str, str] = {}
        """The keys of the conversations of visitors, by their tokens."""
        self.sockets: dict[int, str] = {}
        """The open sockets, and the conversations that they were opened for."""
        self.outgoing: list[tuple[int, Frame]] = []
        """The frames that no client has received yet."""
        self.received: list[Frame] = []
        self.refusal: Refusal | None = None
        """Refuses all handshakes."""
        self.overrides: list[Frame] = []
        """Responses to the next messages, instead of storing them."""
        self.gone: set[str] = set()
        self.pages = 0
        self._ids = 0

    # -- sockets ------------------------------------------------------------------------------------------------------

    def open(self, effect: OpenSocket, *, is_user: bool) -> Refusal | None:
        """Open a socket; return why it is refused."""
        if self.refusal is not None:
            return self.refusal
        token = effect.session_token
        if not is_user and token is not None and token not in self.visitors:
            return Refusal(401, "unauthorized", "The token is invalid.")
        key = self._find_key(effect, is_user=is_user)
        if key in self.gone:
            return Refusal(404, "not_found", "There is no such conversation.")
        self.sockets[effect.socket] = key
        frame = {"type": "status", "status": "connected", "session_id": f"session-{key}", "bot_id": "default"}
        more = {"bot_name": "Bot", "anonymous": not is_user}
        if not is_user:
            token = next(name for name, owned in self.visitors.items() if owned == key)
            more |= {"session_token": token, "expires_in": 1800}
        self.outgoing.append((effect.socket, frame | more))
        return None

    def receive(self, socket: int, text: str) -> None:
        """Handle a frame of a client."""
        frame: Frame = json.loads(text)
        self.received.append(frame)
        key = str(frame.get("session_id", "")).removeprefix("session-")
        match frame["type"]:
            case "ping":
                self._send(socket, type="status", status="pong")
            case "resume":
                self._replay(socket, key, frame.get("after"))
            case "message":
                self._accept(socket, key, frame)
            case "stop":
                self._send(socket, type="status", status="stopping", session_id=frame["session_id"])

    def broadcast(self, frame: Frame, *, sender: int | None = None) -> None:
        """Send a frame to all sockets but that of the sender, who gets an acknowledgement."""
        self.outgoing += [(socket, frame) for socket in self.sockets if socket != sender]

    # -- messages -----------------------------------------------------------------------------------------------------

    def create_conversation(self) -> str:
        """Return the key of a new conversation."""
        key = self.create_id()
        self.messages[key] = []
        return key

    def create_id(self) -> str:
        """Return an id that sorts by time."""
        self._ids += 1
        return str(UUID(int=self._ids))

    def store(self, key: str, *, socket: int | None = None, **fields: object) -> Frame:
        """Store a message of the bot or the user, and send it to all sockets but the one that it came from."""
        messages = self.messages[key]
        message = {
            "id": f"msg-{self.create_id()}",
            "seq": len(messages) + 1,
            "sender": "bot",
            "timestamp": f"2026-01-01T00:00:00.{len(messages) % 1000:03}Z",
            **fields,
        }
        messages.append(message)
        self.broadcast(self.to_frame(key, message), sender=socket)
        return message

    @staticmethod
    def to_frame(key: str, message: Frame) -> Frame:
        """Return the frame of a message."""
        return {"type": "message", "session_id": f"session-{key}", "conversation_id": f"conv-{key}", **message}

    # -- REST ---------------------------------------------------------------------------------------------------------

    def respond(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None) -> object:
        """Return the body of a response, or an error."""
        key = path.split("/")[2].removeprefix("conv-")
        if key in self.gone or key not in self.messages:
            return ApiError(404, "not_found", "There is no such conversation.")
        if method == "POST" and body is not None:
            message, is_new = self._store_once(key, dict(body))
            if is_new:
                self._answer(key, message)
            return {"message_id": message["id"], "seq": message["seq"], "timestamp": message["timestamp"]}
        if not path.endswith("/history"):
            return {"id": f"conv-{key}"}
        self.pages += 1
        return self._read_page(key, query)

    def _read_page(self, key: str, query: Mapping[str, str]) -> Frame:
        messages, limit = self.messages[key], int(query["limit"])
        if "after" in query:
            later = [message for message in messages if message["id"] > query["after"]]
            return {"messages": later[:limit], "has_more": len(later) > limit}
        earlier = [message for message in messages if "before" not in query or message["id"] < query["before"]]
        return {"messages": earlier[-limit:], "has_more": len(earlier) > limit}

    def _find_key(self, effect: OpenSocket, *, is_user: bool) -> str:
        if is_user:
            asked = effect.query.get("session_id", "").removeprefix("session-")
            return asked or next(reversed(self.messages), None) or self.create_conversation()
        if effect.session_token is not None:
            return self.visitors[effect.session_token]
        key = self.create_conversation()
        self.visitors[f"token-{key}"] = key
        return key

    def _replay(self, socket: int, key: str, after: str | None) -> None:
        missed = [message for message in self.messages[key] if after is None or message["id"] > after]
        for message in missed[-MAX_REPLAYED:]:
            self.outgoing.append((socket, self.to_frame(key, message)))
        limited = {"limited": True} if len(missed) > MAX_REPLAYED else {}
        messages = self.messages[key]
        answering = {"answering": True} if messages and messages[-1]["sender"] == "user" else {}
        status = {"type": "status", "status": "resumed", "session_id": f"session-{key}", "last_seq": len(messages)}
        self.outgoing.append((socket, status | limited | answering))

    def _accept(self, socket: int, key: str, frame: Frame) -> None:
        name = frame["client_message_id"]
        if self.overrides:
            self._send(socket, session_id=frame["session_id"], client_message_id=name, **self.overrides.pop(0))
            return
        message, is_new = self._store_once(key, {"content": frame["content"], "client_message_id": name}, socket)
        receipt = {"message_id": message["id"], "seq": message["seq"], "timestamp": message["timestamp"]}
        ids = {"session_id": frame["session_id"], "client_message_id": name}
        self._send(socket, type="status", status="delivered", **ids, **receipt)
        if is_new:
            self._answer(key, message)

    def _store_once(self, key: str, body: Frame, socket: int | None = None) -> tuple[Frame, bool]:
        known = (item for item in self.messages[key] if item.get("client_message_id") == body["client_message_id"])
        message = next(known, None)
        if message is not None:
            return message, False
        return self.store(key, socket=socket, sender="user", **body), True

    def _answer(self, key: str, message: Frame) -> None:
        self.store(key, content=f"Answer to {message['content']}")

    def _send(self, socket: int, **frame: object) -> None:
        self.outgoing.append((socket, dict(frame)))
