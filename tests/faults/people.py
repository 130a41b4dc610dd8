"""Who uses the deployment: people with devices that keep to the contract as ``web/`` does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conversations.domain import ids
from conversations.domain.principal import Principal
from conversations.entrypoints import callers
from tests import events
from tests.builders import FAR_FUTURE, a_user, a_visitor
from tests.faults.simulation import Line, Simulation, Steps, Wait

if TYPE_CHECKING:
    from tests.faults.lambdas import Invocation

ACKNOWLEDGED_WITHIN_SECONDS = 15
REST_SECONDS = 29
"""How long API Gateway waits for a function."""
CONNECTED_WITHIN_SECONDS = 15
_PAUSES_SECONDS = (1, 2, 4, 8, 16, 30)
OBSERVER = "observer"
"""The device by which a visitor's conversation is looked at."""
_MOST_TRIES = 25
_ENDS = ("resumed", "expired", "claimed")

type Frame = dict[str, Any]


@dataclass(slots=True)
class Said:
    """Something a person wants to have said.

    Attributes
    ----------
    content, client_message_id
        What is sent.
    session_id
        Bare id of the conversation, None while it is not known.
    acknowledged
        What the server said of it: ``message_id``, ``seq`` and ``timestamp``.
    refused
        The server's final word, if it does not want it.
    """

    content: str
    client_message_id: str | None
    session_id: str | None
    acknowledged: Mapping[str, Any] | None = None
    refused: str | None = None


class GaveUpError(AssertionError):
    """A client tried so often that something must be wrong."""


@dataclass(slots=True)
class Person:
    """A user or a visitor.

    Attributes
    ----------
    simulation
        The run.
    name
        What tests call them.
    principal
        Whom the authorizer vouches for; a visitor's is made when a socket opens.
    devices
        What they hold in their hands.
    said
        What they said, in order.
    sessions
        Bare ids of the conversations they know of.
    deleted
        Those of them they have deleted.
    gave_up
        The messages of which the server said that it will not answer them.
    faults
        What no client may ever see.
    gone
        Whether a visitor's conversation is over, or a user's.
    dead_tokens
        Visitors' tokens that must not open anything any more.
    listens
        Whether a device is open all the time, so that they must be told of what will not be answered.
    """

    simulation: Simulation
    name: str
    principal: Principal
    devices: list["Device"] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    gave_up: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    gone: bool = False
    dead_tokens: list[str] = field(default_factory=list)
    listens: bool = False

    @classmethod
    def user(cls, simulation: Simulation, name: str) -> "Person":
        """Return somebody who is signed in."""
        return cls(simulation, name, a_user(name, expires_at=FAR_FUTURE))

    @classmethod
    def visitor(cls, simulation: Simulation, name: str) -> "Person":
        """Return somebody without a token."""
        return cls(simulation, name, a_visitor(ids.new_session_id(simulation.clock())))

    @property
    def is_there(self) -> bool:
        """Whether they still have a conversation to come back to: a visitor's may be over."""
        return not self.gone

    def leaves(self) -> None:
        """Have no conversation any more."""
        self.gone = True

    def device(self, name: str) -> "Device":
        """Return another device of theirs."""
        device = Device(self, f"{self.name}-{name}")
        self.devices.append(device)
        return device

    def observe(self) -> None:
        """Let a visitor open the conversation on a device that has seen nothing of it."""
        tokens = [each.token for each in self.devices if each.token is not None]
        observer = self.device(OBSERVER)
        observer.session_id = self.sessions[-1] if self.sessions else None
        observer.token = tokens[0] if tokens else None

    def knows(self, session_id: str) -> None:
        """Remember a conversation."""
        if session_id not in self.sessions:
            self.sessions.append(session_id)


class Device:
    """One client: an outbox, a socket, and what its screen shows.

    Attributes
    ----------
    person
        Whose.
    name
        What tests call it.
    session_id
        Bare id of the conversation it is in.
    views
        What it shows, by conversation and message.
    frames
        Everything it heard.
    token
        A visitor's way back.
    """

    def __init__(self, person: Person, name: str) -> None:
        self.person = person
        self.name = name
        self.session_id: str | None = None
        self.views: dict[str, dict[str, Frame]] = {}
        self.frames: list[Frame] = []
        # Whom the authorizer vouched for when this socket opened.
        self._principal = person.principal
        self._simulation = person.simulation
        self._connection_id: str | None = None
        self._connected = False
        self._connections = 0
        self.token: str | None = None
        self._answers: dict[str, Frame] = {}
        self._sent = 0

    # ------------------------------------------------------------------------------------------------- the far end
    def hear(self, connection_id: str, frame: Frame) -> None:
        """Take a frame from the socket."""
        if connection_id != self._connection_id:
            return
        self.frames.append(frame)
        match frame:
            case {"type": "message"}:
                self._show(frame["session_id"].removeprefix("session-"), frame)
            case {"type": "status", "status": "connected"}:
                self._connected = True
                self.session_id = frame["session_id"].removeprefix("session-")
                self.token = frame.get("session_token", self.token)
                self.person.knows(self.session_id)
            case {"type": "status", "status": "delivered"} | {"type": "error", "client_message_id": _} if (
                "message_id" not in frame or frame["type"] == "status"
            ):
                self._answers[frame.get("client_message_id", "")] = frame
            case {"type": "error", "message_id": _}:
                self.person.gave_up.add(frame["message_id"])
            case {"type": "status", "status": "expired" | "claimed"}:
                self.person.gone = True
        if frame.get("error") == "internal" and "message_id" not in frame:
            self.person.faults.append(f"{self.name} got {frame}")

    def lose(self, connection_id: str) -> None:
        """See the socket close."""
        if connection_id == self._connection_id:
            self._connected = False
            self._connection_id = None

    def connected(self) -> bool:
        """Tell whether the server has said that the socket is open."""
        return self._connected

    # ------------------------------------------------------------------------------------------------- what it can do
    def start(self, initial_message: str | None = None, *, bot_id: str | None = None) -> Steps:
        """Begin a conversation over REST."""
        told = {"initial_message": initial_message, "bot_id": bot_id}
        body = {name: value for name, value in told.items() if value is not None}
        _, answer = yield from self.insist("start_conversation", body=body)
        self.session_id = str(answer["session_id"]).removeprefix("session-")
        self.person.knows(self.session_id)
        if initial_message is not None:
            self.person.said.append(Said(initial_message, None, self.session_id, acknowledged={"seq": 1}))

    def connect(self) -> Steps:
        """Open a socket, and try again until the server says that it is open."""
        for pause in self._tries("connect"):
            if self.connected() or not self.person.is_there:
                return
            yield from self._open()
            if self.connected() and self.session_id in self.views:
                yield from self.resume(str(self.session_id))
            if not self.connected():
                self.cut()
                yield Wait(lambda: False, pause)

    def cut(self, *, seen: bool = True) -> None:
        """Lose the socket; ``$disconnect`` comes only if API Gateway has seen it."""
        connection_id, self._connection_id, self._connected = self._connection_id, None, False
        if connection_id is None:
            return
        if seen:
            self._simulation.sockets.cut(connection_id)
            self._simulation.invoke("disconnect", events.socket("disconnect", self._principal, connection_id))
        else:
            self._simulation.sockets.deafen(connection_id)

    def say(self, content: str, via: str = "socket", *, then_via: str | None = None) -> Steps[Said]:
        """Send a message until it is acknowledged or refused for good; retries go ``then_via``."""
        self._sent += 1
        said = Said(content, f"{self.name}-{self._sent}", self.session_id)
        self.person.said.append(said)
        way = via
        for pause in self._tries(f"say {content}"):
            if not self.person.is_there:
                said.refused = "gone"
                return said
            settled = yield from (self._over_socket(said) if way == "socket" else self._over_rest(said))
            if settled:
                return said
            way = then_via or via
            yield Wait(lambda: False, pause)
        return said

    def repeat(self, said: Said, via: str) -> Steps[Said]:
        """Send again what was sent, as a client that has forgotten its acknowledgement would."""
        again = Said(said.content, said.client_message_id, said.session_id)
        for pause in self._tries(f"repeat {said.content}"):
            settled = yield from (self._over_socket(again) if via == "socket" else self._over_rest(again))
            if settled:
                break
            yield Wait(lambda: False, pause)
        if again.acknowledged != said.acknowledged and said.acknowledged is not None and again.refused is None:
            self.person.faults.append(f"{again} was acknowledged as {said} before")
        return again

    def answered(self, said: Said, seconds: float = 600) -> Steps:
        """Wait until the answer is on the screen; not for ever, since this socket may have missed it."""

        def is_there() -> bool:
            if said.acknowledged is None or said.session_id is None:
                return True
            view = self.views.get(said.session_id, {})
            seq = said.acknowledged["seq"]
            return any(each["seq"] > seq and each["sender"] == "bot" for each in view.values())

        yield Wait(is_there, seconds)

    def change(self, status: str) -> Steps:
        """Archive the conversation, or open it again."""
        yield from self.insist("update_conversation", body={"status": status}, conversation=True)

    def delete(self) -> Steps:
        """Delete the conversation."""
        status, _ = yield from self.insist("delete_conversation", conversation=True)
        assert self.session_id is not None
        if status in (204, 404):
            self.person.deleted.add(self.session_id)

    def claim(self, visitor: Person) -> Steps:
        """Take a visitor's conversation over, with all that was said in it."""
        token = next(device.token for device in visitor.devices if device.token is not None)
        status, answer = yield from self.insist("claim_conversation", body={"session_token": token})
        if status != 200:
            self.person.faults.append(f"{self.name} claimed and got {answer}")
            return
        self.session_id = str(answer["id"]).removeprefix("conv-")
        self.person.knows(self.session_id)
        self.person.said.extend(visitor.said)
        self.person.dead_tokens.append(token)
        visitor.leaves()

    def resume(self, session_id: str) -> Steps[bool]:
        """Ask once for what was missed, and tell whether all of it came."""
        view = self.views.get(session_id, {})
        last = self._last_without_gap(session_id)
        frame = {"type": "resume", "session_id": f"session-{session_id}"} | ({} if last is None else {"after": last})
        connection_id = str(self._connection_id)
        before = len(self.frames)
        if not self._simulation.sockets.lines[connection_id].deaf:
            event = events.socket("resume", self._principal, connection_id, frame=frame)
            self._simulation.invoke("resume", event)

        def told() -> list[Frame]:
            of_session = (each for each in self.frames[before:] if each.get("session_id") == frame["session_id"])
            return [each for each in of_session if each.get("status") in _ENDS or each["type"] == "error"]

        yield Wait(lambda: bool(told()) or self._connection_id != connection_id, ACKNOWLEDGED_WITHIN_SECONDS)
        if not told() or told()[0].get("status") not in _ENDS:
            return False
        if told()[0]["status"] == "resumed" and not told()[0].get("limited"):
            view = self.views.get(session_id, {})
            missing = set(range(1, told()[0]["last_seq"] + 1)) - {each["seq"] for each in view.values()}
            if missing:
                self.person.faults.append(f"{self.name} resumed after {last} and still misses {sorted(missing)}")
        return True

    def catch_up(self) -> Steps:
        """Get what was missed of every conversation that this device shows, by the way it is used to."""
        if self._connections == 0 and not self.person.principal.anonymous:
            yield from self._read()
            return
        shown = {*self.views, *([self.session_id] if self.session_id else [])} - self.person.deleted
        for session_id in sorted(shown):
            for pause in self._tries(f"resume {session_id}"):
                yield from self.connect()
                if not self.person.is_there or (yield from self.resume(session_id)):
                    break
                self.cut(seen=False)
                yield Wait(lambda: False, pause)

    def _read(self) -> Steps:
        for session_id in list(self.views) + ([self.session_id] if self.session_id else []):
            if session_id in self.person.deleted:
                continue
            more = True
            while more:
                query = {"limit": "100"}
                last = self._last_without_gap(session_id)
                if last is not None:
                    query["after"] = last
                status, answer = yield from self.insist("get_history", session_id=session_id, query=query)
                if status != 200:
                    break
                for each in answer["messages"]:
                    self._show(session_id, each)
                more = last is not None and answer["has_more"]

    def insist(
        self,
        name: str,
        *,
        body: object = None,
        query: Mapping[str, str] | None = None,
        conversation: bool = False,
        session_id: str | None = None,
    ) -> Steps[tuple[int, Frame]]:
        """Ask over REST until there is an answer that a retry would not change."""
        target = session_id or (self.session_id if conversation else None)
        path = None if target is None else f"conv-{target}"
        event = events.rest(name, self.person.principal, body=body, query=query, conversation_id=path)
        for pause in self._tries(name):
            status, answer = yield from self._rest(name, event)
            if status < 500 and status != 429:
                return status, answer
            yield Wait(lambda: False, pause)
        raise AssertionError  # the tries raise before

    # ------------------------------------------------------------------------------------------------------ underneath
    def _tries(self, what: str) -> "_Tries":
        return _Tries(f"{self.name}: {what}")

    def _show(self, session_id: str, frame: Frame) -> None:
        view = self.views.setdefault(session_id, {})
        shown = {name: frame[name] for name in ("id", "seq", "sender", "content", "timestamp")}
        known = view.get(shown["id"])
        if known is not None and known != shown:
            self.person.faults.append(f"{self.name} was shown {known} and then {shown}")
        view[shown["id"]] = shown

    def _last_without_gap(self, session_id: str) -> str | None:
        by_seq = {each["seq"]: each["id"] for each in self.views.get(session_id, {}).values()}
        last = None
        for seq in range(1, len(by_seq) + 1):
            if seq not in by_seq:
                break
            last = by_seq[seq]
        return last

    def _open(self) -> Steps:
        self._connections += 1
        connection_id = f"{self.name}-{self._connections}"
        if self.person.principal.anonymous and self.token is not None and not (yield from self._is_let_in()):
            return
        event = events.socket(
            "connect.visitor" if self._principal.anonymous else "connect",
            self._principal,
            connection_id,
            query={"session_id": f"session-{self.session_id}"} if self._names_a_session() else {},
        )
        self._connection_id = connection_id
        self._simulation.sockets.lines[connection_id] = line = Line(self)
        ended: list[Invocation] = []
        self._simulation.invoke("connect", event, then=ended.append)
        yield Wait(lambda: bool(ended), REST_SECONDS)
        if not ended or ended[0].died or ended[0].error or ended[0].answer["statusCode"] != 200:
            self._connection_id = None
            return
        line.open = True
        yield Wait(lambda: self._connected, CONNECTED_WITHIN_SECONDS)

    def _names_a_session(self) -> bool:
        return self.session_id is not None and not self.person.principal.anonymous

    def _is_let_in(self) -> Steps[bool]:
        """Come back by the token, as the authorizer sees it."""
        event = return_of(str(self.token))
        ended: list[Invocation] = []
        self._simulation.invoke("authorizer", event, then=ended.append)
        yield Wait(lambda: bool(ended), REST_SECONDS)
        if not ended or ended[0].died or ended[0].error:
            return False
        self._principal = callers.principal_from_context({"requestContext": {"authorizer": ended[0].answer["context"]}})
        return self._principal.owner == self.person.principal.owner

    def _over_socket(self, said: Said) -> Steps[bool]:
        yield from self.connect()
        if not self.person.is_there:
            return False
        if said.session_id is None:
            said.session_id = self.session_id
        key = str(said.client_message_id)
        self._answers.pop(key, None)
        frame = {"type": "message", "content": said.content, "client_message_id": said.client_message_id}
        if said.session_id is not None:
            frame["session_id"] = f"session-{said.session_id}"
        connection_id = str(self._connection_id)
        event = events.socket("message", self._principal, connection_id, frame=frame)
        if not self._simulation.sockets.lines[connection_id].deaf:
            self._simulation.invoke("message", event)
        yield Wait(lambda: key in self._answers or self._connection_id != connection_id, ACKNOWLEDGED_WITHIN_SECONDS)
        answer = self._answers.get(key)
        if answer is None:
            # Silence: the line is suspect.
            self.cut(seen=False)
            return False
        if answer["type"] == "status":
            return self._acknowledge(said, answer)
        return _refuse(said, answer["error"])

    def _over_rest(self, said: Said) -> Steps[bool]:
        body = {"content": said.content, "client_message_id": said.client_message_id}
        event = events.rest("send_message", self.person.principal, body=body, conversation_id=f"conv-{said.session_id}")
        status, answer = yield from self._rest("send_message", event)
        if status == 200:
            return self._acknowledge(said, answer)
        return status not in (429, 500, 502, 503, 504) and _refuse(said, answer["error"])

    def _acknowledge(self, said: Said, answer: Frame) -> bool:
        said.acknowledged = {name: answer[name] for name in ("message_id", "seq", "timestamp")}
        own = {"id": answer["message_id"], "sender": "user", "content": said.content}
        self._show(str(said.session_id), {**own, "seq": answer["seq"], "timestamp": answer["timestamp"]})
        return True

    def _rest(self, name: str, event: events.Event) -> Steps[tuple[int, Frame]]:
        ended: list[Invocation] = []
        self._simulation.invoke(name, event, waiting="rest", then=ended.append)
        yield Wait(lambda: bool(ended), REST_SECONDS)
        if not ended:
            return 504, {}
        if ended[0].died or ended[0].error:
            return 502, {}
        answer = ended[0].answer
        if answer["statusCode"] == 500:
            self.person.faults.append(f"{self.name}: {name} answered {answer['body']}")
        return answer["statusCode"], json.loads(answer["body"] or "{}")


def return_of(token: str) -> events.Event:
    """Return what the authorizer is asked when a visitor comes back."""
    event = events.event("authorizer.websocket")
    event["headers"] = {}
    event["queryStringParameters"] = {"session_token": token}
    return event


class _Tries:
    """The pauses between a client's tries, as many as it has patience."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._made = 0

    def __iter__(self) -> "_Tries":
        return self

    def __next__(self) -> float:
        self._made += 1
        if self._made > _MOST_TRIES:
            raise GaveUpError(self._what)
        return _PAUSES_SECONDS[min(self._made, len(_PAUSES_SECONDS)) - 1]


def _refuse(said: Said, word: str) -> bool:
    if word in ("unavailable", "internal", "rate_limited"):
        return False
    said.refused = word
    return True
