"""Runs of BASIC scripts without a conversation and without a user: on schedules, for changes of rows, and for mails."""

import logging
from collections.abc import Callable

from basic import config
from basic.bundle import Bundle
from basic.documents.mail_message import read_message
from basic.errors import ScriptError
from basic.machine.machine import Machine
from basic.machine.outcome import Status
from conversations.data_classes import dataclass
from conversations.domain.automations import RunResult, ScriptRun, hash_address
from conversations.domain.bot import Bot
from conversations.domain.content_types import detect_content_type
from conversations.domain.errors import MailUnreadableError, UnavailableError
from conversations.domain.mail import MailAttachment
from conversations.domain.received_mail import ReceivedMail
from conversations.domain.turn_time import MIN_SCRIPT_SECONDS, get_webhook_seconds
from conversations.engines.basic import ENGINE
from conversations.engines.basic.host import TurnHost
from conversations.engines.basic.programs import parse_program_reference
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.basic.script_services import ScriptServices
from conversations.ports.automations import AutomationRunner
from conversations.ports.bots import JournalStorage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BasicAutomationRunner(AutomationRunner):
    """``AutomationRunner``.

    Attributes
    ----------
    services
        What scripts use.
    journal
        Returns the storage of the replay journal of a run that takes some seconds at most.
    """

    services: ScriptServices
    journal: Callable[[str, ScriptRun, float], JournalStorage]

    def has_schedule(self, bot: Bot, script: str, schedule: str) -> bool:
        """Return whether a script has a schedule; see ``AutomationRunner.has_schedule``."""
        bundle = self._load(bot)
        return bundle is not None and (schedule, script) in bundle.program.list_schedules()

    def has_script(self, bot: Bot, script: str) -> bool:
        """Return whether the bot has a script; see ``AutomationRunner.has_script``."""
        bundle = self._load(bot)
        return bundle is not None and script in bundle.program.scripts

    def find_trigger(self, bot: Bot, kind: str, table: str) -> str | None:
        """Return the script for a change; see ``AutomationRunner.find_trigger``."""
        bundle = self._load(bot)
        return None if bundle is None else bundle.program.find_trigger(kind, table)

    def find_mail_script(self, bot: Bot, address_hash: str) -> tuple[str, str] | None:
        """Return the script for mails to an address; see ``AutomationRunner.find_mail_script``."""
        bundle = self._load(bot)
        for address in () if bundle is None else bundle.program.list_mail_addresses():
            script = None if bundle is None else bundle.program.find_mail_script(address)
            if script is not None and hash_address(address) == address_hash:
                return script, address
        return None

    def parse_mail(self, content: bytes) -> ReceivedMail:
        """Return what a mail contains; see ``AutomationRunner.parse_mail``."""
        try:
            message = read_message(content)
        except ScriptError as error:
            raise MailUnreadableError(str(error)) from None
        attachments = [
            MailAttachment(each.name, detect_content_type(each.name, each.content), each.content)
            for each in message.attachments
        ]
        return ReceivedMail(
            message.message_id,
            message.sender,
            message.sender_name,
            message.recipients,
            message.subject,
            message.text,
            message.is_automatic,
            attachments,
            message.skipped,
        )

    def accepts_mail(self, bot: Bot, address: str, mail: ReceivedMail) -> bool:
        """Return whether a script runs for a mail; see ``AutomationRunner.accepts_mail``."""
        bundle = self._load(bot)
        scripts = [] if bundle is None else list(bundle.program.scripts.values())
        return any(wanted.matches(address, mail.sender, mail.subject) for script in scripts for wanted in script.mails)

    def run(self, bot: Bot, run: ScriptRun, time_left: Callable[[], float]) -> RunResult:
        """Run a script; see ``AutomationRunner.run``."""
        bundle = self._load(bot)
        if bundle is None or run.script not in bundle.program.scripts:
            return RunResult(fault=f"the bot has no script {run.script}")
        host = self._build_host(bot, bundle, run, get_webhook_seconds(time_left()))
        variables = config.get_variables(bundle.config) | {**run.variables}
        outcome = Machine(bundle.program).start(run.script, host.turn(run.id, run.now), values=variables)
        if host.is_over and host.seconds_allowed < MIN_SCRIPT_SECONDS:
            raise UnavailableError
        if outcome.fault is not None:
            return RunResult(run.id, str(outcome.fault))
        if outcome.status is Status.WAITING:
            return RunResult(run.id, f"{run.script}.bas: HEAR is not possible, because no user is there to answer")
        return RunResult(run.id, memories=host.changed_memories)

    def _load(self, bot: Bot) -> Bundle | None:
        return self.services.programs.get(parse_program_reference(bot.program).key) if bot.engine == ENGINE else None

    def _build_host(self, bot: Bot, bundle: Bundle, run: ScriptRun, seconds: float) -> TurnHost:
        return TurnHost(
            bot_id=bot.id,
            owner=None,
            # The author of the bot has written what is run, and no user has started it.
            groups=None,
            bundle=bundle,
            services=self.services,
            journal=ReplayJournal(self.journal(bot.id, run, seconds), takes_lease=True),
            seconds_allowed=seconds,
            trigger_depth=run.depth,
        )
