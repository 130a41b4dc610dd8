"""Replays traces of the model with the real functions: each step of the model is one piece of a function's run."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import JsonValue

from conversations.adapters.dynamodb.serialization import deserialize
from conversations.domain import ids
from conversations.domain.bot import Bot
from conversations.domain.jobs import OutboxCheckJob
from conversations.domain.principal import Principal
from tests import events
from tests.builders import FAR_FUTURE, a_user, a_visitor
from tests.faults.bot import BOT, WRITER, build_streamed_answer
from tests.faults.clients import build_reconnect_event
from tests.faults.lambdas import Invocation
from tests.faults.queues import Queue, Record
from tests.faults.simulation import SimulatedConnection, Simulation
from tests.model.protocol import Protocol
from tests.model.state import USER, VISITOR, State

_MESSAGES = 3
_WRITE, _SEND, _QUERY, _PIECE = "TransactWriteItems", "SendMessage", "Query", "Piece"
_FLUSH_SECONDS = 0.5
"""After this time the next piece is sent, and stop requests are read."""

_TABLES = {USER: "MessageHistoryTable", VISITOR: "VisitorMessagesTable"}

_PROGRAM: dict[str, JsonValue] = {
    "greeting": {"say": ["Welcome."]},
    "rules": [{"patterns": [f"m{number}"], "say": [f"a{number}"]} for number in range(_MESSAGES)],
    "fallback": {"say": ["Pardon?"]},
}

ECHO = Bot(id=BOT.id, name="Model", engine="rules", program=_PROGRAM)
"""Answers ``m1`` with ``a1``, as the bot of the model does."""

_GREETINGS = 1
"""Messages before those of the model."""

type Shown = set[tuple[int, str]]


@dataclass(slots=True)
class ReplayedDevice:
    """A device that shows what it is sent.

    Attributes
    ----------
    principal
        Its owner.
    connection_id
        Its connection, also if that is lost.
    shown
        The ``seq`` and the content of the messages that it shows, without the greeting.
    archived
        Whether it was told that the conversation is archived.
    token
        A visitor's session token.
    piece
        Id of the message whose piece it was sent last.
    greetings
        How many messages are before those of the model.
    """

    principal: Principal
    connection_id: str
    shown: Shown = field(default_factory=set)
    archived: bool = False
    token: str = ""
    piece: str = ""
    greetings: int = _GREETINGS

    def on_frame(self, connection_id: str, frame: dict[str, Any]) -> None:
        """Show a message, or learn of the status."""
        assert connection_id == self.connection_id
        if frame["type"] == "message" and frame["seq"] > self.greetings:
            self.shown.add((frame["seq"] - self.greetings, get_name(frame["content"])))
        if frame["type"] == "delta":
            self.piece = frame["id"]
        self.archived |= frame.get("status") == "archived"
        self.token = frame.get("session_token", self.token)

    def on_close(self, connection_id: str) -> None:
        """Show the same as before."""


@dataclass(slots=True)
class _Turn:
    """A running turn: its invocation, and its delivery of the job while that is valid."""

    invocation: Invocation
    record: Record
    is_held: bool = True


class Replay:
    """One trace. ``perform`` makes a step, and ``find_difference`` compares the result with the state of the model."""

    def __init__(self, simulation: Simulation, protocol: Protocol) -> None:
        self._simulation = simulation
        self._protocol = protocol
        self._stops = "stop" in protocol.does
        self._greetings = 0 if self._stops else _GREETINGS
        self._queue: Queue = simulation.queues["WaitingTurnsQueue" if self._stops else "RepliesQueue"]
        self._worker = "run_waiting_turns" if self._stops else "run_turn"
        self._named = ""
        self._sends: dict[int, list[Invocation]] = {}
        self._turns: dict[int, _Turn] = {}
        self._others: dict[str, Invocation] = {}
        simulation.set_default_bot(WRITER if self._stops else ECHO)
        self._visitor = a_visitor(ids.new_conversation_id(simulation.clock()))
        self._user = a_user("ada", expires_at=FAR_FUTURE)
        self._conversation_id = ""
        owners = {USER: self._user, VISITOR: self._visitor}
        self.devices = [
            ReplayedDevice(owners[owner], f"device-{number}", greetings=self._greetings)
            for number, (owner, _) in enumerate(protocol.devices)
        ]
        self._open_conversation()

    def _open_conversation(self) -> None:
        """Start the conversation, let the bot greet, and connect the devices that are connected from the beginning."""
        if self._protocol.devices[0][0] == USER:
            started = self._simulation.invoke_now(
                "start_conversation", events.rest("start_conversation", self._user, body={})
            )
            self._conversation_id = json.loads(started["body"])["session_id"].removeprefix("session-")
        else:
            self._conversation_id = self._visitor.owner.removeprefix("visitor:")
        for number, (_, connected) in enumerate(self._protocol.devices):
            if connected:
                self._connect(number)
        self._work_aside()

    # ------------------------------------------------------------------------------------------------------- replay
    def perform(self, step: str, before: State, after: State) -> None:
        """Make a step of the model, by its name, from one state to another one."""
        self._simulation.clock.forward(seconds=0.005)
        for pattern, action in _ACTIONS.items():
            match = re.fullmatch(pattern, step)
            if match:
                action(self, *(int(number) for number in match.groups()), before, after)
                return
        raise NotImplementedError(step)

    def find_difference(self, state: State) -> str | None:
        """Return how what a client can observe differs from a state of the model; None if it does not."""
        expected = [entry[:2] for entry in state.log if entry.table == state.owner]
        if self._list_history(state.owner) != expected:
            return f"the history is {self._list_history(state.owner)}, in the model {expected}"
        for number, (device, modelled) in enumerate(zip(self.devices, state.devices, strict=True)):
            # A visitor has only the socket, whose sender gets no copy of its own message.
            own = {"m0", "m1", "m2"} if device.principal.anonymous else set()
            shown, model_shows = (
                sorted((seq, name) for seq, name in each if name not in own) for each in (device.shown, modelled.shown)
            )
            if shown != model_shows:
                return f"device {number} shows {shown}, in the model {model_shows}"
            if "archive" in self._protocol.does and device.archived != modelled.archived:
                return f"device {number} is told {device.archived} of the archive, in the model {modelled.archived}"
        return None

    def end(self) -> None:
        """Kill what still runs."""
        turns = [turn.invocation for turn in self._turns.values()]
        sends = [send for running in self._sends.values() for send in running]
        for invocation in (*turns, *sends, *self._others.values()):
            _kill(invocation)

    def _list_history(self, owner: str) -> list[tuple[int, str]]:
        if owner == USER:
            event = events.rest("get_history", self._user, query={"limit": "100"}, conversation_id=self._public_id)
            response = self._simulation.invoke_now("get_history", event)
            stored = json.loads(response["body"])["messages"]
        else:
            items = map(deserialize, self._simulation.list_items(_TABLES[owner]))
            stored = sorted(
                (item for item in items if "seq" in item and "content" in item), key=lambda item: int(item["seq"])
            )
        return [(int(each["seq"]) - self._greetings, get_name(each["content"])) for each in stored[self._greetings :]]

    @property
    def _public_id(self) -> str:
        return f"conv-{self._conversation_id}"

    # ------------------------------------------------------------------------------------------------------ sending
    def begin_send(self, number: int, message: int, *_: State) -> None:
        device, content = self.devices[number], f"m{message}"
        fields = {"content": content, "client_message_id": content}
        if device.principal.anonymous:
            frame = {"type": "message", "session_id": f"session-{self._conversation_id}", **fields}
            event = events.socket("message", device.principal, device.connection_id, frame=frame)
            invocation = self._simulation.invoke("message", event)
        else:
            event = events.rest("send_message", device.principal, body=fields, conversation_id=self._public_id)
            invocation = self._simulation.invoke("send_message", event)
        self._sends.setdefault(message, []).append(_advance(invocation, _WRITE))

    def store(self, message: int, before: State, after: State) -> None:
        """Write the message; the next request shows how that ended."""
        send = self._get_send(message, before, after)
        send.step()
        words = {each.done for each in after.sends if each.message == message} if before.sends != after.sends else {""}
        if "stored" in words:
            assert _get_next(send) == _SEND, _get_next(send)

    def read_again(self, message: int, before: State, after: State) -> None:
        send = self._get_send(message, before, after)
        send.step()
        assert _get_next(send) == _WRITE, _get_next(send)

    def refuse(self, message: int, before: State, after: State) -> None:
        send = self._get_send(message, before, after)
        _advance(send)
        self._sends[message].remove(send)
        if send.folder == "send_message":
            assert send.response["statusCode"] in (403, 404, 409), send.response

    def queue_job(self, message: int, before: State, after: State) -> None:
        self._get_send(message, before, after).step()

    def acknowledge(self, message: int, before: State, after: State) -> None:
        send = self._get_send(message, before, after)
        _advance(send)
        self._sends[message].remove(send)
        if send.folder == "send_message":
            assert send.response["statusCode"] == 200, send.response
            body = json.loads(send.response["body"])
            self.devices[self._protocol.senders[message]].shown.add((body["seq"] - self._greetings, f"m{message}"))

    def kill_send(self, message: int, before: State, after: State) -> None:
        send = self._get_send(message, before, after)
        _kill(send)
        self._sends[message].remove(send)

    def _get_send(self, message: int, before: State, after: State) -> Invocation:
        """Return the invocation that makes the step: of two of the same message that at the same place of its run."""
        (moved,) = set(before.sends) - set(after.sends) or {before.sends[0]}
        places = {"read": _WRITE, "stored": _SEND}
        running = self._sends[message]
        ended = [send for send in running if _get_next(send) not in places.values()]
        if moved.done == "queued":
            return ended[0]
        # A send may be refused by what it reads first, before it writes.
        return next(
            (send for send in running if _get_next(send) == places[moved.done]), ended[0] if ended else running[0]
        )

    def relay(self, message: int, *_: State) -> None:
        """Check the outbox for the message, as the change stream of its table makes it happen."""
        job = OutboxCheckJob(messages=((self._conversation_id, self._get_id(message)),))
        checks = self._simulation.queues["OutboxQueue"]
        now = self._simulation.clock()
        checks.send(job.model_dump_json(), now, group=None, deduplication_id=None, delay=0)
        record = checks.records.pop()
        checks.receive(record, now)
        self._simulation.invoke_now("check_outbox", {"Records": [record.build_event(checks.name)]})

    # -------------------------------------------------------------------------------------------------------- turns
    def receive(self, number: int, message: int, _: State, after: State) -> None:
        now = self._simulation.clock()
        (record,) = self._queue.list_ready(now)
        assert json.loads(record.body)["message_id"] == self._get_id(message)
        self._queue.receive(record, now)
        invocation = self._simulation.invoke(self._worker, {"Records": [record.build_event(self._queue.name)]})
        worker = after.workers[number]
        assert worker is not None
        match worker.done:
            case "overtaking":
                _advance(invocation, _SEND)
            case "written":
                # It sends the user's message, and then reads the answer to send it too.
                _advance(invocation, _QUERY)
                invocation.step()
                _advance(invocation, _QUERY)
            case _ if self._stops:
                # The first piece is sent at once, and names the answer.
                _advance(invocation, _PIECE)
                invocation.step()
                _advance(invocation, _PIECE)
            case _:
                _advance(invocation, _WRITE)
                assert _get_next(invocation) == _WRITE, invocation.response
        self._turns[number] = _Turn(invocation, record)

    def write_turn(self, number: int, _: State, after: State) -> None:
        turn, worker = self._turns[number], after.workers[number]
        turn.invocation.step()
        assert worker is not None
        assert (_get_next(turn.invocation) == _WRITE) == (worker.done != "written")

    def look_at_stops(self, number: int, *_: State) -> None:
        """Generate the rest of the answer, which ends early if it was stopped."""
        invocation = self._turns[number].invocation
        while _get_next(invocation) != _WRITE and not invocation.over:
            self._simulation.clock.forward(seconds=_FLUSH_SECONDS)
            invocation.step()

    def name_answer(self, *_: object) -> None:
        self._named = self.devices[0].piece

    def stop(self, *_: State) -> None:
        device = self.devices[0]
        frame = {"type": "stop", "session_id": f"session-{self._conversation_id}", "id": self._named}
        self._simulation.invoke_now("stop", events.socket("stop", device.principal, device.connection_id, frame=frame))

    def store_answer(self, number: int, _: int, before: State, after: State) -> None:
        self.write_turn(number, before, after)

    def deliver(self, number: int, _: int, *__: State) -> None:
        turn = self._turns.pop(number)
        _advance(turn.invocation)
        assert turn.invocation.error is None, turn.invocation.error
        if turn.is_held:
            assert not turn.invocation.response["batchItemFailures"]
            self._queue.delete(turn.record.handle)

    def kill_turn(self, number: int, *_: State) -> None:
        turn = self._turns.pop(number)
        _kill(turn.invocation)
        if turn.is_held:
            turn.record.hidden_until = self._simulation.clock()

    def make_visible(self, number: int, *_: State) -> None:
        turn = self._turns[number]
        turn.is_held, turn.record.hidden_until = False, self._simulation.clock()

    # ------------------------------------------------------------------------------------------- devices and resume
    def connect(self, number: int, *_: State) -> None:
        self._connect(number)
        self._work_aside()

    def refuse_connection(self, *_: State) -> None:
        """Try to return with the visitor's token, which the claim has revoked."""
        with pytest.raises(Exception, match="Unauthorized"):
            self._simulation.invoke_now("authorizer", build_reconnect_event(self.devices[0].token))

    def _connect(self, number: int) -> None:
        device = self.devices[number]
        device.connection_id += "+"
        name = "connect.visitor" if device.principal.anonymous else "connect"
        query = (
            {} if device.principal.anonymous or not self._owns() else {"session_id": f"session-{self._conversation_id}"}
        )
        stream = {"stream": "1"} if self._stops else {}
        event = events.socket(name, device.principal, device.connection_id, query=query | stream)
        response = self._simulation.invoke_now("connect", event)
        assert response["statusCode"] == 200, response
        connection = SimulatedConnection(device, open=True)
        self._simulation.sockets.connections[device.connection_id] = connection

    def _owns(self) -> bool:
        return any(row["id"] == self._conversation_id for row in self._simulation.list_conversations(self._user.owner))

    def _work_aside(self) -> None:
        """Run the jobs that the model does not have: those of new connections, and the greeting."""
        while record := next((each for each in self._queue.records if json.loads(each.body)["kind"] != "answer"), None):
            self._queue.receive(record, self._simulation.clock())
            self._simulation.invoke_now(self._worker, {"Records": [record.build_event(self._queue.name)]})
            self._queue.records.remove(record)

    def lose(self, number: int, *_: State) -> None:
        self._simulation.sockets.close(self.devices[number].connection_id)

    def resume(self, number: int, *_: State) -> None:
        """Start the resume; it stops before it reads the messages."""
        device = self.devices[number]
        seqs = {seq for seq, _ in device.shown}
        last = next(seq for seq in range(len(seqs) + 1) if seq + 1 not in seqs)
        after = {} if last == 0 else {"after": ids.format_message_id(self._get_id_at(last))}
        frame = {"type": "resume", "session_id": f"session-{self._conversation_id}", **after}
        event = events.socket("resume", device.principal, device.connection_id, frame=frame)
        self._others[f"resume {number}"] = _advance(self._simulation.invoke("resume", event), _QUERY)

    def send_missed(self, number: int, *_: State) -> None:
        _advance(self._others.pop(f"resume {number}"))

    def kill_resume(self, number: int, *_: State) -> None:
        _kill(self._others.pop(f"resume {number}"))

    # ----------------------------------------------------------------------------------------------- claim, archive
    def read_claim(self, _: State, after: State) -> None:
        claim = self._others.get("claim")
        if claim is None:
            event = events.rest("claim_conversation", self._user, body={"session_token": self.devices[0].token})
            claim = self._others["claim"] = self._simulation.invoke("claim_conversation", event)
        else:
            claim.step()
        if after.claim[0] == "read":
            _advance(claim, _WRITE)
            assert _get_next(claim) == _WRITE, claim.response

    def move(self, *_: State) -> None:
        self._others["claim"].step()

    def close(self, *_: State) -> None:
        claim = _advance(self._others.pop("claim"))
        assert claim.response["statusCode"] == 200, claim.response

    def archive(self, *_: State) -> None:
        event = events.rest(
            "update_conversation", self._user, body={"status": "archived"}, conversation_id=self._public_id
        )
        archiving = _advance(self._simulation.invoke("update_conversation", event), _WRITE, _QUERY)
        if _get_next(archiving) == _WRITE:
            archiving.step()
        self._others["archive"] = archiving

    def tell(self, *_: State) -> None:
        archiving = _advance(self._others.pop("archive"))
        assert archiving.response["statusCode"] == 200, archiving.response

    def kill_claim(self, *_: State) -> None:
        _kill(self._others.pop("claim"))

    def kill_archiving(self, *_: State) -> None:
        _kill(self._others.pop("archive"))

    # ----------------------------------------------------------------------------------------------------- internals
    def _get_id(self, message: int) -> str:
        return next(str(item["id"]) for item in self._list_items() if item["content"] == f"m{message}")

    def _get_id_at(self, seq: int) -> str:
        return next(str(item["id"]) for item in self._list_items() if int(item["seq"]) == seq + self._greetings)

    def _list_items(self) -> list[dict[str, Any]]:
        items = [deserialize(item) for table in _TABLES.values() for item in self._simulation.list_items(table)]
        return [item for item in items if "seq" in item and "content" in item]


_ACTIONS: Mapping[str, Callable[..., None]] = {
    r"device (\d) sends m(\d)(?: again)?": Replay.begin_send,
    r"m(\d) (?:is stored|was stored before)": Replay.store,
    r"the send of m(\d) reads again": Replay.read_again,
    r"m(\d) is refused": Replay.refuse,
    r"m(\d) is queued": Replay.queue_job,
    r"m(\d) is delivered": Replay.acknowledge,
    r"the send of m(\d) dies": Replay.kill_send,
    r"the relay queues m(\d)": Replay.relay,
    r"worker (\d) receives m(\d)": Replay.receive,
    r"worker (\d) queues m(\d) after the earlier ones": Replay.deliver,
    r"worker (\d) looks at stops": Replay.look_at_stops,
    r"a device stops a(\d)": Replay.name_answer,
    "the stop is processed": Replay.stop,
    r"worker (\d) stores [as](\d)": Replay.store_answer,
    r"worker (\d) finds m(\d) answered": Replay.store_answer,
    r"worker (\d) reads the conversation again": Replay.write_turn,
    r"worker (\d) delivers a(\d)": Replay.deliver,
    r"worker (\d) dies": Replay.kill_turn,
    r"the job of worker (\d) is visible again": Replay.make_visible,
    r"device (\d) connects": Replay.connect,
    r"device (\d) cannot connect": Replay.refuse_connection,
    r"device (\d) resumes": Replay.resume,
    r"device (\d) is sent what it missed": Replay.send_missed,
    r"device (\d) is refused": Replay.send_missed,
    r"device (\d) loses its connection": Replay.lose,
    r"the resume of device (\d) dies": Replay.kill_resume,
    "the claim reads the messages": Replay.read_claim,
    "the claim moves the conversation": Replay.move,
    "the claim closes the visitor's connections": Replay.close,
    "the claim dies": Replay.kill_claim,
    "the conversation is archived": Replay.archive,
    "the devices are told": Replay.tell,
    "the archiving dies": Replay.kill_archiving,
}


def get_name(content: str) -> str:
    """Return the name that the model has for a message: ``s1`` for an answer in pieces that lacks some of them."""
    if not content.startswith("Reply "):
        return content
    question = content.removeprefix("Reply ").partition(":")[0]
    return f"{'a' if content == build_streamed_answer(question) else 's'}{question[1:]}"


def _advance(invocation: Invocation, *calls: str) -> Invocation:
    """Let a function run until it is about to make one of these calls, or to its end."""
    while not invocation.over and _get_next(invocation) not in calls:
        invocation.step()
    return invocation


def _get_next(invocation: Invocation) -> str | None:
    """Return the name of the request that a function is about to send; None at its beginning and end."""
    return None if invocation.call is None else invocation.call.operation.name


def _kill(invocation: Invocation) -> None:
    if not invocation.over:
        invocation.died = True
        invocation.step()
