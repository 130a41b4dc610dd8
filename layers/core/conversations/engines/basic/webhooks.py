"""Webhooks of BASIC bots: a delivery is a turn without a conversation and without a user."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from basic import config
from basic.bundle import Bundle
from basic.data.store import TableStore
from basic.errors import BudgetError, ScriptError
from basic.http.client import HttpClient
from basic.machine.execution_state import load_state
from basic.machine.machine import Machine
from basic.machine.outcome import Outcome, Status, TalkEvent
from basic.program import Program
from basic.sizes import measure_size
from basic.values import Value, from_json, get_entry
from conversations.domain import timestamps
from conversations.domain.bot import Bot
from conversations.domain.errors import InvalidRequestError, NotFoundError, UnavailableError
from conversations.domain.turn_time import get_webhook_seconds
from conversations.domain.webhooks import ScriptFailedError, WebhookRequest, WebhookResponse, WebhookResult
from conversations.engines.basic import ENGINE
from conversations.engines.basic.drive import FileLinks
from conversations.engines.basic.host import MemoryReader, TurnHost
from conversations.engines.basic.mailing import Mailer
from conversations.engines.basic.programs import Programs, parse_program_reference
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.basic.webhook_responses import build_response
from conversations.engines.knowledge.knowledge import KnowledgeSearch
from conversations.ports.bots import JournalStorage
from conversations.ports.drive import DriveStore
from conversations.ports.owned_rows import OwnedRowStore
from conversations.ports.talk import Talker

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BasicWebhookRunner:
    """``WebhookRunner``.

    Attributes
    ----------
    programs
        The published versions of bots.
    tables
        Returns the table store of a bot, by its id.
    memories
        What bots remember.
    journal
        Returns the storage of the replay journal of a delivery.
    drive
        The files of bots.
    links
        How files are sent.
    owned_rows
        The rows that belong to users.
    talker
        Sends messages to other users.
    client
        The HTTP client of scripts.
    knowledge
        Searches knowledge bases.
    mailer
        Sends mails; None if the deployment has no sender.
    """

    programs: Programs
    tables: Callable[[str], TableStore]
    memories: MemoryReader
    journal: Callable[[WebhookRequest], JournalStorage]
    drive: DriveStore
    links: FileLinks
    owned_rows: OwnedRowStore
    talker: Talker
    client: HttpClient
    knowledge: KnowledgeSearch
    mailer: Mailer | None = None

    def run(self, bot: Bot, call: WebhookRequest, time_left: Callable[[], float]) -> WebhookResult:
        """Run the script of a webhook; see ``WebhookRunner.run``."""
        bundle, script = self._find_script(bot, call.name)
        host = self._build_host(bot, bundle, call, get_webhook_seconds(time_left()))
        outcome = _run_script(bundle, script, host, call)
        return WebhookResult(_build_response(bundle.program, script, outcome), host.changed_memories)

    def _find_script(self, bot: Bot, name: str) -> tuple[Bundle, str]:
        bundle = None if bot.engine != ENGINE else self.programs.get(parse_program_reference(bot.program).key)
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
            store=self.tables(bot.id),
            memories=self.memories,
            client=self.client,
            journal=ReplayJournal(self.journal(call) if call.repeatable else None),
            drive=self.drive,
            links=self.links,
            owned_rows=self.owned_rows,
            talker=self.talker,
            seconds_allowed=seconds,
            mailer=self.mailer,
            knowledge=self.knowledge,
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
    _log_messages(outcome)
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


def _log_messages(outcome: Outcome) -> None:
    """Log what the script sent, which no user receives; at debug level only, because it may contain user data."""
    for event in outcome.events:
        if isinstance(event, TalkEvent):
            logger.debug("TALK %s", event.text)


def _format_position(program: Program, outcome: Outcome) -> str:
    """Return the file, line and column of the HEAR in which the script waits."""
    frame = load_state(outcome.state).frames[-1]
    code = program.scripts[frame.script]
    position = code.get_position(frame.counter - 1)
    return f"{code.file}:{position.line}:{position.column}"
