"""The engine: the user gets an answer, regardless of what the bot server does."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import field

from conversations.data_classes import dataclass
from conversations.domain.bot import Bot, DialogState
from conversations.domain.bot_server import ServerAnswerError
from conversations.domain.message import Utterance
from conversations.domain.metrics import describe_metrics
from conversations.domain.turn import SaveState, SendMessage, Turn, TurnEvent
from conversations.domain.turn_time import get_answer_seconds
from conversations.engines.webhook_bot.answer_writer import AnswerWriter
from conversations.engines.webhook_bot.asking import Requester, Result
from conversations.engines.webhook_bot.circuit_breaker import CircuitBreaker
from conversations.engines.webhook_bot.program import Program, parse_program
from conversations.engines.webhook_bot.turn_request import build_body
from conversations.ports.bot_servers import BotServers

logger = logging.getLogger(__name__)

MAX_GREETING_SECONDS = 10
"""Seconds of a greeting with its retries: the first message of the user waits for it."""


def _new_breaker() -> CircuitBreaker:
    return CircuitBreaker(time.monotonic)


@dataclass(frozen=True, slots=True)
class WebhookBotEngine:
    """``BotEngine``.

    Attributes
    ----------
    servers
        The servers.
    breaker
        Knows which of them fail.
    clock, sleep
        A monotonic clock in seconds, and waiting by it.
    """

    servers: BotServers
    breaker: CircuitBreaker = field(default_factory=_new_breaker)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def may_redact(self, turn: Turn) -> bool:  # noqa: ARG002 - the same for every turn
        """Return False: a server cannot ask for a secret."""
        return False

    def may_wait(self, turn: Turn) -> bool:  # noqa: ARG002 - the same for every turn
        """Return True: a server may take long."""
        return True

    def is_pure(self, bot: Bot, state: DialogState) -> bool:  # noqa: ARG002 - the same for every turn
        """Return False: a server is a service."""
        return False

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        """Send the welcome message, or the answer of the server.

        Raises
        ------
        UnavailableError
            If the store of secrets does not respond.
        """
        program = parse_program(turn.bot.program)
        if turn.message is None and program.welcome:
            yield SendMessage(Utterance(content=program.welcome))
            return
        started, writer = self.clock(), AnswerWriter()
        requester = Requester(
            servers=self.servers,
            breaker=self.breaker,
            turn=turn,
            server=program.server,
            body=build_body(turn, program.history_limit),
            writer=writer,
            clock=self.clock,
            sleep=self.sleep,
            deadline=started + _get_seconds(turn),
        )
        result = yield from requester.ask()
        yield from _finish(result, writer, program)
        _log(turn, result, requester.tries, self.clock() - started)


def _get_seconds(turn: Turn) -> float:
    seconds = get_answer_seconds(turn.time_left())
    return min(seconds, MAX_GREETING_SECONDS) if turn.message is None else seconds


def _finish(result: Result, writer: AnswerWriter, program: Program) -> Iterator[TurnEvent]:
    """Complete the answer, regardless of how it ended."""
    if result.error is None:
        yield from writer.complete("stopped" if result.stopped else None)
        if result.done is not None and result.done.state is not None:
            yield SaveState(result.done.state)
    elif writer.is_writing:
        yield from writer.complete("interrupted")
    else:
        is_final = isinstance(result.error, ServerAnswerError) and not writer.has_begun
        # safeguard: bot-server-never-silent
        yield SendMessage(Utterance(content=program.error if is_final else program.fallback))


def _log(turn: Turn, result: Result, tries: int, seconds: float) -> None:
    """Log how the server answered, without any text of the conversation."""
    outcome = "answered" if result.error is None else "failed"
    if result.stopped:
        outcome = "stopped"
    fields = {
        "bot": turn.bot.id,
        "conversation": turn.conversation_id,
        "tries": tries,
        "seconds": round(seconds, 3),
        **describe_metrics({"BotServerTurns": 1}, outcome=outcome),
    }
    if result.error is None:
        logger.info("bot server turn", extra=fields)
    else:
        logger.warning("bot server failed: %s", result.error, extra=fields)
