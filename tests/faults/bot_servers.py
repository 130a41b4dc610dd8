"""A bot server whose answers arrive in pieces, which are scheduling points of the simulation, as AWS calls are."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from conversations.domain.bot_server import (
    BotServer,
    ServerAnswerError,
    ServerDone,
    ServerEvent,
    ServerMessage,
    ServerRequest,
    ServerText,
    ServerUnavailableError,
    ServerWaiting,
)
from conversations.domain.message import Suggestion
from conversations.domain.turn_time import WAITING_SECONDS
from conversations.engines.webhook_bot.circuit_breaker import CircuitBreaker
from conversations.engines.webhook_bot.engine import WebhookBotEngine
from conversations.ports.bot_servers import BotServers
from tests.faults.bot import GREETING, build_pieces
from tests.faults.lambdas import Invocation, Process
from tests.faults.plans import Fault
from tests.faults.waiting import Waiter

if TYPE_CHECKING:
    from tests.faults.simulation import Simulation

SERVICE = "bot_server"
"""``Operation.service`` of bot servers, and their name in ``Outages``."""

ANSWERED = "answered"
"""The key of the server's state: the messages that it has answered, as its last complete answer left them."""

GREETED = "greeting"
"""What stands for the greeting in that state."""

PIECE_SECONDS = 0.3
"""Seconds between two pieces: more than the first intervals of a stream, so nearly each piece is sent at once."""

_WAITINGS_AFTER = 2
"""The piece after which the server thinks for a while."""


@dataclass(slots=True)
class SentRequest:
    """A request that the server has received.

    Attributes
    ----------
    webhook_id
        Its id, by which a server recognizes a retry.
    turn
        What it is to answer: the public ids of the conversation and of the message, or ``GREETED``.
    state
        The messages that were answered before, according to the state in the request.
    process
        The process that sent it.
    at
        When it was sent.
    failed_at
        When the server failed; None if it did not.
    outcome
        What became of it; ``abandoned`` if the function died or stopped reading.
    """

    webhook_id: str
    turn: tuple[str, str]
    state: tuple[str, ...]
    process: Process
    at: datetime
    failed_at: datetime | None = None
    outcome: Literal["answered", "failed", "abandoned"] = "abandoned"


@dataclass(slots=True)
class SimulatedBotServers(BotServers):
    """``BotServers``: every server answers with the scripted pieces of the question.

    Attributes
    ----------
    simulation
        Returns the running simulation.
    waiter
        Lets the function wait for the server.
    """

    simulation: Callable[[], "Simulation"]
    waiter: Waiter

    def ask(self, server: BotServer, request: ServerRequest) -> Iterator[ServerEvent]:  # noqa: ARG002 - the same for all
        simulation, turn = self.simulation(), json.loads(request.body)["data"]
        sent = _record(request.id, turn, simulation.clock())
        simulation.server_requests.append(sent)
        ends_at = simulation.clock() + timedelta(seconds=request.seconds)
        try:
            for name, event in _list_events(turn, sent):
                self._wait(name, ends_at)
                if isinstance(event, ServerDone):
                    sent.outcome = "answered"
                yield event
        except ServerUnavailableError:
            sent.outcome, sent.failed_at = "failed", simulation.clock()
            raise

    def _wait(self, name: str, ends_at: datetime) -> None:
        """Wait while others run, and fail if a fault is injected or the time of the request is up."""
        if name == _AT_ONCE:
            return
        fault = self.waiter.wait(name, WAITING_SECONDS if name == "Post" else PIECE_SECONDS)
        simulation = self.simulation()
        now = simulation.clock()
        match fault:
            case Fault.THROTTLED:
                raise ServerUnavailableError("The simulated server is overloaded.")
            case Fault.BROKEN_OFF:
                raise ServerUnavailableError("The simulated server broke off.")
            case Fault.INVALID:
                raise ServerAnswerError("The answer of the simulated server is invalid.")
        if simulation.outages.affects(SERVICE, now):
            raise ServerUnavailableError("The simulated server cannot be reached.")
        if now >= ends_at:
            raise ServerUnavailableError("The simulated server answers too late.")


def build_engine(simulation: Callable[[], "Simulation"], monotonic: Callable[[], float]) -> WebhookBotEngine:
    """Return the engine of one process, with a circuit breaker of its own, by the clock of the simulation."""
    waiter = Waiter(SERVICE, lambda: simulation().clock)
    servers = SimulatedBotServers(simulation, waiter)
    return WebhookBotEngine(servers, CircuitBreaker(monotonic), monotonic, waiter.sleep)


_AT_ONCE = ""
"""The event arrives together with the one before."""


def _record(webhook_id: str, turn: dict[str, Any], now: datetime) -> SentRequest:
    invocation = Invocation.current()
    assert invocation is not None
    message = GREETED if turn["message"] is None else turn["message"]["id"]
    state = tuple(turn["state"].get(ANSWERED, ()))
    return SentRequest(webhook_id, (turn["conversation_id"], message), state, invocation.process, now)


def _list_events(turn: dict[str, Any], sent: SentRequest) -> Iterator[tuple[str, ServerEvent]]:
    """Yield the server's answer; each event after the name of the operation that it arrives with."""
    yield "Post", ServerWaiting()
    if turn["message"] is None:
        for text in GREETING:
            # The blank at the end of an incomplete message is not stored, so no piece ends with one.
            yield "Event", ServerText(text[:3])
            yield "Event", ServerText(text[3:])
            yield _AT_ONCE, ServerMessage()
    else:
        yield from _list_answer(turn["message"]["content"])
    yield "Event", ServerDone({ANSWERED: [*sent.state, sent.turn[1]]})


def _list_answer(question: str) -> Iterator[tuple[str, ServerEvent]]:
    pieces = build_pieces(question)
    for number, piece in enumerate(pieces, start=1):
        yield "Event", ServerText(piece)
        for _ in range(2 if number == _WAITINGS_AFTER else 0):
            yield "Event", ServerWaiting()
    if question.endswith(("0", "2", "4", "6", "8")):
        # Some servers repeat the complete text at its end.
        suggestions = (Suggestion(text="Go on", value="go on"),)
        yield "Event", ServerMessage("".join(pieces), suggestions)
