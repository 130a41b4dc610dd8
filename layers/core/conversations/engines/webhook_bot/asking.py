"""Asks the server in a turn: again after a failure before its first word, and not while its circuit is open."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import field
from typing import cast

from conversations.data_classes import dataclass
from conversations.domain.bot_server import (
    BotServer,
    ServerAnswerError,
    ServerDone,
    ServerEvent,
    ServerRequest,
    ServerUnavailableError,
)
from conversations.domain.turn import Turn, TurnEvent
from conversations.engines.request_retries import BACKOFF_SECONDS, MIN_SECONDS, wait_for_retry
from conversations.engines.webhook_bot.answer_writer import AnswerWriter
from conversations.engines.webhook_bot.circuit_breaker import CircuitBreaker
from conversations.ports.bot_servers import BotServers

MAX_REQUEST_SECONDS = 30
"""Seconds of one request; less if the turn has less time left."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the requests of a turn.

    Attributes
    ----------
    done
        The end of a complete answer.
    error
        Why there is none, or why it broke off.
    stopped
        Whether the user stopped it. If nothing else is set either, the answer has more messages than a turn.
    """

    done: ServerDone | None = None
    error: ServerUnavailableError | ServerAnswerError | None = None
    stopped: bool = False


class CircuitOpenError(ServerUnavailableError):
    """The server is not called, because it kept failing."""


@dataclass(slots=True)
class Requester:
    """Makes the requests of one turn.

    Attributes
    ----------
    servers, breaker
        The servers, and which of them fail.
    turn
        The turn.
    server, body
        The bot's server, and what it is sent.
    writer
        Makes messages of what it answers.
    clock, sleep
        A monotonic clock in seconds, and waiting by it.
    deadline
        When the answer must be complete, by the clock.
    tries
        How many requests were made.
    """

    servers: BotServers
    breaker: CircuitBreaker
    turn: Turn
    server: BotServer
    body: bytes
    writer: AnswerWriter
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    deadline: float
    tries: int = field(init=False, default=0)

    def ask(self) -> Generator[TurnEvent, None, Result]:
        """Ask the server; yield its answer as it arrives.

        Raises
        ------
        UnavailableError
            If the store of secrets does not respond.
        """
        for backoff in (*BACKOFF_SECONDS, None):
            result = yield from self._ask_once()
            error = result.error
            # Words that were shown are not withdrawn.
            # safeguard: bot-server-retry-before-first-word
            if self.writer.has_begun or not isinstance(error, ServerUnavailableError) or backoff is None:
                return result
            wait = backoff if error.wait_seconds is None else error.wait_seconds
            if isinstance(error, CircuitOpenError) or wait + MIN_SECONDS > self._seconds_left:
                return result
            yield from wait_for_retry(self.turn, wait, self.clock, self.sleep)
            if self.turn.is_stopped():
                return Result(stopped=True)
        raise AssertionError  # pragma: no cover - the last try returns

    @property
    def _seconds_left(self) -> float:
        return self.deadline - self.clock()

    def _ask_once(self) -> Generator[TurnEvent, None, Result]:
        seconds = min(MAX_REQUEST_SECONDS, self._seconds_left)
        if seconds < MIN_SECONDS:
            return Result(error=ServerUnavailableError("no time is left for the server"))
        if not self.breaker.allows(self.server.url):
            return Result(error=CircuitOpenError("the server is not called for some seconds, because it kept failing"))
        self.tries += 1
        try:
            result = yield from self._read(ServerRequest(self.turn.id, self.body, seconds))
        except ServerUnavailableError as error:
            self.breaker.report_failure(self.server.url)
            return Result(error=error)
        except ServerAnswerError as error:
            return Result(error=error)
        if result.done is not None:
            self.breaker.report_success(self.server.url)
        return result

    def _read(self, request: ServerRequest) -> Generator[TurnEvent, None, Result]:
        # The port promises that its iterators can be closed, which aborts the request.
        events = cast("Generator[ServerEvent]", self.servers.ask(self.server, request))
        with closing(events):
            for event in events:
                yield from self.writer.apply(event)
                if isinstance(event, ServerDone):
                    return Result(done=event)
                # safeguard: bot-server-stopped
                if self.turn.is_stopped():
                    return Result(stopped=True)
                if self.writer.is_full:
                    return Result()
        raise ServerUnavailableError("the answer of the server ended without an end")
