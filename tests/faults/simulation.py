"""One run: functions, queues, sockets and clients, moved by one hand."""

import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol, Self

import boto3
import pytest
from boto3.session import Session
from botocore.retries.quota import RetryQuota
from moto import mock_aws
from moto.backends import get_backend
from moto.core.models import botocore_stubber

from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.domain import timestamps
from conversations.services import fan_out
from tests import aws
from tests.aws import ACCOUNT, REGION, Aws
from tests.events import Event
from tests.fakes.clock import HandClock
from tests.faults.bot import BOT, BROKEN
from tests.faults.lambdas import Call, Invocation, Process, import_functions, leave_processes, timeout_of
from tests.faults.plans import RETURN, Fault, Operation, Plan
from tests.faults.queues import Queue, Record, Stream, queues, streams
from tests.faults.wire import Wire
from tests.template import functions, properties

type Steps[Result = None] = Generator["Wait", None, Result]
type Move = Callable[[], None]

STEP_SECONDS = 0.004
"""How long a call takes."""

_MOST_STEPS = 20_000
_MOST_SKEW_SECONDS = 0.2
_HORIZON = timedelta(hours=3)
_LATE = timedelta(minutes=1)
"""How long something may stand still or be under way while other things happen."""
_STORM = timedelta(minutes=5)
"""How long things go wrong by chance; what is still open then must come right."""
_PATIENT = ("ExpiriesQueue",)
"""Queues whose records wait for half an hour: for them alone nobody stays."""


class StuckError(AssertionError):
    """A run does not come to an end."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What a client waits for: something, for so long at most."""

    until: Callable[[], bool]
    seconds: float


class Ear(Protocol):
    """Who is at the far end of a socket."""

    def hear(self, connection_id: str, frame: dict[str, Any]) -> None:
        """Take a frame."""
        ...

    def lose(self, connection_id: str) -> None:
        """See the socket close."""
        ...


@dataclass(slots=True)
class Line:
    """One socket, and whether its far end is alive."""

    ear: Ear
    open: bool = False
    deaf: bool = False


@dataclass(slots=True)
class Sockets:
    """The far side of ``@connections``.

    Attributes
    ----------
    lines
        Every socket there ever was, by its id.
    told
        What was taken for each of them, heard or not.
    """

    lines: dict[str, Line] = field(default_factory=dict)
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def takes(self, connection_id: str) -> bool:
        """Tell whether API Gateway takes a frame for it."""
        return connection_id in self.lines and self.lines[connection_id].open

    def tell(self, connection_id: str, frame: dict[str, Any]) -> None:
        """Write to a socket."""
        self.told.setdefault(connection_id, []).append(frame)
        line = self.lines[connection_id]
        if not line.deaf:
            line.ear.hear(connection_id, frame)

    def cut(self, connection_id: str) -> None:
        """Close a socket; its far end sees it."""
        line = self.lines.get(connection_id)
        if line is not None and line.open:
            line.open = False
            if not line.deaf:
                line.ear.lose(connection_id)

    def deafen(self, connection_id: str) -> None:
        """Let the line die; nobody sees it."""
        if connection_id in self.lines:
            self.lines[connection_id].deaf = True


class _Task:
    """A client, and what it waits for."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.wait = Wait(lambda: True, 0)
        self.deadline: datetime | None = None
        self.over = False

    def due(self, now: datetime) -> bool:
        return not self.over and (self.wait.until() or (self.deadline is not None and self.deadline <= now))

    def go_on(self, now: datetime) -> None:
        try:
            self.wait = next(self._steps)
            self.deadline = now + timedelta(seconds=self.wait.seconds)
        except StopIteration:
            self.over = True


@dataclass(frozen=True, slots=True)
class Happened:
    """One fault that happened."""

    number: int
    operation: Operation
    folder: str
    fault: Fault


class Simulation:
    """A deployment in which nothing happens but by ``run``.

    Attributes
    ----------
    plan
        What goes wrong.
    clock
        The time everywhere.
    sockets, queues, streams
        The services that are played.
    calls
        What was asked of AWS and could have failed, in order; call 1 is the first.
    faults
        What did fail.
    afterwards
        Requests that are under way while their senders are dead, and when they arrive at the latest.
    protected
        Words that are in every event of somebody to whom nothing may happen.
    disturbed
        What happened to them nevertheless.
    cursed
        Words in records whose next invocations die, and how many of them.
    """

    running: ClassVar["Simulation | None"] = None

    def __init__(self, where: Aws, plan: Plan) -> None:
        self.plan = plan
        self.clock = HandClock()
        self.sockets = Sockets()
        self.queues = queues()
        self.streams = streams()
        self.calls: list[tuple[Operation, str]] = []
        self.faults: list[Happened] = []
        self.afterwards: list[tuple[datetime, Callable[[], object]]] = []
        self._stalled: list[tuple[datetime, Callable[[], object]]] = []
        self.protected: set[str] = set()
        self.cursed: dict[str, int] = {}
        self.disturbed: list[str] = []
        self.wire = Wire(self)
        self._calm = False
        self._where = where
        self._deployment = where.deployment()
        self._invocations: list[Invocation] = []
        self._ends: dict[int, Callable[[Invocation], None]] = {}
        self._tasks: list[_Task] = []
        self._processes: list[Process] = []
        self._checker: dict[str, Process] = {}
        self._steps = 0
        self._end = self.clock() + _HORIZON
        self._calm_again = self.clock() + _STORM

    # ------------------------------------------------------------------------------------------- what the world does
    def spawn(self, steps: Steps) -> None:
        """Let a client begin."""
        self._tasks.append(_Task(steps))

    def invoke(
        self, folder: str, event: Event, *, waiting: str = "", then: Callable[[Invocation], None] = lambda _: None
    ) -> Invocation:
        """Begin an invocation.

        Parameters
        ----------
        folder
            Which function.
        event
            What it is given.
        waiting
            Who waits for its answer: ``rest`` or ``queue``; nobody otherwise.
        then
            What to do when it is over.
        """
        process = self._process(folder)
        process.busy = True
        invocation = Invocation(event, process, self.clock() + timeout_of(folder), self.now)
        self._invocations.append(invocation)
        self._ends[id(invocation)] = lambda ended: self._ended(ended, waiting, then)
        return invocation

    def run(self) -> None:
        """Let everything happen until nothing is left to happen.

        Raises
        ------
        StuckError
            If that never is.
        """
        while True:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise StuckError("too many steps")
            moves = self._moves()
            if moves:
                self.plan.choose(moves)()
            elif not self._wake_up() and not self._let_time_pass():
                return

    @contextmanager
    def calm(self) -> Iterator[None]:
        """Let nothing go wrong from here on."""
        self._calm = True
        yield
        self._calm = False

    def ask(self, folder: str, event: Event) -> dict[str, Any]:
        """Run a function at once, with nothing going wrong, and return what it answers."""
        process = self._checker.setdefault(folder, Process(folder, self._deployment, timedelta(0)))
        invocation = Invocation(event, process, self.clock() + timeout_of(folder), self.now)
        while not invocation.over:
            invocation.step()
        if invocation.error is not None:
            raise invocation.error
        answer: dict[str, Any] = invocation.answer
        return answer

    def met(self, service: str) -> bool:
        """Tell whether a call of a service has failed in this run."""
        return any(each.operation.service == service for each in self.faults)

    def holds(self, table: str) -> list[dict[str, Any]]:
        """Return everything a table holds."""
        return self._where.list_items(table)

    def now(self) -> datetime:
        """Return the time as the process that runs sees it."""
        skew = timedelta(0) if Process.running is None else Process.running.skew
        return timestamps.floor_to_millisecond(self.clock() + skew)

    def queue_of(self, url: str) -> Queue:
        """Return the queue with that address."""
        return self.queues[url.rpartition("/")[2]]

    def written(self, operation: str, body: dict[str, Any]) -> None:
        """Let the streams of the tables know what was written."""
        for table, item in _puts(operation, body):
            for stream in self.streams:
                if stream.table == table:
                    stream.write({name: item[name] for name in ("session_id", "id")}, item, self.clock())

    # ------------------------------------------------------------------------------------------ what may happen next
    def _moves(self) -> list[Move]:
        now = self.clock()
        moves: list[Move] = [
            lambda each=each: self._step(each)  # type: ignore[misc]  # mypy knows no defaults of lambdas
            for each in self._invocations
            if not each.stalled
        ]
        moves += [lambda each=each: each.go_on(now) for each in self._tasks if each.due(now)]  # type: ignore[misc]
        for name, folder in _consumers().items():
            queue = self.queues[name]
            moves += [
                lambda each=each, queue=queue, folder=folder: self._consume(queue, each, folder)  # type: ignore[misc]
                for each in queue.ready(now)
            ]
        moves += [
            lambda each=each: self._read(each)  # type: ignore[misc]
            for each in self.streams
            if (at := each.next_at()) is not None and (at <= now or self.plan.happens(0.05))
        ]
        return moves

    def _step(self, invocation: Invocation) -> None:
        call = invocation.call
        if call is not None:
            self.clock.forward(seconds=STEP_SECONDS + self.plan.between(0, STEP_SECONDS))
            if call.fault is None and not self._strike(invocation, call):
                return
            if self.clock() >= invocation.deadline:
                invocation.died = True
        invocation.step()
        if invocation.over:
            self._invocations.remove(invocation)
            self._ends.pop(id(invocation))(invocation)

    def _strike(self, invocation: Invocation, call: Call) -> bool:
        """Let a call go wrong if the plan says so; tell whether its invocation goes on now."""
        call.fault = self._fault(call.operation, invocation)
        if call.fault is Fault.KILLED or self._is_cursed(invocation):
            invocation.died = True
        if call.fault is Fault.STALLED:
            self._stalled.append((self._late(), lambda: self._go_on(invocation)))
            invocation.stalled = True
            invocation.deadline = self._end
            return False
        return True

    def _go_on(self, invocation: Invocation) -> None:
        invocation.stalled = False

    def later(self, request: Callable[[], object]) -> None:
        """Let a request arrive whose sender is dead."""
        self.afterwards.append((self._late(), request))

    def _late(self) -> datetime:
        return self.clock() + _LATE

    def _fault(self, operation: Operation, invocation: Invocation) -> Fault | None:
        if self._calm or not operation.faults() or self._is_protected(invocation.event):
            return None
        if not self.plan.orderly and self.clock() > self._calm_again:
            return None
        self.calls.append((operation, invocation.folder))
        fault = self.plan.fault(len(self.calls), operation)
        if fault is not None:
            self.faults.append(Happened(len(self.calls), operation, invocation.folder, fault))
        return fault

    def _is_protected(self, event: Event) -> bool:
        """Tell whether this is of somebody nothing may happen to."""
        text = str(event)
        return any(each in text for each in self.protected)

    def _is_cursed(self, invocation: Invocation) -> bool:
        """Tell whether this is a record whose bot kills its function."""
        text = str(invocation.event) if invocation.folder == "run_turn" else ""
        for word, times in self.cursed.items():
            if times and word in text:
                self.cursed[word] -= 1
                return True
        return False

    def _wake_up(self) -> bool:
        """Let what stood still, or was under way, go on when nothing else happens, or a minute later."""
        now = self.clock()
        waiting = [*self._stalled, *self.afterwards]
        if not waiting or (self._times() and waiting[0][0] > now and not self.plan.happens(0.2)):
            return False
        _, go_on = (self._stalled or self.afterwards).pop(0)
        go_on()
        return True

    def _times(self) -> list[datetime]:
        times = [each.deadline for each in self._tasks if not each.over and each.deadline is not None]
        times += [at for name in _consumers() if name not in _PATIENT and (at := self.queues[name].next_at())]
        times += [at for each in self.streams if (at := each.next_at())]
        if times:
            times += [at for at, _ in (*self._stalled, *self.afterwards)]
        if times:
            times += [at for name in _PATIENT if name in self.queues and (at := self.queues[name].next_at())]
        return [at for at in times if at > self.clock()]

    def _let_time_pass(self) -> bool:
        times = self._times()
        if not times:
            return False
        self.clock.time = min(times)
        if self.clock() > self._end:
            raise StuckError("nothing happens any more, and yet something is waited for")
        return True

    # ----------------------------------------------------------------------------------------------------- the queues
    def _consume(self, queue: Queue, record: Record, folder: str) -> None:
        queue.receive(record, self.clock())
        if record.receives > 1 and self._is_protected({"body": record.body}):
            self.disturbed.append(f"{queue.name} handed out {record.body} again")
        handle = record.handle

        def done(invocation: Invocation) -> None:
            told = invocation.answer
            if not invocation.died and invocation.error is None and not told["batchItemFailures"]:
                if self._fault(Operation("queue", RETURN), invocation) is Fault.REPEATED:
                    return
                queue.delete(handle)

        self.invoke(folder, {"Records": [record.event(queue.name)]}, then=done)

    def _read(self, stream: Stream) -> None:
        batch = stream.batch()

        def done(invocation: Invocation) -> None:
            well = not invocation.died and invocation.error is None
            again = well and self._fault(Operation("queue", RETURN), invocation) is Fault.REPEATED
            stream.read(batch, self.clock(), done=well and not again)

        self.invoke(stream.folder, {"Records": batch}, then=done)

    def _ended(self, invocation: Invocation, waiting: str, then: Callable[[Invocation], None]) -> None:
        if invocation.died:
            self._processes.remove(invocation.process)
        if self._is_protected(invocation.event) and (invocation.died or invocation.error or _refused(invocation)):
            self.disturbed.append(f"{invocation.folder} ended in {invocation.answer}")
        invocation.process.busy = False
        if waiting and self._fault(Operation(waiting, RETURN), invocation) is Fault.UNHEARD:
            invocation.died = True
        then(invocation)

    def _process(self, folder: str) -> Process:
        idle = [each for each in self._processes if each.folder == folder and not each.busy]
        if idle and not self.plan.happens(0.1):
            return self.plan.choose(idle)
        skew = timedelta(seconds=self.plan.between(0, 2 * _MOST_SKEW_SECONDS))
        process = Process(folder, self._deployment, skew)
        self._processes.append(process)
        return process


def _refused(invocation: Invocation) -> bool:
    """Tell whether somebody was told that something is wrong."""
    return isinstance(invocation.answer, dict) and int(invocation.answer.get("statusCode", 200)) >= 400


def _puts(operation: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return what a request puts where."""
    match operation:
        case "TransactWriteItems":
            yield from ((put["TableName"], put["Item"]) for each in body["TransactItems"] if (put := each.get("Put")))
        case "PutItem":
            yield body["TableName"], body["Item"]
        case "BatchWriteItem":
            for table, requests in body["RequestItems"].items():
                yield from ((table, put["Item"]) for each in requests if (put := each.get("PutRequest")))


# ---------------------------------------------------------------------------------------------------- the laboratory
class _Clients:
    """In place of boto3's default session: gives clients that are on the wire of the run that is under way."""

    def __init__(self) -> None:
        self._session = Session(region_name=REGION, aws_access_key_id="local", aws_secret_access_key="local")
        self._made: dict[str, Any] = {}

    def client(self, service: str, **settings: Any) -> Any:  # noqa: ANN401 - boto3's
        if service not in self._made:
            make: Any = self._session.client
            client = make(service, **settings)
            client.meta.events.unregister("before-send", botocore_stubber)
            client.meta.events.register_first(f"before-send.{service}.*", _on_the_wire)
            self._made[service] = client
        return self._made[service]


def _on_the_wire(**sent: Any) -> Any:  # noqa: ANN401 - botocore's
    return _running().wire(**sent)


class _OneAfterTheOther:
    """In place of a pool of threads: what is handed in is done at once, in order."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    @staticmethod
    def map[In, Out](work: Callable[[In], Out], items: Sequence[In]) -> list[Out]:
        return [work(item) for item in items]

    @staticmethod
    def submit[Out](work: Callable[..., Out], *arguments: object) -> Future[Out]:
        future: Future[Out] = Future()
        future.set_result(work(*arguments))
        return future


class Laboratory:
    """Tables on moto that are emptied for every run."""

    def __init__(self, where: Aws) -> None:
        self._where = where

    @contextmanager
    def run(self, plan: Plan) -> Iterator[Simulation]:
        """Begin a run, with empty tables and cold functions."""
        for name, table in get_backend("dynamodb")[ACCOUNT][REGION].tables.items():
            if name != "BotsTable":
                table.items.clear()
        random.seed(plan.seed)
        simulation = Simulation(self._where, plan)
        Simulation.running = simulation
        try:
            yield simulation
        finally:
            Simulation.running = None
            leave_processes()


@contextmanager
def laboratory() -> Iterator[Laboratory]:
    """Set everything up that all runs have in common."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        where = aws.create_clients()
        where.create()
        for bot in (BOT, BROKEN):
            DynamoDBBotCatalogue(where.dynamodb, "BotsTable").publish(bot)
        for name in queues():
            where.names[name] = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        patch.setattr(boto3, "DEFAULT_SESSION", _Clients())
        # What one run fails with must not leave the next one without the SDK's retries.
        patch.setattr(RetryQuota, "acquire", lambda *_: True)
        patch.setattr(timestamps, "now", lambda: _running().now())
        patch.setattr(time, "sleep", lambda seconds: _running().clock.forward(seconds=seconds))
        patch.setattr(fan_out, "ThreadPoolExecutor", _OneAfterTheOther)
        logging.disable(logging.CRITICAL)
        import_functions()
        try:
            yield Laboratory(where)
        finally:
            logging.disable(logging.NOTSET)


def _running() -> Simulation:
    assert Simulation.running is not None
    return Simulation.running


_found: dict[str, str] = {}


def _consumers() -> dict[str, str]:
    """Return which function consumes which queue."""
    if not _found:
        for folder, name in functions().items():
            for event in properties(name).get("Events", {}).values():
                if event["Type"] == "SQS":
                    _found[event["Properties"]["Queue"]["Fn::GetAtt"][0]] = folder
    return _found


def tally(faults: Sequence[Happened]) -> Counter[tuple[str, str]]:
    """Count faults by the call and by their kind."""
    return Counter((str(each.operation), each.fault.value) for each in faults)
