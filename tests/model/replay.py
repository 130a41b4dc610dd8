"""Replays traces of the model with the real functions: each step of the model is one piece of a function's run."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain

import pytest
from pydantic import JsonValue

from conversations.domain import ids
from conversations.domain.bot import Bot
from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.jobs import OutboxCheckJob
from conversations.domain.message import Message
from tests import events
from tests.builders import FAR_FUTURE, a_user, a_visitor
from tests.faults.bot import BOT, WRITER
from tests.faults.clients import build_reconnect_event
from tests.faults.lambdas import Invocation
from tests.faults.queues import Queue, Record
from tests.faults.simulation import SimulatedConnection, Simulation
from tests.model.devices import ReplayedDevice, get_name
from tests.model.protocol import Protocol
from tests.model.state import USER, VISITOR, Device, Send, State, Worker

WRITE, QUEUE, QUERY, PIECE = "TransactWriteItems", "SendMessage", "Query", "Piece"
"""The requests at which steps end."""

_MESSAGES = 3
_FLUSH_SECONDS = 0.5
"""After this time the next piece is sent, and stop requests are read."""

_PROGRAM: dict[str, JsonValue] = {
    "greeting": {"say": ["Welcome."]},
    "rules": [{"patterns": [f"m{number}"], "say": [f"a{number}"]} for number in range(_MESSAGES)],
    "fallback": {"say": ["Pardon?"]},
}

ECHO = Bot(id=BOT.id, name="Model", engine="rules", program=_PROGRAM)
"""Answers ``m1`` with ``a1``, as the bot of the model does."""

_GREETINGS = 1
"""Messages before those of the model."""


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
        self._claimed_token = ""
        self._sends: list[tuple[Send, Invocation]] = []
        self._turns: dict[int, _Turn] = {}
        self._others: dict[str, Invocation] = {}
        self._actions = self.list_actions()
        simulation.set_default_bot(WRITER if self._stops else ECHO)
        self._visitor = a_visitor(ids.new_conversation_id(simulation.clock()))
        self._user = a_user("ada", expires_at=FAR_FUTURE)
        self._conversation_id = ""
        self._owners = {USER: self._user, VISITOR: self._visitor}
        self.devices = [
            ReplayedDevice(self._owners[owner], f"device-{number}", self._greetings)
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
        for number, (owner, connected) in enumerate(self._protocol.devices):
            # A visitor's conversation starts with the first connection.
            if connected or owner == VISITOR:
                self._connect(number)
        self._work_aside()
        for number, (_, connected) in enumerate(self._protocol.devices):
            if not connected:
                self.lose(number)

    # ------------------------------------------------------------------------------------------------------- replay
    def perform(self, step: str, before: State, after: State) -> None:
        """Make a step of the model, by its name, from one state to another one."""
        self._simulation.clock.forward(seconds=0.005)
        for pattern, action in self._actions.items():
            match = re.fullmatch(pattern, step)
            if match:
                action(*(int(number) for number in match.groups()), before, after)
                return
        raise NotImplementedError(step)

    def find_difference(self, state: State) -> str | None:
        """Return how what is stored, queued and shown differs from a state of the model; None if it does not."""
        for name, real, modelled in self.compare(state):
            if real != modelled:
                return f"{name}: {real}, in the model {modelled}"
        return None

    def compare(self, state: State) -> Iterator[tuple[str, object, object]]:
        """Yield what is stored, queued and shown, each with its name and with what it is in the model."""
        conversation, messages = self._read()
        names = {message.id: get_name(message.content) for message in messages}
        history = [(message.seq - self._greetings, names[message.id]) for message in messages]
        jobs = [json.loads(record.body) for record in self._queue.records]
        yield "owner", conversation.owner, self._owners[state.owner].owner
        yield "archived", conversation.status is ConversationStatus.ARCHIVED, state.archived
        yield "history", history[self._greetings :], [each[:2] for each in state.log if each.table == state.owner]
        pending = [names[message_id] for message_id in conversation.pending_message_ids]
        yield "pending", pending, [f"m{message}" for message in state.pending]
        queue = [(f"m{message}", in_order) for message, in_order in state.queue]
        yield "queue", [(names[job["message_id"]], job["in_order"]) for job in jobs], queue
        for number, (device, modelled) in enumerate(zip(self.devices, state.devices, strict=True)):
            yield from self._compare_device(f"device {number}", device, modelled, self._list_own(number))
        # What is sent to a connection that was closed meanwhile never arrives.
        known = {f"m{message}" for message, word in enumerate(state.settled) if word == "delivered"}
        acknowledged = set(chain.from_iterable(device.acknowledged for device in self.devices))
        yield "acknowledged", acknowledged, acknowledged & known

    def _compare_device(
        self, name: str, device: ReplayedDevice, modelled: Device, own: AbstractSet[str]
    ) -> Iterator[tuple[str, object, object]]:
        shown, model_shows = (
            sorted((seq, name) for seq, name in each if name not in own) for each in (device.shown, modelled.shown)
        )
        yield name, shown, model_shows
        yield f"{name} is told of the archive", device.archived, modelled.archived

    def _list_own(self, number: int) -> AbstractSet[str]:
        """Return the messages of a device that sends frames: it gets no copies of them."""
        senders = enumerate(self._protocol.senders)
        is_frame = self._sends_frames(number)
        return {f"m{message}" for message, sender in senders if is_frame and sender == number}

    def _read(self) -> tuple[Conversation, Sequence[Message]]:
        return self._simulation.read_conversation(self._conversation_id)

    def end(self) -> None:
        """Kill what still runs."""
        turns = [turn.invocation for turn in self._turns.values()]
        sends = [invocation for _, invocation in self._sends]
        for invocation in (*turns, *sends, *self._others.values()):
            kill(invocation)

    @property
    def _public_id(self) -> str:
        return f"conv-{self._conversation_id}"

    def list_actions(self) -> Mapping[str, Callable[..., None]]:
        """Return what makes each step, by a pattern of its name; the numbers in it are arguments."""
        return {
            r"device (\d) sends m(\d)(?: again)?": self.begin_send,
            r"m(\d) (?:is stored|was stored before)": self.store,
            r"the send of m(\d) reads again": self.read_again,
            r"m(\d) is refused": self.refuse,
            r"m(\d) is queued": self.queue_job,
            r"m(\d) is delivered": self.acknowledge,
            r"the send of m(\d) dies": self.kill_send,
            r"the relay queues m(\d)": self.relay,
            r"worker (\d) receives m(\d)": self.receive,
            r"worker (\d) queues m(\d) after the earlier ones": self.deliver,
            r"worker (\d) looks at stops": self.look_at_stops,
            r"a device stops a(\d)": self.name_answer,
            "the stop is processed": self.stop,
            r"worker (\d) stores [as](\d)": self.store_answer,
            r"worker (\d) finds m(\d) answered": self.store_answer,
            r"worker (\d) reads the conversation again": self.write_turn,
            r"worker (\d) delivers a(\d)": self.deliver,
            r"worker (\d) dies": self.kill_turn,
            r"the job of worker (\d) is visible again": self.make_visible,
            r"device (\d) connects": self.connect,
            r"device (\d) cannot connect": self.refuse_connection,
            r"device (\d) resumes": self.resume,
            r"device (\d) is sent what it missed": self.send_missed,
            r"device (\d) is refused": self.send_missed,
            r"device (\d) loses its connection": self.lose,
            r"the resume of device (\d) dies": self.kill_resume,
            "the claim reads the messages": self.read_claim,
            "the claim moves the conversation": self.move,
            "the claim closes the visitor's connections": self.close,
            "the claim dies": self.kill_claim,
            "the conversation is archived": self.archive,
            "the devices are told": self.tell,
            "the archiving dies": self.kill_archiving,
        }

    # ------------------------------------------------------------------------------------------------------ sending
    def begin_send(self, number: int, message: int, before: State, after: State) -> None:
        """Let the function read everything that it needs for its first write, or to find that there is none to make."""
        (begun,) = _subtract(after, before)
        self._sends.append((begun, advance(self._invoke_send(number, f"m{message}"), WRITE, QUERY)))

    def _invoke_send(self, number: int, content: str) -> Invocation:
        device, fields = self.devices[number], {"content": content, "client_message_id": content}
        if self._sends_frames(number):
            frame = {"type": "message", "session_id": f"session-{self._conversation_id}", **fields}
            event = events.socket("message", device.principal, device.connection_id, frame=frame)
            return self._simulation.invoke("message", event)
        event = events.rest("send_message", device.principal, body=fields, conversation_id=self._public_id)
        return self._simulation.invoke("send_message", event)

    def _sends_frames(self, number: int) -> bool:
        """Return whether a device sends its messages as frames; a visitor has only the socket."""
        return self.devices[number].principal.anonymous

    def _move_send(self, before: State, after: State) -> Invocation:
        """Return the invocation that makes the step; of equal ones any."""
        moved = self._find_send(before, after)
        self._sends.remove(moved)
        self._sends += [(send, moved[1]) for send in _subtract(after, before)]
        return moved[1]

    def _find_send(self, before: State, after: State) -> tuple[Send, Invocation]:
        (moved,) = _subtract(before, after)
        return next(each for each in self._sends if each[0] == moved)

    def store(self, _: int, before: State, after: State) -> None:
        """Write the message; the next request shows how that ended."""
        send = self._move_send(before, after)
        send.step()
        # A message that was stored before may be read.
        if get_next(send) == QUERY:
            send.step()
        assert get_next(send) == QUEUE, get_next(send)

    def read_again(self, _: int, before: State, after: State) -> None:
        send = self._move_send(before, after)
        send.step()
        assert get_next(send) == WRITE, get_next(send)

    def refuse(self, _: int, before: State, after: State) -> None:
        send = advance(self._move_send(before, after))
        assert send.folder == "message" or send.response["statusCode"] in (403, 404, 409), send.response

    def queue_job(self, _: int, before: State, after: State) -> None:
        self._move_send(before, after).step()

    def acknowledge(self, message: int, before: State, after: State) -> None:
        send, device = advance(self._move_send(before, after)), self.devices[self._protocol.senders[message]]
        assert send.response["statusCode"] == 200, send.response
        if send.folder == "send_message":
            device.acknowledge(json.loads(send.response["body"])["seq"], f"m{message}")

    def kill_send(self, _: int, before: State, after: State) -> None:
        kill(self._move_send(before, after))

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
        now, worker = self._simulation.clock(), after.workers[number]
        ready = self._queue.list_ready(now)
        assert [json.loads(record.body)["message_id"] for record in ready] == [self._get_id(message)]
        record = ready[0]
        self._queue.receive(record, now)
        invocation = self._simulation.invoke(self._worker, {"Records": [record.build_event(self._queue.name)]})
        assert worker is not None
        self._begin_turn(invocation, worker)
        self._turns[number] = _Turn(invocation, record)

    def _begin_turn(self, invocation: Invocation, worker: Worker) -> None:
        """Let a function run to its first step after the conversation was read."""
        match worker.done:
            case "overtaking":
                advance(invocation, QUEUE)
            case "redelivered":
                # It reads the answer, and then the devices.
                advance(invocation, QUERY)
                invocation.step()
                advance(invocation, QUERY)
            case _ if self._stops:
                # The first piece is sent at once, and names the answer.
                advance(invocation, PIECE)
                invocation.step()
                advance(invocation, PIECE)
            case _:
                advance(invocation, WRITE)
                assert get_next(invocation) == WRITE, invocation.response

    def write_turn(self, number: int, _: State, after: State) -> None:
        turn, worker = self._turns[number], after.workers[number]
        turn.invocation.step()
        assert worker is not None
        assert (get_next(turn.invocation) == WRITE) == (worker.done != "written")

    def look_at_stops(self, number: int, *_: State) -> None:
        """Generate the rest of the answer, which ends early if it was stopped."""
        invocation = self._turns[number].invocation
        while get_next(invocation) != WRITE and not invocation.over:
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

    def deliver(self, number: int, *_: object) -> None:
        turn = self._turns.pop(number)
        advance(turn.invocation)
        assert turn.invocation.error is None, turn.invocation.error
        if turn.is_held:
            assert not turn.invocation.response["batchItemFailures"]
            self._queue.delete(turn.record.handle)

    def kill_turn(self, number: int, *_: State) -> None:
        turn = self._turns.pop(number)
        kill(turn.invocation)
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
        self._others[f"resume {number}"] = advance(self._simulation.invoke("resume", event), QUERY)

    def send_missed(self, number: int, *_: State) -> None:
        advance(self._others.pop(f"resume {number}"))

    def kill_resume(self, number: int, *_: State) -> None:
        kill(self._others.pop(f"resume {number}"))

    # ----------------------------------------------------------------------------------------------- claim, archive
    def read_claim(self, _: State, after: State) -> None:
        claim = self._others.get("claim")
        if claim is None:
            # It is repeated with the same token, also if the visitor has received another one.
            self._claimed_token = self._claimed_token or self.devices[0].token
            event = events.rest("claim_conversation", self._user, body={"session_token": self._claimed_token})
            claim = self._others["claim"] = self._simulation.invoke("claim_conversation", event)
        else:
            claim.step()
        if after.claim[0] == "read":
            advance(claim, WRITE)
            assert get_next(claim) == WRITE, claim.response

    def move(self, *_: State) -> None:
        self._others["claim"].step()

    def close(self, *_: State) -> None:
        claim = advance(self._others.pop("claim"))
        assert claim.response["statusCode"] == 200, claim.response

    def archive(self, *_: State) -> None:
        event = events.rest(
            "update_conversation", self._user, body={"status": "archived"}, conversation_id=self._public_id
        )
        archiving = advance(self._simulation.invoke("update_conversation", event), WRITE, QUERY)
        if get_next(archiving) == WRITE:
            archiving.step()
        self._others["archive"] = archiving

    def tell(self, *_: State) -> None:
        archiving = advance(self._others.pop("archive"))
        assert archiving.response["statusCode"] == 200, archiving.response

    def kill_claim(self, *_: State) -> None:
        kill(self._others.pop("claim"))

    def kill_archiving(self, *_: State) -> None:
        kill(self._others.pop("archive"))

    # ----------------------------------------------------------------------------------------------------- internals
    def _get_id(self, message: int) -> str:
        return next(each.id for each in self._read()[1] if each.content == f"m{message}")

    def _get_id_at(self, seq: int) -> str:
        return next(each.id for each in self._read()[1] if each.seq == seq + self._greetings)


def _subtract(one: State, other: State) -> list[Send]:
    """Return the sends of a state that another one does not have."""
    return list((Counter(one.sends) - Counter(other.sends)).elements())


def advance(invocation: Invocation, *calls: str) -> Invocation:
    """Let a function run until it is about to make one of these calls, or to its end."""
    while not invocation.over and get_next(invocation) not in calls:
        invocation.step()
    return invocation


def get_next(invocation: Invocation) -> str | None:
    """Return the name of the request that a function is about to send; None at its beginning and end."""
    return None if invocation.call is None else invocation.call.operation.name


def kill(invocation: Invocation) -> None:
    if not invocation.over:
        invocation.died = True
        invocation.step()
