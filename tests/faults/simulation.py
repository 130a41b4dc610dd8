"""One run: functions, queues, connections and clients under a deterministic scheduler."""

import json
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import boto3
import pytest
from botocore.retries.quota import RetryQuota
from moto import mock_aws
from moto.backends import get_backend
from moto.core.model_instances import reset_model_data

from conversations.adapters.aws import CLIENT_CONFIG
from conversations.adapters.dynamodb import list_reader
from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore
from conversations.adapters.dynamodb.schema import message_history
from conversations.adapters.dynamodb.serialization import deserialize
from conversations.adapters.dynamodb.turn_store import DynamoDBTurnStore
from conversations.bootstrap import model_engine, turns, webhook_bot_engine
from conversations.bootstrap.once import once
from conversations.domain import conversation, ids, timestamps
from conversations.domain.bot import Bot
from conversations.domain.conversation import Conversation
from conversations.domain.message import Message, Sender
from conversations.entrypoints import cursors
from conversations.services import fan_out
from tests import aws
from tests.aws import ACCOUNT, REGION, Aws
from tests.events import Event
from tests.fakes.clock import HandClock
from tests.faults import automations, bot_servers, files, models, received_mails, schedules, sent_messages
from tests.faults.bot import BOT, BROKEN, REMOTE, WRITER, describe
from tests.faults.lambdas import Call, Invocation, Process, get_timeout, import_functions, leave_processes
from tests.faults.moto_speed import speed_up_moto
from tests.faults.network import FakeNetwork, execute_on_moto
from tests.faults.outages import Outages
from tests.faults.plans import RECEIVE, RETURN, Fault, Operation, Plan
from tests.faults.queues import Queue, Record, Stream, create_queues, create_streams
from tests.faults.sdk import ClientFactory
from tests.histories.recorder import Recorder
from tests.integration.stores import get_tables
from tests.template import event_source_mappings, functions

type Steps[Result = None] = Generator["Wait", None, Result]
type Move = Callable[[], None]

TURN_WORKERS = ("run_turn", "run_waiting_turns")
"""The functions that run turns."""

STEP_SECONDS = 0.004
"""Duration of a call."""

_MAX_STEPS = 20_000
_MAX_SKEW_SECONDS = 0.2
_MAX_DURATION = timedelta(hours=6)
_MAX_LATENESS = timedelta(minutes=1)
"""How long something may be stalled or delayed while other things happen."""
_RANDOM_FAULT_PERIOD = timedelta(minutes=5)
"""How long random faults are injected; after that everything must recover."""
_LONG_DELAY_QUEUES = ("ExpiriesQueue",)
"""Queues whose records are delayed for half an hour; a run does not wait for them alone."""


class StuckError(AssertionError):
    """A run does not end."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A condition that a client waits for, and for how long at most."""

    until: Callable[[], bool]
    seconds: float


class FrameListener(Protocol):
    """The client's end of a connection."""

    def on_frame(self, connection_id: str, frame: dict[str, Any]) -> None:
        """Process a frame."""
        ...

    def on_close(self, connection_id: str) -> None:
        """Process the end of the connection."""
        ...


@dataclass(slots=True)
class SimulatedConnection:
    """A connection.

    Attributes
    ----------
    listener
        Its client.
    open
        Whether API Gateway accepts frames for it.
    half_open
        Whether its client is gone without API Gateway knowing it.
    busy
        Whether API Gateway throttles frames for it.
    """

    listener: FrameListener
    open: bool = False
    half_open: bool = False
    busy: bool = False


@dataclass(slots=True)
class ConnectionsApi:
    """API Gateway's ``@connections``.

    Attributes
    ----------
    connections
        All connections of the run, by id.
    history
        Records the frames.
    """

    history: Recorder
    connections: dict[str, SimulatedConnection] = field(default_factory=dict)

    def accepts(self, connection_id: str) -> bool:
        """Return whether API Gateway accepts a frame for the connection."""
        return connection_id in self.connections and self.connections[connection_id].open

    def deliver(self, connection_id: str, frame: dict[str, Any]) -> None:
        """Send a frame to the client."""
        connection = self.connections[connection_id]
        self.history.record("frame", connection=connection_id, frame=frame, arrived=not connection.half_open)
        if not connection.half_open:
            connection.listener.on_frame(connection_id, frame)

    def close(self, connection_id: str) -> None:
        """Close a connection and notify its client."""
        connection = self.connections.get(connection_id)
        if connection is not None and connection.open:
            connection.open = False
            self.history.record("close", connection=connection_id, by="server")
            if not connection.half_open:
                connection.listener.on_close(connection_id)

    def make_half_open(self, connection_id: str) -> None:
        """Lose the client of a connection without notice."""
        if connection_id in self.connections:
            self.connections[connection_id].half_open = True
            if self.connections[connection_id].open:
                self.history.record("close", connection=connection_id, by="lost")


class _Task:
    """A client's steps, and the condition it waits for."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.wait = Wait(lambda: True, 0)
        self.deadline: datetime | None = None
        self.over = False

    def due(self, now: datetime) -> bool:
        return not self.over and (self.wait.until() or (self.deadline is not None and self.deadline <= now))

    def resume(self, now: datetime) -> None:
        try:
            self.wait = next(self._steps)
            self.deadline = now + timedelta(seconds=self.wait.seconds)
        except StopIteration:
            self.over = True


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """A fault that was injected."""

    number: int
    operation: Operation
    folder: str
    fault: Fault


class Simulation:
    """A deployment in which everything happens in ``run``.

    Attributes
    ----------
    plan
        Decides about faults and order.
    clock
        The simulated time.
    history
        What happens, for ``tests/histories/checker.py``.
    sockets, queues, streams
        The simulated services.
    calls
        The AWS calls that could have failed, in order; call 1 is the first.
    faults
        The injected faults.
    delayed_requests
        Requests in transit whose senders were killed, and when they arrive at the latest.
    protected
        Strings that identify the events of users for whom no fault is injected.
    disturbances
        Errors of these users nevertheless.
    outages
        Services that are unavailable for a time.
    server_requests
        What the bot server was sent.
    mails
        The subjects of the mails that were sent.
    texts
        The text messages that were sent.
    due
        The times at which a script was due.
    schedules
        The jobs of the schedules that a function has created, by the names of the schedules.
    received
        What Amazon SES has reported of the mails that were received, by their ids.
    deaths
        How many functions were killed in each job, by the body of the job.
    poison
        Strings that identify poison messages, and how many of their next invocations are killed.
    """

    running: ClassVar["Simulation | None"] = None

    def __init__(self, aws: Aws, plan: Plan) -> None:
        self.plan = plan
        self.clock = HandClock()
        self._began = self.clock()
        self.history = Recorder(str(plan), self._get_seconds)
        self.sockets = ConnectionsApi(self.history)
        self.queues = create_queues()
        self.streams = create_streams()
        self.calls: list[tuple[Operation, str]] = []
        self.faults: list[InjectedFault] = []
        self.delayed_requests: list[tuple[datetime, Callable[[], object]]] = []
        self._stalled: list[tuple[datetime, Callable[[], object]]] = []
        self.protected: set[str] = set()
        self.poison: dict[str, int] = {}
        self.outages = Outages()
        self.server_requests: list[bot_servers.SentRequest] = []
        self.mails: list[str] = []
        self.texts: list[str] = []
        self.due: list[datetime] = []
        self.schedules: dict[str, str] = {}
        self.received: dict[str, str] = {}
        self._deliveries = count(1)
        self.deaths: Counter[str] = Counter()
        self.disturbances: list[str] = []
        self.network = FakeNetwork(self)
        self._faults_disabled = False
        self._aws = aws
        self._deployment = aws.deployment(
            MailFrom=sent_messages.MAIL_FROM, SmsFrom=sent_messages.SMS_FROM, VisitorBots="helper"
        )
        self._invocations: list[Invocation] = []
        self._ends: dict[int, Callable[[Invocation], None]] = {}
        self._tasks: list[_Task] = []
        self._processes: list[Process] = []
        self._checker: dict[str, Process] = {}
        self._steps = 0
        self._end = self.clock() + _MAX_DURATION
        self._faults_end = self.clock() + _RANDOM_FAULT_PERIOD

    # --------------------------------------------------------------------------------------------------- operations
    def publish(self, bot: Bot) -> None:
        """Publish a bot. Warm functions keep the earlier version of it in their caches."""
        publish(self._aws, bot)
        self.history.record("bot", **describe(bot))

    def spawn(self, steps: Steps) -> None:
        """Start a client."""
        self._tasks.append(_Task(steps))

    def invoke(
        self, folder: str, event: Event, *, waiting: str = "", then: Callable[[Invocation], None] = lambda _: None
    ) -> Invocation:
        """Start an invocation.

        Parameters
        ----------
        folder
            The function.
        event
            Its event.
        waiting
            The kind of caller that waits for the response: ``rest`` or ``queue``, otherwise empty.
        then
            Called with the invocation when it has ended.
        """
        process = self._get_process(folder)
        process.busy = True
        invocation = Invocation(event, process, self.clock() + get_timeout(folder), self.now)
        self._invocations.append(invocation)
        self._ends[id(invocation)] = lambda ended: self._on_end(ended, waiting, then)
        return invocation

    def run(self) -> None:
        """Run until nothing is left to happen.

        Raises
        ------
        StuckError
            If the run does not end.
        """
        while True:
            self._steps += 1
            if self._steps > _MAX_STEPS:
                raise StuckError("too many steps")
            moves = self._list_moves()
            if moves:
                self.plan.choose(moves)()
            elif not self._resume_stalled() and not self._advance_clock():
                return

    @contextmanager
    def without_faults(self) -> Iterator[None]:
        """Inject no faults within the block."""
        self._faults_disabled = True
        yield
        self._faults_disabled = False

    def invoke_now(self, folder: str, event: Event) -> dict[str, Any]:
        """Run a function immediately and without faults, and return its response."""
        process = self._checker.setdefault(folder, Process(folder, self._deployment, timedelta(0)))
        invocation = Invocation(event, process, self.clock() + get_timeout(folder), self.now)
        while not invocation.over:
            invocation.step()
        if invocation.error is not None:
            raise invocation.error
        response: dict[str, Any] = invocation.response
        return response

    def end(self) -> None:
        """Kill the functions that still run."""
        for invocation in self._invocations:
            invocation.end()

    def has_fault(self, service: str) -> bool:
        """Return whether a fault was injected into a call of the service."""
        return any(fault.operation.service == service for fault in self.faults)

    def schedule(self, due: datetime, *, times: int = 1) -> None:
        """Send a due time as EventBridge Scheduler does, whose deliveries may be far apart: at least once.

        Each is in a message group of its own, as after a redrive of dead letters, so two run at once.
        """
        if due not in self.due:
            self.due.append(due)
        for _ in range(times):
            name = f"delivery-{next(self._deliveries)}"
            queue = self.queues[automations.QUEUE]
            queue.send(automations.build_job(due), self.clock(), group=name, deduplication_id=name, delay=None)

    def create_schedule(self, name: str, request: dict[str, Any]) -> None:
        """Create a schedule, and queue its job when it is due."""
        target, seconds = request["Target"], (schedules.parse_time(request) - self.clock()).total_seconds()
        self.schedules[name] = target["Input"]

        def wait() -> Steps:
            yield Wait(lambda: False, seconds)
            queue, group = self.queues[automations.QUEUE], target["SqsParameters"]["MessageGroupId"]
            queue.send(target["Input"], self.clock(), group=group, deduplication_id=name, delay=None)

        self.spawn(wait())

    def receive_mail(self, mail_id: str, *, times: int = 1) -> None:
        """Store a mail and report it as Amazon SES does: at least once."""
        if mail_id not in self.received:
            self.received[mail_id] = json.dumps(received_mails.store_mail(self._aws, mail_id, self.clock()))
        queue = self.queues[received_mails.QUEUE]
        for _ in range(times):
            queue.send(self.received[mail_id], self.clock(), group=None, deduplication_id=None, delay=None)

    def set_default_bot(self, bot: Bot) -> None:
        """Publish a bot as the default one, for this run."""
        self.publish(bot.model_copy(update={"id": BOT.id}))

    def list_objects(self) -> dict[str, bytes]:
        """Return the contents of the files of bots, by their keys in the bucket."""
        return files.read_objects(self._aws)

    def list_items(self, table: str) -> list[dict[str, Any]]:
        """Return all items of a table."""
        return self._aws.list_items(table)

    def read_conversation(self, conversation_id: str) -> tuple[Conversation, Sequence[Message]]:
        """Return a conversation and its messages, at most 100, as they are stored."""
        client, tables = self._aws.dynamodb, get_tables(self._aws)
        dialog = DynamoDBTurnStore(client, tables).load(conversation_id)
        assert dialog is not None
        page = DynamoDBMessageStore(client, tables).read_messages(
            dialog.conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=100
        )
        return dialog.conversation, page.items

    def list_conversations(self, owner: str) -> list[dict[str, Any]]:
        """Return the rows of an owner's conversations that are not deleted."""
        rows = [deserialize(item) for item in self.list_items("SessionsTable")]
        return [row for row in rows if row.get("owner") == owner and "deleted_at" not in row]

    def get_answered_seqs(self) -> dict[str, int]:
        """Return the ``seq`` that each message of a bot answers, by the public ids of the messages."""
        rows = [item for table in ("MessageHistoryTable", "VisitorMessagesTable") for item in self.list_items(table)]
        items = [row for row in map(deserialize, rows) if "sender" in row]
        messages = [message for item in items for message in message_history.parse_messages(item)]
        replies = [message for message in messages if message.sender is Sender.BOT]
        return {ids.format_message_id(message.id): message.answers or 0 for message in replies}

    def now(self) -> datetime:
        """Return the time by the clock of the running process."""
        skew = timedelta(0) if Process.running is None else Process.running.skew
        return timestamps.floor_to_millisecond(self.clock() + skew)

    def _get_seconds(self) -> float:
        return (self.clock() - self._began).total_seconds()

    def get_queue(self, url: str) -> Queue:
        """Return the queue with this URL."""
        return self.queues[url.rpartition("/")[2]]

    def record_write(self, operation: str, body: dict[str, Any]) -> None:
        """Add a write to the streams of its tables."""
        for table, item in _list_puts(operation, body):
            for stream in self.streams:
                if stream.table == table:
                    stream.write(item, self.clock())

    # ---------------------------------------------------------------------------------------------------- scheduling
    def _list_moves(self) -> list[Move]:
        now = self.clock()
        moves: list[Move] = [
            lambda invocation=invocation: self._step(invocation)  # type: ignore[misc]  # mypy knows no defaults of lambdas
            for invocation in self._invocations
            if not invocation.stalled and (invocation.waits_until is None or invocation.waits_until <= now)
        ]
        moves += [lambda task=task: task.resume(now) for task in self._tasks if task.due(now)]  # type: ignore[misc]
        for name, folder in _get_consumers().items():
            queue = self.queues[name]
            if self.outages.affects("sqs", now):
                continue
            moves += [
                lambda record=record, queue=queue, folder=folder: self._consume(queue, record, folder)  # type: ignore[misc]
                for record in queue.list_ready(now)
            ]
        moves += [
            lambda stream=stream: self._read(stream)  # type: ignore[misc]
            for stream in self.streams
            if (at := stream.get_next_time()) is not None and (at <= now or self.plan.draw(0.05))
        ]
        return moves

    def _step(self, invocation: Invocation) -> None:
        call = invocation.call
        if call is not None:
            self.clock.forward(seconds=STEP_SECONDS + self.plan.draw_number(0, STEP_SECONDS))
            if call.fault is None and not self._inject_fault(invocation, call):
                return
            if self.clock() >= invocation.deadline:
                invocation.died = True
        invocation.step()
        if invocation.over:
            self._invocations.remove(invocation)
            self._ends.pop(id(invocation))(invocation)

    def _inject_fault(self, invocation: Invocation, call: Call) -> bool:
        """Choose the fault of a call, and return whether the invocation continues now."""
        call.fault = self._fault(call.operation, invocation.folder, invocation.event)
        if call.fault is Fault.KILLED_BEFORE or self._is_poisoned(invocation):
            invocation.died = True
        if call.fault is Fault.STALLED:
            self._stalled.append((self._get_late_time(), lambda: self._continue(invocation)))
            invocation.stalled = True
            invocation.deadline = self._end
            return False
        return True

    def _continue(self, invocation: Invocation) -> None:
        invocation.stalled = False

    def run_later(self, request: Callable[[], object]) -> None:
        """Delay a request whose sender was killed."""
        self.delayed_requests.append((self._get_late_time(), request))

    def _get_late_time(self) -> datetime:
        return self.clock() + _MAX_LATENESS

    def _fault(self, operation: Operation, folder: str, event: Event) -> Fault | None:
        if self._faults_disabled or not operation.list_faults() or self._is_protected(event):
            return None
        if not self.plan.is_sequential and self.clock() > self._faults_end:
            return None
        self.calls.append((operation, folder))
        fault = self.plan.get_fault(len(self.calls), operation)
        if fault is not None:
            self.faults.append(InjectedFault(len(self.calls), operation, folder, fault))
            fields = {"service": operation.service, "name": operation.name, "function": folder, "kind": fault.value}
            self.history.record("fault", call=len(self.calls), **fields)
        return fault

    def _is_protected(self, event: Event) -> bool:
        """Return whether the event belongs to a protected user."""
        text = str(event) if self.protected else ""
        return any(identifier in text for identifier in self.protected)

    def _is_poisoned(self, invocation: Invocation) -> bool:
        """Return whether the invocation processes a poison message."""
        text = str(invocation.event) if self.poison and invocation.folder in TURN_WORKERS else ""
        for word, times in self.poison.items():
            if times and word in text:
                self.poison[word] -= 1
                return True
        return False

    def _resume_stalled(self) -> bool:
        """Resume something stalled or delayed, when nothing else can happen or after a minute."""
        now = self.clock()
        waiting = [*self._stalled, *self.delayed_requests]
        if not waiting or (self._list_times() and waiting[0][0] > now and not self.plan.draw(0.2)):
            return False
        _, resume = (self._stalled or self.delayed_requests).pop(0)
        resume()
        return True

    def _list_times(self) -> list[datetime]:
        times = [task.deadline for task in self._tasks if not task.over and task.deadline is not None]
        times += [
            at
            for name in _get_consumers()
            if name not in _LONG_DELAY_QUEUES and (at := self.queues[name].get_next_time())
        ]
        times += [at for stream in self.streams if (at := stream.get_next_time())]
        times += [at for each in self._invocations if not each.stalled and (at := each.waits_until)]
        times += [at for at in [self.outages.get_end("sqs", self.clock())] if at is not None]
        if times:
            times += [at for at, _ in (*self._stalled, *self.delayed_requests)]
        if times:
            times += [
                at for name in _LONG_DELAY_QUEUES if name in self.queues and (at := self.queues[name].get_next_time())
            ]
        return [at for at in times if at > self.clock()]

    def _advance_clock(self) -> bool:
        times = self._list_times()
        if not times:
            return False
        self.clock.time = min(times)
        if self.clock() > self._end:
            raise StuckError("nothing can happen any more, but a client still waits")
        return True

    # -------------------------------------------------------------------------------------------- queues and streams
    def _consume(self, queue: Queue, record: Record, folder: str) -> None:
        queue.receive(record, self.clock())
        if folder in TURN_WORKERS:
            self._record_rerun(record)
        if record.receives > 1 and self._is_protected({"body": record.body}):
            self.disturbances.append(f"{queue.name} delivered {record.body} again")
        handle = record.handle
        if self._is_not_run(record, folder):
            return

        def done(invocation: Invocation) -> None:
            response = invocation.response
            if not invocation.died and invocation.error is None and not response["batchItemFailures"]:
                if self._fault(Operation("queue", RETURN), invocation.folder, invocation.event) is Fault.REDELIVERED:
                    return
                queue.delete(handle)

        self.invoke(folder, {"Records": [record.build_event(queue.name)]}, then=done)

    def _record_rerun(self, record: Record) -> None:
        """Record that a turn may run once more."""
        if record.receives > 1:
            self.history.record("rerun", conversation=json.loads(record.body).get("session_id"))

    def _is_not_run(self, record: Record, folder: str) -> bool:
        """Return whether Lambda is throttled, so that no function runs the received record."""
        fault = self._fault(Operation("queue", RECEIVE), folder, {"body": record.body})
        return fault is Fault.NOT_RUN or self.outages.affects("lambda", self.clock())

    def _read(self, stream: Stream) -> None:
        batch = stream.get_batch()

        def done(invocation: Invocation) -> None:
            well = not invocation.died and invocation.error is None
            again = (
                well and self._fault(Operation("queue", RETURN), stream.folder, invocation.event) is Fault.REDELIVERED
            )
            stream.complete_batch(batch, self.clock(), done=well and not again)

        self.invoke(stream.folder, {"Records": batch}, then=done)

    def _on_end(self, invocation: Invocation, waiting: str, then: Callable[[Invocation], None]) -> None:
        if invocation.died:
            self._processes.remove(invocation.process)
        if self._is_protected(invocation.event) and (invocation.died or invocation.error or _refused(invocation)):
            self.disturbances.append(f"{invocation.folder} ended in {invocation.response}")
        invocation.process.busy = False
        if invocation.died and invocation.folder in TURN_WORKERS:
            self.deaths.update(record["body"] for record in invocation.event["Records"])
        response = Operation(waiting, RETURN)
        if waiting and self._fault(response, invocation.folder, invocation.event) is Fault.RESPONSE_LOST:
            invocation.died = True
        then(invocation)

    def _get_process(self, folder: str) -> Process:
        idle = [process for process in self._processes if process.folder == folder and not process.busy]
        if idle and not self.plan.draw(0.1):
            return self.plan.choose(idle)
        skew = timedelta(seconds=self.plan.draw_number(0, 2 * _MAX_SKEW_SECONDS))
        process = Process(folder, self._deployment, skew)
        self._processes.append(process)
        return process


def _refused(invocation: Invocation) -> bool:
    """Return whether the response is an error."""
    return isinstance(invocation.response, dict) and int(invocation.response.get("statusCode", 200)) >= 400


def _list_puts(operation: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the items that a request writes, with their tables."""
    match operation:
        case "TransactWriteItems":
            yield from (
                (put["TableName"], put["Item"]) for action in body["TransactItems"] if (put := action.get("Put"))
            )
        case "PutItem":
            yield body["TableName"], body["Item"]
        case "BatchWriteItem":
            for table, requests in body["RequestItems"].items():
                yield from ((table, put["Item"]) for request in requests if (put := request.get("PutRequest")))


# ------------------------------------------------------------------------------------------------------- harness
def _send_over_network(**sent: Any) -> Any:  # noqa: ANN401 - botocore's
    return _get_running_simulation().network(**sent)


class _SequentialExecutor:
    """Replaces the thread pool: runs everything immediately and in order."""

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


def publish(aws: Aws, bot: Bot) -> None:
    """Publish a bot."""
    DynamoDBBotCatalogue(aws.dynamodb, "BotsTable").publish(bot)


class FaultHarness:
    """Tables on moto that are emptied before every run.

    Attributes
    ----------
    histories
        The folder for the histories of the runs.
    """

    def __init__(self, aws: Aws, histories: Path) -> None:
        self._aws = aws
        self.histories = histories

    @contextmanager
    def run(self, plan: Plan) -> Iterator[Simulation]:
        """Start a run, with empty tables and cold functions."""
        for name, table in get_backend("dynamodb")[ACCOUNT][REGION].tables.items():
            if name != "BotsTable":
                table.items.clear()
        files.erase_objects(self._aws)
        # Otherwise moto keeps every copy of a table that it makes for a transaction, until the process ends.
        reset_model_data()
        publish(self._aws, BOT)
        random.seed(plan.seed)
        simulation = Simulation(self._aws, plan)
        for bot in (BOT, BROKEN, WRITER, REMOTE):
            simulation.history.record("bot", **describe(bot))
        Simulation.running = simulation
        try:
            yield simulation
        finally:
            simulation.end()
            Simulation.running = None
            leave_processes()


@contextmanager
def create_harness(histories: Path) -> Iterator[FaultHarness]:
    """Prepare everything that all runs share; their histories are written into a folder."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        speed_up_moto(patch)
        deployed = aws.create_clients()
        deployed.create()
        for bot in (BOT, BROKEN, WRITER, REMOTE):
            publish(deployed, bot)
        bots = (
            files.CLERK,
            sent_messages.SECRETARY,
            sent_messages.TEXTER,
            automations.REPORTER,
            received_mails.DESK,
            schedules.FOLLOWER,
        )
        for scripts in bots:
            scripts.store(deployed)
        for name in create_queues():
            deployed.names[name] = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        network = ClientFactory(_send_over_network)
        patch.setattr(boto3, "DEFAULT_SESSION", network)
        # The retry quota of the SDK is shared by the runs of a process.
        patch.setattr(RetryQuota, "acquire", lambda *_: True)
        patch.setattr(timestamps, "now", lambda: _get_running_simulation().now())
        patch.setattr(time, "sleep", lambda seconds: _get_running_simulation().clock.forward(seconds=seconds))
        patch.setattr(turns, "monotonic", _get_monotonic_seconds)
        patch.setattr(model_engine, "answerer", lambda: models.build_answerer(_get_clock, _get_monotonic_seconds))
        patch.setattr(
            webhook_bot_engine,
            "webhook_bot_engine",
            once(lambda: bot_servers.build_engine(_get_running_simulation, _get_monotonic_seconds)),
        )
        patch.setattr(fan_out, "ThreadPoolExecutor", _SequentialExecutor)
        # An answer moves its conversation in the list only if it comes later than that, and runs take seconds.
        for module in (conversation, list_reader, cursors):
            patch.setattr(module, "LIST_WINDOW", timedelta(seconds=1))
        logging.disable(logging.CRITICAL)
        import_functions()
        try:
            harness = replace(
                deployed, dynamodb=ClientFactory(execute_on_moto).client("dynamodb", config=CLIENT_CONFIG)
            )
            yield FaultHarness(harness, histories)
        finally:
            logging.disable(logging.NOTSET)


def _get_running_simulation() -> Simulation:
    assert Simulation.running is not None
    return Simulation.running


def _get_clock() -> HandClock:
    return _get_running_simulation().clock


def _get_monotonic_seconds() -> float:
    return _get_clock()().timestamp()


_consumers_by_queue: dict[str, str] = {}


def _get_consumers() -> dict[str, str]:
    """Return the function that consumes each queue."""
    if not _consumers_by_queue:
        for folder in functions():
            for mapping in event_source_mappings(folder):
                source, attribute = mapping["EventSourceArn"]["Fn::GetAtt"]
                if attribute == "Arn":
                    _consumers_by_queue[source] = folder
        assert _consumers_by_queue
    return _consumers_by_queue


def count_faults(faults: Sequence[InjectedFault]) -> Counter[tuple[str, str]]:
    """Count faults by operation and kind."""
    return Counter((str(fault.operation), fault.fault.value) for fault in faults)
