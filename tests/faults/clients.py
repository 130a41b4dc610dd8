"""The users of a simulated deployment: their clients follow the contract as ``web/`` does."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conversations.domain import ids
from conversations.domain.principal import Principal
from conversations.entrypoints import callers
from tests import events
from tests.builders import FAR_FUTURE, a_user, a_visitor
from tests.fakes.streaming_client import StreamingClient
from tests.faults.lambdas import Invocation, get_timeout
from tests.faults.simulation import SimulatedConnection, Simulation, Steps, Wait

ACKNOWLEDGED_WITHIN_SECONDS = 15
REST_SECONDS = 29
"""How long API Gateway waits for a function."""
CONNECTED_WITHIN_SECONDS = 15
_PAUSES_SECONDS = (1, 2, 4, 8, 16, 30)
OBSERVER = "observer"
"""Name of the client that checks a visitor's conversation."""
_MAX_TRIES = 25
_WATCHED_SECONDS = 1_200
"""Longer than the backoff of any retry."""
_ENDS = ("resumed", "expired", "claimed")

type Frame = dict[str, Any]


@dataclass(slots=True)
class SentMessage:
    """A message that a user wants to send.

    Attributes
    ----------
    content, client_message_id
        The message.
    conversation_id
        Bare id of the conversation, None while it is unknown.
    acknowledged
        The acknowledgement: ``message_id``, ``seq`` and ``timestamp``.
    refused
        The error code of the final refusal.
    """

    content: str
    client_message_id: str | None
    conversation_id: str | None
    acknowledged: Mapping[str, Any] | None = None
    refused: str | None = None


class TooManyTriesError(AssertionError):
    """A client has used all its retries."""


@dataclass(slots=True)
class SimulatedUser:
    """A user or a visitor.

    Attributes
    ----------
    simulation
        The run.
    name
        The name in violations.
    principal
        The principal from the authorizer; that of a visitor is created with the first connection.
    clients
        Their clients.
    conversation_ids
        Bare ids of their conversations.
    deleted
        Those conversations that they have deleted.
    failed_message_ids
        Messages that the server reported as failed.
    faults
        Errors that no client may ever receive.
    ended
        Whether a visitor's conversation has expired or was claimed.
    revoked_tokens
        Visitor tokens that must be invalid.
    expects_failures
        Whether a client is connected all the time, so that failed messages must be reported.
    stopped
        The questions whose answers they have stopped.
    stops_any
        Whether they have stopped an answer without its id, which may end a later answer if the request is late.
    """

    simulation: Simulation
    name: str
    principal: Principal
    clients: list["SimulatedClient"] = field(default_factory=list)
    conversation_ids: list[str] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    failed_message_ids: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    ended: bool = False
    revoked_tokens: list[str] = field(default_factory=list)
    expects_failures: bool = False
    stopped: set[str] = field(default_factory=set)
    stops_any: bool = False

    @classmethod
    def user(cls, simulation: Simulation, name: str) -> "SimulatedUser":
        """Return a signed-in user."""
        return cls(simulation, name, a_user(name, expires_at=FAR_FUTURE))

    @classmethod
    def visitor(cls, simulation: Simulation, name: str) -> "SimulatedUser":
        """Return a visitor."""
        return cls(simulation, name, a_visitor(ids.new_conversation_id(simulation.clock())))

    @property
    def is_active(self) -> bool:
        """Whether they still have a conversation; a visitor's may have ended."""
        return not self.ended

    def end(self) -> None:
        """End a visitor's conversation."""
        self.ended = True

    def add_client(self, name: str) -> "SimulatedClient":
        """Add a client and return it."""
        client = SimulatedClient(self, f"{self.name}-{name}")
        self.clients.append(client)
        self.record_device(client.name)
        return client

    def record_device(self, device: str) -> None:
        """Record a device."""
        self.simulation.history.record("device", device=device, user=self.name, visitor=self.principal.anonymous)

    def add_observer(self) -> None:
        """Add a client that opens the visitor's conversation with an empty view."""
        tokens = [client.token for client in self.clients if client.token is not None]
        observer = self.add_client(OBSERVER)
        observer.conversation_id = self.conversation_ids[-1] if self.conversation_ids else None
        observer.token = tokens[0] if tokens else None

    def has_stopped(self, content: str) -> bool:
        """Return whether they may have stopped the answer to this question."""
        return self.stops_any or content in self.stopped

    def add_session(self, conversation_id: str) -> None:
        """Add a conversation."""
        if conversation_id not in self.conversation_ids:
            self.conversation_ids.append(conversation_id)


class SimulatedClient:
    """A client: an outbox, a connection, and the messages that it shows.

    Attributes
    ----------
    user
        Its user.
    name
        The name in violations.
    conversation_id
        Bare id of its conversation.
    views
        The messages it shows, by conversation and message id.
    frames
        All frames it received.
    token
        A visitor's session token.
    streams
        Whether its connections receive answers in pieces.
    suggestions
        What its connections ask for with the parameter of this name.
    streams_by_conversation
        The answers in progress that it shows, by conversation.
    """

    def __init__(self, user: SimulatedUser, name: str) -> None:
        self.user = user
        self.name = name
        self.conversation_id: str | None = None
        self.views: dict[str, dict[str, Frame]] = {}
        self.frames: list[Frame] = []
        # The last status of conversations, as the open connection has received it.
        self.statuses: dict[str, str] = {}
        # The principal from the authorizer when the connection was opened.
        self._principal = user.principal
        self._simulation = user.simulation
        self._connection_id: str | None = None
        self._connected = False
        self._connections = 0
        self.token: str | None = None
        self._answers: dict[str, Frame] = {}
        self._sent = 0
        self.streams = False
        # Every second client of a user asks for quick replies within messages.
        self.suggestions = "message" if len(user.clients) % 2 else None
        self.streams_by_conversation: dict[str, StreamingClient] = {}

    # ---------------------------------------------------------------------------------------------- FrameListener
    def on_frame(self, connection_id: str, frame: Frame) -> None:
        """Process a frame."""
        if connection_id != self._connection_id:
            return
        self.frames.append(frame)
        self._stream(frame)
        match frame:
            case {"type": "message"}:
                self._show(frame["session_id"].removeprefix("session-"), frame)
            case {"type": "status", "status": "archived" | "reopened" | "deleted"}:
                self.statuses[frame["session_id"].removeprefix("session-")] = frame["status"]
            case {"type": "status", "status": "connected"}:
                self._connected = True
                self._record_stored()
                self.conversation_id = frame["session_id"].removeprefix("session-")
                self.token = frame.get("session_token", self.token)
                self.user.add_session(self.conversation_id)
            case {"type": "status", "status": "delivered"} | {"type": "error", "client_message_id": _} if (
                "message_id" not in frame or frame["type"] == "status"
            ):
                self._answers[frame.get("client_message_id", "")] = frame
            case {"type": "error", "message_id": _}:
                self.user.failed_message_ids.add(frame["message_id"])
            case {"type": "status", "status": "expired" | "claimed"}:
                self.user.ended = True

    def on_close(self, connection_id: str) -> None:
        """Process the end of the connection."""
        if connection_id == self._connection_id:
            self._connected = False
            self._connection_id = None

    def list_texts(self) -> list[str]:
        """Return the texts of the answers in progress that it shows."""
        return [text for stream in self.streams_by_conversation.values() for text in stream.texts.values()]

    def has_shown_text(self) -> bool:
        """Return whether it has ever shown an answer in progress."""
        return any(stream.states for stream in self.streams_by_conversation.values())

    def connected(self) -> bool:
        """Return whether the server has sent the ``connected`` frame."""
        return self._connected

    # -------------------------------------------------------------------------------------------------- operations
    def start(self, initial_message: str | None = None, *, bot_id: str | None = None) -> Steps:
        """Start a conversation over REST."""
        fields = {"initial_message": initial_message, "bot_id": bot_id}
        body = {name: value for name, value in fields.items() if value is not None}
        _, response = yield from self.request_until_final("start_conversation", body=body)
        self.conversation_id = str(response["session_id"]).removeprefix("session-")
        self.user.add_session(self.conversation_id)

    def connect(self) -> Steps:
        """Open a connection, and retry until the server has sent the ``connected`` frame."""
        for pause in self._retry("connect"):
            if self.connected() or not self.user.is_active:
                return
            yield from self._open()
            if self.connected() and self.conversation_id in self.views:
                yield from self.resume(str(self.conversation_id))
            if not self.connected():
                self.disconnect()
                yield Wait(lambda: False, pause)

    def disconnect(self, *, seen: bool = True) -> None:
        """Lose the connection. API Gateway runs ``$disconnect`` only if it has seen that."""
        connection_id, self._connection_id, self._connected = self._connection_id, None, False
        if connection_id is None:
            return
        if seen:
            self._simulation.sockets.close(connection_id)
            self._simulation.invoke("disconnect", events.socket("disconnect", self._principal, connection_id))
        else:
            self._simulation.sockets.make_half_open(connection_id)

    def send(self, content: str, via: str = "socket", *, retry_via: str | None = None) -> Steps[SentMessage]:
        """Send a message until it is acknowledged or finally refused; retries go ``retry_via``."""
        self._sent += 1
        message = SentMessage(content, f"{self.name}-{self._sent}", self.conversation_id)
        transport = via
        for pause in self._retry(f"send {content}"):
            if not self.user.is_active:
                message.refused = "gone"
                return message
            send = self._send_over_websocket if transport == "socket" else self._send_over_rest
            settled = yield from send(message)
            if settled:
                return message
            transport = retry_via or via
            yield Wait(lambda: False, pause)
        return message

    def resend(self, message: SentMessage, via: str) -> Steps[SentMessage]:
        """Send a message again, as a client does that has lost the acknowledgement."""
        resent = SentMessage(message.content, message.client_message_id, message.conversation_id)
        for pause in self._retry(f"resend {message.content}"):
            send = self._send_over_websocket if via == "socket" else self._send_over_rest
            settled = yield from send(resent)
            if settled:
                break
            yield Wait(lambda: False, pause)
        return resent

    def wait_for_answer(self, message: SentMessage, seconds: float = 600) -> Steps:
        """Wait until the answer is shown, or for these seconds, as this connection may have missed it."""
        yield Wait(lambda: self.has_answer(message), seconds)

    def has_answer(self, message: SentMessage) -> bool:
        """Return whether the answer to an acknowledged message is shown."""
        if message.acknowledged is None or message.conversation_id is None:
            return True
        view = self.views.get(message.conversation_id, {})
        seq = message.acknowledged["seq"]
        return any(shown["seq"] > seq and shown["sender"] == "bot" for shown in view.values())

    def watch_answer(self, message: SentMessage) -> Steps:
        """Wait for an answer as an open client does: it fetches what it missed if its connection was closed."""
        while not self.has_answer(message):
            yield Wait(lambda: self.has_answer(message) or not self._connected, _WATCHED_SECONDS)
            if self._connected:
                return
            yield from self.catch_up()

    def wait_for_end(self, message: SentMessage) -> Steps:
        """Wait until the answer has ended, in any way; or for a minute, as this connection may have missed it."""
        before = len(self.frames)

        def has_ended() -> bool:
            return self.has_answer(message) or any(
                frame.get("status") == "stopped" or (frame["type"] == "message" and frame["sender"] == "bot")
                for frame in self.frames[before:]
            )

        yield Wait(has_ended, 60)

    def stop(self, message: SentMessage, *, named: bool = True) -> Steps:
        """Stop the answer to a message that it shows, until the server responds or the answer has ended."""
        texts = self._get_stream(str(message.conversation_id)).texts
        frame = {"type": "stop", "session_id": f"session-{message.conversation_id}"}
        if named and texts:
            frame["id"] = next(iter(texts))
        self.user.stopped.add(message.content)
        self.user.stops_any |= "id" not in frame
        for pause in self._retry(f"stop {message.content}"):
            yield from self.connect()
            if not self.user.is_active or (yield from self._send_stop(frame)):
                return
            yield Wait(lambda: False, pause)

    def _send_stop(self, frame: Frame) -> Steps[bool]:
        connection_id, before = str(self._connection_id), len(self.frames)
        self._send_frame("stop", connection_id, frame)

        def is_answered() -> bool:
            # The conversation may be deleted: an error answers the request, too.
            ends = [each.get("status", each["type"]) for each in self.frames[before:]]
            return any(end in ("stopping", "idle", "stopped", "error") for end in ends)

        yield Wait(lambda: is_answered() or self._connection_id != connection_id, ACKNOWLEDGED_WITHIN_SECONDS)
        if not is_answered():
            self.disconnect(seen=False)
        return is_answered()

    def set_status(self, status: str) -> Steps:
        """Archive the conversation, or reopen it."""
        yield from self.request_until_final("update_conversation", body={"status": status}, conversation=True)

    def delete(self) -> Steps:
        """Delete the conversation."""
        status, _ = yield from self.request_until_final("delete_conversation", conversation=True)
        assert self.conversation_id is not None
        if status in (204, 404):
            self.user.deleted.add(self.conversation_id)

    def claim(self, visitor: SimulatedUser) -> Steps:
        """Claim a visitor's conversation with all its messages."""
        token = next(client.token for client in visitor.clients if client.token is not None)
        status, response = yield from self.request_until_final("claim_conversation", body={"session_token": token})
        if status != 200:
            self.user.faults.append(f"{self.name} claimed and got {response}")
            return
        self.conversation_id = str(response["id"]).removeprefix("conv-")
        self.user.add_session(self.conversation_id)
        self.user.revoked_tokens.append(token)
        visitor.end()

    def resume(self, conversation_id: str) -> Steps[bool]:
        """Request the missed messages once, and return whether the server has ended its answer."""
        last = self._get_last_without_gap(conversation_id)
        frame = {"type": "resume", "session_id": f"session-{conversation_id}"} | (
            {} if last is None else {"after": last}
        )
        connection_id = str(self._connection_id)
        before = len(self.frames)
        self._send_frame("resume", connection_id, frame)

        def list_results() -> list[Frame]:
            received = [entry for entry in self.frames[before:] if entry.get("session_id") == frame["session_id"]]
            return [entry for entry in received if entry.get("status") in _ENDS or entry["type"] == "error"]

        yield Wait(lambda: bool(list_results()) or self._connection_id != connection_id, ACKNOWLEDGED_WITHIN_SECONDS)
        return bool(list_results()) and list_results()[0].get("status") in _ENDS

    def catch_up(self) -> Steps:
        """Fetch the missed messages of every shown conversation: by history, or by resume if the client connects."""
        if self._connections == 0 and not self.user.principal.anonymous:
            yield from self._read()
            return
        shown = {*self.views, *([self.conversation_id] if self.conversation_id else [])} - self.user.deleted
        shown |= {each for each, stream in self.streams_by_conversation.items() if stream.texts} - self.user.deleted
        for conversation_id in sorted(shown):
            for pause in self._retry(f"resume {conversation_id}"):
                yield from self.connect()
                if not self.user.is_active or (yield from self.resume(conversation_id)):
                    break
                self.disconnect(seen=False)
                yield Wait(lambda: False, pause)

    def _read(self) -> Steps:
        for conversation_id in list(self.views) + ([self.conversation_id] if self.conversation_id else []):
            if conversation_id in self.user.deleted:
                continue
            more = True
            while more:
                query = {"limit": "100"}
                last = self._get_last_without_gap(conversation_id)
                if last is not None:
                    query["after"] = last
                status, response = yield from self.request_until_final(
                    "get_history", conversation_id=conversation_id, query=query
                )
                if status != 200:
                    break
                for message in response["messages"]:
                    self._show(conversation_id, message)
                more = last is not None and response["has_more"]

    def request_until_final(
        self,
        name: str,
        *,
        body: object = None,
        query: Mapping[str, str] | None = None,
        conversation: bool = False,
        conversation_id: str | None = None,
    ) -> Steps[tuple[int, Frame]]:
        """Send a REST request until the response is one that a retry would not change."""
        target = conversation_id or (self.conversation_id if conversation else None)
        path = None if target is None else f"conv-{target}"
        event = events.rest(name, self.user.principal, body=body, query=query, conversation_id=path)
        for pause in self._retry(name):
            status, response = yield from self._rest(name, event)
            if status < 500 and status != 429:
                return status, response
            yield Wait(lambda: False, pause)
        raise AssertionError  # the retries raise before

    # ----------------------------------------------------------------------------------------------------- internals
    def _retry(self, what: str) -> "_RetryPauses":
        simulation = self._simulation
        return _RetryPauses(f"{self.name}: {what}", lambda: simulation.outages.is_any(simulation.clock()))

    def _get_stream(self, conversation_id: str) -> StreamingClient:
        return self.streams_by_conversation.setdefault(conversation_id, StreamingClient())

    def _stream(self, frame: Frame) -> None:
        conversation_id = str(frame.get("session_id", "")).removeprefix("session-")
        # Frames of a deleted conversation that arrive later are ignored.
        if conversation_id and self.statuses.get(conversation_id) != "deleted":
            self._get_stream(conversation_id).receive(frame)

    def _record_stored(self) -> None:
        rows = self._simulation.list_conversations(self.user.principal.owner)
        for row in rows:
            seen = {"conversation": row["id"], "last_seq": int(row["last_seq"])}
            self._simulation.history.record("stored", connection=self._connection_id, **seen)
        self.statuses = {}

    def _show(self, conversation_id: str, frame: Frame) -> None:
        view = self.views.setdefault(conversation_id, {})
        shown = {name: frame[name] for name in ("id", "seq", "sender", "content", "timestamp")}
        view[shown["id"]] = shown

    def _get_last_without_gap(self, conversation_id: str) -> str | None:
        by_seq = {shown["seq"]: shown["id"] for shown in self.views.get(conversation_id, {}).values()}
        last = None
        for seq in range(1, len(by_seq) + 1):
            if seq not in by_seq:
                break
            last = by_seq[seq]
        return last

    def _open(self) -> Steps:
        self._connections += 1
        connection_id = f"{self.name}-{self._connections}"
        if self.user.principal.anonymous and self.token is not None and not (yield from self._authorize()):
            return
        event = events.socket(
            "connect.visitor" if self._principal.anonymous else "connect",
            self._principal,
            connection_id,
            query=self._build_query(),
        )
        for stream in self.streams_by_conversation.values():
            stream.reconnect()
        self._connection_id = connection_id
        self._simulation.sockets.connections[connection_id] = connection = SimulatedConnection(self)
        ended: list[Invocation] = []
        self._simulation.invoke("connect", event, then=ended.append)
        # Lambda ends a function that takes longer, also one that is stalled, and API Gateway refuses the handshake.
        yield Wait(lambda: bool(ended), get_timeout("connect").total_seconds())
        if not ended or ended[0].died or ended[0].error or ended[0].response["statusCode"] != 200:
            self._connection_id = None
            return
        connection.open = True
        self._simulation.history.record(
            "open", connection=connection_id, device=self.name, suggestions=self.suggestions
        )
        yield Wait(lambda: self._connected, CONNECTED_WITHIN_SECONDS)

    def _build_query(self) -> dict[str, str | list[str]]:
        query: dict[str, str | list[str]] = {"stream": "1"} if self.streams else {}
        if self.suggestions is not None:
            query["suggestions"] = self.suggestions
        if self._requests_session():
            query["session_id"] = f"session-{self.conversation_id}"
        return query

    def _requests_session(self) -> bool:
        # A client that has learned of the deletion asks for no deleted conversation.
        known = self.conversation_id is not None and self.conversation_id not in self.user.deleted
        return known and not self.user.principal.anonymous

    def _authorize(self) -> Steps[bool]:
        """Authorize a visitor's reconnect by its token."""
        event = build_reconnect_event(str(self.token))
        record = self._simulation.history.record_request(self.name, "connect", body={"session_token": self.token})
        ended: list[Invocation] = []
        self._simulation.invoke("authorizer", event, then=ended.append)
        yield Wait(lambda: bool(ended), REST_SECONDS)
        if not ended or ended[0].died or ended[0].error:
            return False
        record(200)
        self._principal = callers.principal_from_context(
            {"requestContext": {"authorizer": ended[0].response["context"]}}
        )
        return self._principal.owner == self.user.principal.owner

    def _send_over_websocket(self, message: SentMessage) -> Steps[bool]:
        yield from self.connect()
        if not self.user.is_active:
            return False
        if message.conversation_id is None:
            message.conversation_id = self.conversation_id
        key = str(message.client_message_id)
        self._answers.pop(key, None)
        frame = {"type": "message", "content": message.content, "client_message_id": message.client_message_id}
        if message.conversation_id is not None:
            frame["session_id"] = f"session-{message.conversation_id}"
        connection_id = str(self._connection_id)
        self._send_frame("message", connection_id, frame)
        yield Wait(lambda: key in self._answers or self._connection_id != connection_id, ACKNOWLEDGED_WITHIN_SECONDS)
        response = self._answers.get(key)
        if response is None:
            # No response: the connection may be dead.
            self.disconnect(seen=False)
            return False
        if response["type"] == "status":
            return self._acknowledge(message, response)
        return _refuse(message, response["error"])

    def _send_frame(self, function: str, connection_id: str, frame: Frame) -> None:
        self._simulation.history.record("sent", connection=connection_id, frame={"type": function} | frame)
        if not self._simulation.sockets.connections[connection_id].half_open:
            self._simulation.invoke(function, events.socket(function, self._principal, connection_id, frame=frame))

    def _send_over_rest(self, message: SentMessage) -> Steps[bool]:
        body = {"content": message.content, "client_message_id": message.client_message_id}
        event = events.rest(
            "send_message", self.user.principal, body=body, conversation_id=f"conv-{message.conversation_id}"
        )
        status, response = yield from self._rest("send_message", event)
        if status == 200:
            return self._acknowledge(message, response)
        return status not in (429, 500, 502, 503, 504) and _refuse(message, response["error"])

    def _acknowledge(self, message: SentMessage, response: Frame) -> bool:
        message.acknowledged = {name: response[name] for name in ("message_id", "seq", "timestamp")}
        shown = {"id": response["message_id"], "sender": "user", "content": message.content}
        self._show(str(message.conversation_id), {**shown, "seq": response["seq"], "timestamp": response["timestamp"]})
        return True

    def _rest(self, name: str, event: events.Event) -> Steps[tuple[int, Frame]]:
        ended: list[Invocation] = []
        record = record_rest(self._simulation, self.name, name, event)
        self._simulation.invoke(name, event, waiting="rest", then=ended.append)
        yield Wait(lambda: bool(ended), REST_SECONDS)
        if not ended:
            return 504, {}
        if ended[0].died or ended[0].error:
            return 502, {}
        status, body = ended[0].response["statusCode"], json.loads(ended[0].response["body"] or "{}")
        record(status, body)
        return status, body


def record_rest(simulation: Simulation, device: str, operation: str, event: events.Event) -> Callable[..., None]:
    """Record a REST request, and return what records its response."""
    fields = {
        "conversation": (event.get("pathParameters") or {}).get("conversation_id"),
        "query": event.get("queryStringParameters") or {},
        "body": json.loads(event["body"] or "{}"),
    }
    return simulation.history.record_request(device, operation, **fields)


def build_reconnect_event(token: str) -> events.Event:
    """Build the authorizer event of a visitor who reconnects."""
    event = events.event("authorizer.websocket")
    event["headers"] = {}
    event["queryStringParameters"] = {"session_token": token}
    return event


class _RetryPauses:
    """The pauses between the tries of a client, until its retries are used up. It never stops during an outage."""

    def __init__(self, what: str, is_outage: Callable[[], bool]) -> None:
        self._what = what
        self._is_outage = is_outage
        self._made = 0

    def __iter__(self) -> "_RetryPauses":
        return self

    def __next__(self) -> float:
        self._made = len(_PAUSES_SECONDS) if self._is_outage() else self._made + 1
        if self._made > _MAX_TRIES:
            raise TooManyTriesError(self._what)
        return _PAUSES_SECONDS[min(self._made, len(_PAUSES_SECONDS)) - 1]


def _refuse(message: SentMessage, word: str) -> bool:
    if word in ("unavailable", "internal", "rate_limited"):
        return False
    message.refused = word
    return True
