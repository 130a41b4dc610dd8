"""Clients that send, wait and reconnect as ``web/client`` does, and what they experience."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from simpy import Event

from bench.simulation.quotas import read_timing
from bench.simulation.resources import Process, RefusedError
from bench.simulation.system import System, Watcher
from bench.steps import HANDSHAKE, PING, QUEUE, RESUME, TURN, Invocation, Steps, get_key
from conversations.domain.errors import UnavailableError

_NO_EXECUTION = frozenset({"executions", "environments", "invocations"})
"""Quotas whose refusals happen before the function runs, so that the client receives nothing."""


@dataclass(slots=True)
class Experience:
    """What the clients of a run have seen.

    Attributes
    ----------
    sent
        Messages that were sent after the warm-up.
    delivered, answered
        Seconds from sending each to its acknowledgement, and to the last frame of its answer.
    hot
        The same seconds of the answers of hot conversations, which are not in ``answered``.
    refused
        Frames and handshakes that a quota refused, by its name.
    connected, resumed
        Seconds from the loss of each connection to the next one, and until its messages are complete.
    closed
        Connections that were closed because a frame or a pong was missed.
    """

    sent: int = 0
    delivered: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    hot: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    connected: list[float] = field(default_factory=list)
    resumed: list[float] = field(default_factory=list)
    closed: int = 0


@dataclass(slots=True)
class _Message:
    """A message that a client sends.

    Attributes
    ----------
    group
        Its conversation.
    at
        When it was sent.
    is_counted
        Whether it belongs to the results.
    last_frame
        When the last frame of its turn was received.
    is_queued, is_delivered, is_missed
        Whether its job is queued, its acknowledgement was received, and a frame of it was refused.
    """

    group: int
    at: float
    is_counted: bool
    last_frame: float = 0
    is_queued: bool = False
    is_delivered: bool = False
    is_missed: bool = False


@dataclass(slots=True)
class Clients:
    """The clients of a stack; each has one connection and one conversation.

    Attributes
    ----------
    system
        The stack.
    steps
        The requests of ``bench/steps.json``.
    bot
        Whom they talk to.
    warm_up
        Seconds whose messages are not counted.
    """

    system: System
    steps: Steps
    bot: str
    warm_up: float = 0
    seen: Experience = field(default_factory=Experience)
    timing: dict[str, float] = field(default_factory=read_timing)

    def _get(self, event: str) -> Sequence[Invocation]:
        return self.steps[get_key(self.bot, event)]

    # ---------------------------------------------------------------------------------------------- messages

    def send(self, group: int) -> Process:
        """Send a message until it is acknowledged."""
        env = self.system.env
        message = _Message(group, env.now, is_counted=env.now >= self.warm_up)
        self.seen.sent += message.is_counted
        while (delay := (yield from self._try_to_send(message))) is not None:
            yield env.timeout(delay)

    def _try_to_send(self, message: _Message) -> Process:
        """Send a message once, and return the seconds until the next try; None if it was acknowledged."""
        first, *others = self._get(TURN)
        watcher = Watcher(
            queued=lambda: self._queue(message, others),
            sent=lambda: self._receive(message),
            missed=lambda: self._miss(message),
        )
        try:
            self.system.receive_frame("message")
        except RefusedError as error:
            self.seen.refused[error.resource] += 1
            return self.timing["ackTimeout"]
        yield self._pass_gateway()
        try:
            yield from self.system.invoke(first, message.group, watcher)
        except RefusedError as error:
            self.seen.refused[error.resource] += 1
            # An `error` frame asks the client to wait.
            return self.timing["ackTimeout"] if error.resource in _NO_EXECUTION else UnavailableError().retry_after
        if not others:
            self._end(message)
        return None

    def _pass_gateway(self) -> Event:
        return self.system.env.timeout(self.system.clock.draw(self.system.latency.gateway))

    def _queue(self, message: _Message, others: Sequence[Invocation]) -> None:
        """Queue the rest of a turn; the queue drops a job that it has had."""
        if others and not message.is_queued:
            message.is_queued = True
            watcher = Watcher(sent=lambda: self._receive(message), missed=lambda: self._miss(message))
            self.system.queue(others[0], message.group, watcher, done=lambda: self._end(message))

    def _receive(self, message: _Message) -> None:
        """Receive a frame: the first one is the acknowledgement."""
        message.last_frame = self.system.env.now
        if not message.is_delivered:
            message.is_delivered = True
            if message.is_counted:
                self.seen.delivered.append(self.system.env.now - message.at)

    def _miss(self, message: _Message) -> None:
        if not message.is_missed:
            message.is_missed = True
            self.seen.closed += 1
            self.system.env.process(self._fetch(message))

    def _fetch(self, message: _Message) -> Process:
        """Get an answer whose frames were refused: on a new connection."""
        yield from self.reconnect(message.group)
        self._receive(message)
        self._count_answer(message)

    def _end(self, message: _Message) -> None:
        """Count the answer, all frames of which were sent, unless one was refused."""
        if not message.is_missed:
            self._count_answer(message)

    def _count_answer(self, message: _Message) -> None:
        if message.is_counted:
            answers = self.seen.hot if message.group in self.system.hot else self.seen.answered
            answers.append(message.last_frame - message.at)

    # ---------------------------------------------------------------------------------------------- connections

    def ping(self, group: int) -> Process:
        """Send a ping, and reconnect if it is not answered."""
        (ping,) = self._get(PING)
        missed: list[bool] = []
        try:
            self.system.receive_frame("ping")
            yield self._pass_gateway()
            yield from self.system.invoke(ping, group, Watcher(missed=lambda: missed.append(True)))
        except RefusedError as error:
            self.seen.refused[error.resource] += 1
            missed.append(True)
        if missed:
            yield self.system.env.timeout(self.timing["pongTimeout"])
            self.seen.closed += 1
            yield from self.reconnect(group)

    def reconnect(self, group: int) -> Process:
        """Open a connection again after it was lost, and fetch what was missed."""
        env = self.system.env
        lost, failures, is_open = env.now, 0, False
        while not is_open:
            ceiling = min(self.timing["maxBackoff"], self.timing["initialBackoff"] * 2**failures)
            yield env.timeout(self.system.dice.random() * ceiling)
            failures += 1
            is_open = yield from self._connect(group)
        self.seen.connected.append(env.now - lost)
        while not (yield from self._resume(group)):
            yield env.timeout(self.timing["resumeTimeout"])
        self.seen.resumed.append(env.now - lost)

    def _connect(self, group: int) -> Process:
        """Try a handshake, and return whether its first frame came in time."""
        env = self.system.env
        missed: list[bool] = []
        greeted = env.event()
        try:
            self.system.handshakes.take(env.now)
            self.system.api.take(env.now)
            yield self._pass_gateway()
            *direct, last = self._get(HANDSHAKE)
            for invocation in direct:
                yield from self.system.invoke(invocation, group)
            if any(call.operation == QUEUE for call in direct[-1].calls):
                watcher = Watcher(missed=lambda: missed.append(True))
                self.system.queue(last, group, watcher, done=lambda: _succeed(greeted))
                yield greeted | env.timeout(self.timing["connectTimeout"])
            else:
                yield from self.system.invoke(last, group)
                greeted.succeed()
        except RefusedError as error:
            self.seen.refused[error.resource] += 1
            return False
        return greeted.triggered and not missed

    def _resume(self, group: int) -> Process:
        """Ask for missed messages, and return whether the answer came."""
        (resume,) = self._get(RESUME)
        missed: list[bool] = []
        try:
            self.system.receive_frame("resume")
            yield self._pass_gateway()
            yield from self.system.invoke(resume, group, Watcher(missed=lambda: missed.append(True)))
        except RefusedError as error:
            self.seen.refused[error.resource] += 1
            return False
        return not missed


def _succeed(event: Event) -> None:
    event.succeed()
