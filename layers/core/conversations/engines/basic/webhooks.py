"""Webhooks of bots that run scripts: a delivery is a turn without a conversation and without a user."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from basic import config
from basic.data.store import TableStore
from basic.errors import BudgetError, ScriptError
from basic.http.client import HttpClient
from basic.machine.execution_state import load_state
from basic.machine.machine import Machine
from basic.machine.outcome import Outcome, Status, TalkEvent
from basic.program import Program
from basic.values import Value, get_entry, measure_size, to_finite
from conversations.domain import timestamps
from conversations.domain.bot import Bot
from conversations.domain.errors import InvalidRequestError, NotFoundError, UnavailableError
from conversations.domain.webhooks import ScriptFailedError, WebhookRequest, WebhookResponse, WebhookResult
from conversations.engines.basic import ENGINE
from conversations.engines.basic.host import SECONDS, MemoryReader, TurnHost
from conversations.engines.basic.programs import Programs, parse_program_reference
from conversations.engines.basic.replay_journal import JournalStorage, ReplayJournal
from conversations.engines.basic.webhook_responses import build_response

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BasicWebhookRunner:
    """``WebhookRunner``.

    Attributes
    ----------
    programs
        The versions.
    tables
        Given a bot's id, where the rows of its tables are.
    memories
        What bots remember.
    journal
        Given a delivery, where the answers of the world are kept for the case that it comes again.
    client
        Makes the requests of scripts.
    """

    programs: Programs
    tables: Callable[[str], TableStore]
    memories: MemoryReader
    journal: Callable[[WebhookRequest], JournalStorage]
    client: HttpClient

    def run(self, bot: Bot, call: WebhookRequest) -> WebhookResult:
        """Run the script behind a webhook; see ``WebhookRunner.run``."""
        bundle = None if bot.engine != ENGINE else self.programs.get(parse_program_reference(bot.program).key)
        script = None if bundle is None else bundle.program.find_webhook(call.name)
        if bundle is None or script is None:
            raise NotFoundError("The bot has no such webhook.")
        recording = ReplayJournal(self.journal(call) if call.repeatable else None)
        host = TurnHost(
            bot_id=bot.id,
            owner=None,
            # Whoever has the secret acts for the bot, as its author would.
            groups=None,
            bundle=bundle,
            store=self.tables(bot.id),
            memories=self.memories,
            client=self.client,
            recording=recording,
        )
        # A delivery that comes again is the same turn, and has the same time.
        now = timestamps.parse_timestamp(str(recording.read("now", lambda: timestamps.format_timestamp(call.now))))
        started, values = host.seconds(), config.get_variables(bundle.config) | _given(call)
        outcome = Machine(bundle.program).start(script, host.turn(call.turn_id, now), values=values)
        if outcome.fault is not None and host.seconds() - started >= SECONDS:
            logger.error("webhook too slow: %s", outcome.fault, extra={"bot": bot.id})
            raise UnavailableError("The webhook takes too long. Try again.")
        return WebhookResult(_answer(bundle.program, script, outcome), host.remembered)


def _given(call: WebhookRequest) -> dict[str, Value]:
    """Return the variables a webhook's script is given.

    Raises
    ------
    InvalidRequestError
        If the body holds what no script could.
    """
    try:
        measure_size(call.body)
        body = _held(call.body)
    except (BudgetError, ScriptError):
        raise InvalidRequestError("body: it is nested too deep, or a number is too large.", field="body") from None
    return {"params": {**call.params}, "headers": {**call.headers}, "method": call.method, "body": body}


def _held(value: Value) -> Value:
    """Return a value of JSON as scripts hold it: numbers beyond 64 bits go on as floating point."""
    match value:
        case bool() | str() | None:
            return value
        case float() if not isfinite(value):
            raise ScriptError("a number is too large")
        case int() | float():
            return to_finite(value)
        case list():
            return [_held(item) for item in value]
        case dict():
            return {name: _held(item) for name, item in value.items()}


def _answer(program: Program, script: str, outcome: Outcome) -> WebhookResponse:
    for event in outcome.events:
        if isinstance(event, TalkEvent):
            # There is nobody to hear it. It may be what somebody said, so it is shown only where that was asked for.
            logger.debug("TALK %s", event.text)
    if outcome.status is Status.WAITING:
        frame = load_state(outcome.state).frames[-1]
        code = program.scripts[frame.script]
        place = code.get_position(frame.counter - 1)
        raise ScriptFailedError(
            f"{code.file}:{place.line}:{place.column}: a webhook has nobody to ask, so there is no HEAR in it"
        )
    if outcome.fault is not None:
        raise ScriptFailedError(str(outcome.fault))
    variables = outcome.state["variables"]
    try:
        return build_response(get_entry(variables, "result") if isinstance(variables, dict) else None)
    except ScriptError as error:
        raise ScriptFailedError(f"{program.scripts[script].file}: {error}") from None
