"""Webhooks of BASIC bots: a delivery is a turn without a conversation and without a user."""

import logging
from collections.abc import Callable

from basic import config
from basic.bundle import Bundle
from basic.errors import BudgetError, ScriptError
from basic.machine.execution_state import load_state
from basic.machine.machine import Machine
from basic.machine.outcome import Outcome, Status
from basic.program import Program
from basic.sizes import measure_size
from basic.values import Value, from_json, get_entry
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.bot import Bot
from conversations.domain.errors import InvalidRequestError, NotFoundError, UnavailableError
from conversations.domain.turn_time import get_webhook_seconds
from conversations.domain.webhooks import ScriptFailedError, WebhookRequest, WebhookResponse, WebhookResult
from conversations.engines.basic import ENGINE
from conversations.engines.basic.host import TurnHost
from conversations.engines.basic.programs import parse_program_reference
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.basic.script_services import ScriptServices
from conversations.engines.basic.webhook_responses import build_response
from conversations.ports.bots import JournalStorage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BasicWebhookRunner:
    """``WebhookRunner``.

    Attributes
    ----------
    services
        What scripts use.
    journal
        Returns the storage of the replay journal of a delivery.
    """

    services: ScriptServices
    journal: Callable[[WebhookRequest], JournalStorage]

    def run(self, bot: Bot, call: WebhookRequest, time_left: Callable[[], float]) -> WebhookResult:
        """Run the script of a webhook; see ``WebhookRunner.run``."""
        bundle, script = self._find_script(bot, call.name)
        host = self._build_host(bot, bundle, call, get_webhook_seconds(time_left()))
        outcome = _run_script(bundle, script, host, call)
        return WebhookResult(_build_response(bundle.program, script, outcome), host.changed_memories)

    def _find_script(self, bot: Bot, name: str) -> tuple[Bundle, str]:
        bundle = None if bot.engine != ENGINE else self.services.programs.get(parse_program_reference(bot.program).key)
        script = None if bundle is None else bundle.program.find_webhook(name)
        if bundle is None or script is None:
            raise NotFoundError("The bot has no such webhook.")
        return bundle, script

    def _build_host(self, bot: Bot, bundle: Bundle, call: WebhookRequest, seconds: float) -> TurnHost:
        return TurnHost(
            bot_id=bot.id,
            owner=None,
            # A caller with the secret has the permissions of the bot's author.
            groups=None,
            bundle=bundle,
            services=self.services,
            journal=ReplayJournal(self.journal(call) if call.repeatable else None),
            seconds_allowed=seconds,
        )


def _run_script(bundle: Bundle, script: str, host: TurnHost, call: WebhookRequest) -> Outcome:
    """Run the script.

    Raises
    ------
    InvalidRequestError
        If the body contains values that a script cannot hold.
    UnavailableError
        If the script times out.
    """
    # A retry of the delivery is the same turn, with the same time.
    received_at = str(host.journal.run_read("now", lambda: timestamps.format_timestamp(call.now)))
    turn = host.turn(call.turn_id, timestamps.parse_timestamp(received_at))
    variables = config.get_variables(bundle.config) | _build_variables(call)
    outcome = Machine(bundle.program).start(script, turn, values=variables)
    if outcome.fault is not None and host.is_over:
        logger.error("webhook timed out: %s", outcome.fault, extra={"bot": host.bot_id})
        raise UnavailableError("The webhook timed out. Try again.")
    return outcome


def _build_variables(call: WebhookRequest) -> dict[str, Value]:
    """Return the variables of a webhook's script.

    Raises
    ------
    InvalidRequestError
        If the body contains values that a script cannot hold.
    """
    try:
        measure_size(call.body)
        body = from_json(call.body)
    except (BudgetError, ScriptError):
        raise InvalidRequestError(
            "body: the JSON is nested too deeply, or a number is too large.", field="body"
        ) from None
    return {"params": {**call.params}, "headers": {**call.headers}, "method": call.method, "body": body}


def _build_response(program: Program, script: str, outcome: Outcome) -> WebhookResponse:
    """Build the response.

    Raises
    ------
    ScriptFailedError
        If the script failed, waits in a HEAR, or has an invalid result.
    """
    if outcome.status is Status.WAITING:
        raise ScriptFailedError(
            f"{_format_position(program, outcome)}: HEAR is not allowed in a webhook, it has no user"
        )
    if outcome.fault is not None:
        raise ScriptFailedError(str(outcome.fault))
    variables = outcome.state["variables"]
    try:
        return build_response(get_entry(variables, "result") if isinstance(variables, dict) else None)
    except ScriptError as error:
        raise ScriptFailedError(f"{program.scripts[script].file}: {error}") from None


def _format_position(program: Program, outcome: Outcome) -> str:
    """Return the file, line and column of the HEAR in which the script waits."""
    frame = load_state(outcome.state).frames[-1]
    code = program.scripts[frame.script]
    position = code.get_position(frame.counter - 1)
    return f"{code.file}:{position.line}:{position.column}"
