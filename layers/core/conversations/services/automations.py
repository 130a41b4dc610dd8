"""Runs scripts without a conversation: each due time of a schedule, each change of a row and each mail once."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace

from conversations.data_classes import dataclass
from conversations.domain.automations import (
    MAX_FAULT_LENGTH,
    AutomationJob,
    ChangeJob,
    MailJob,
    RowChange,
    RunResult,
    RunStatus,
    ScheduledJob,
    ScheduledRun,
    ScriptRun,
)
from conversations.domain.bot import Bot
from conversations.domain.errors import NotFoundError
from conversations.domain.schedules import hash_schedule, is_repeated
from conversations.domain.turn_time import unlimited
from conversations.ports.automations import AutomationRunner, AutomationStore, ChangeQueue
from conversations.ports.bots import BotCatalogue
from conversations.ports.clock import Clock
from conversations.ports.schedules import ScheduleStore
from conversations.services.mail_runs import MailRunService

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AutomationService:
    """Runs due scripts, and the scripts of changed rows and of mails."""

    bots: BotCatalogue
    scripts: AutomationRunner
    store: AutomationStore
    schedules: ScheduleStore
    mails: MailRunService
    now: Clock

    def run(self, job: AutomationJob, time_left: Callable[[], float] = unlimited) -> None:
        """Run the script of a job, unless it has run or was removed from its bot.

        A script that fails is not run again: it would fail again. Its fault is stored and logged.

        Raises
        ------
        UnavailableError
            If a service does not respond; the queue will deliver the job again.
        """
        if isinstance(job, ScheduledJob):
            self._run_scheduled(job, time_left)
        elif isinstance(job, MailJob):
            self.mails.run(job, time_left)
        else:
            self._run_change(job, time_left)

    def _run_scheduled(self, job: ScheduledJob, time_left: Callable[[], float]) -> None:
        bot = self._find_bot(job.bot_id)
        if bot is not None and self._is_scheduled(bot, job):
            self._run_due(bot, job, time_left)
        else:
            logger.info("schedule was removed", extra={"bot": job.bot_id, "script": job.script})
        if not is_repeated(job.schedule):
            # safeguard: computed-schedule-removed
            self.schedules.remove(job.bot_id, hash_schedule(job.script, job.schedule))

    def _is_scheduled(self, bot: Bot, job: ScheduledJob) -> bool:
        """Return whether the bot's version schedules the script so, or has the script and one of its runs did."""
        # safeguard: schedule-of-old-version
        if self.scripts.has_schedule(bot, job.script, job.schedule):
            return True
        stored = self.schedules.read(bot.id, hash_schedule(job.script, job.schedule))
        return stored is not None and self.scripts.has_script(bot, job.script)

    def _run_due(self, bot: Bot, job: ScheduledJob, time_left: Callable[[], float]) -> None:
        now = self.now()
        run = self.store.begin(ScheduledRun(job.bot_id, job.script, job.schedule, job.due, started_at=now), now)
        # safeguard: schedule-once
        if run is None:
            return
        # A run that is continued began earlier: it is not late because its worker was interrupted.
        late = ((run.started_at or now) - job.due).total_seconds()
        # safeguard: schedule-late
        if late > job.max_late_seconds:
            fault = f"it could begin only {late / 60:.0f} minutes after it was due"
            self.store.end(replace(run, status=RunStatus.MISSED, ended_at=now, fault=fault), RunResult())
            return
        turn = ScriptRun(f"{job.bot_id}:schedule:{run.id}", job.script, job.due)
        result = self.scripts.run(bot, turn, time_left)
        self._log_fault(bot, turn, result)
        status = RunStatus.FAILED if result.fault else RunStatus.DONE
        fault = result.fault[:MAX_FAULT_LENGTH]
        self.store.end(replace(run, status=status, ended_at=self.now(), fault=fault), result)

    def _run_change(self, job: ChangeJob, time_left: Callable[[], float]) -> None:
        change = self.store.read_change(job.bot_id, job.change_id)
        if change is None:
            return
        bot = self._find_bot(job.bot_id)
        script = None if bot is None else self.scripts.find_trigger(bot, change.kind, change.table)
        result = RunResult()
        if bot is not None and script is not None:
            turn = _build_change_run(change, script)
            result = self.scripts.run(bot, turn, time_left)
            self._log_fault(bot, turn, result)
        # safeguard: change-once
        self.store.end_change(change, result, self.now())

    def _find_bot(self, bot_id: str) -> Bot | None:
        try:
            return self.bots.get(bot_id)
        except NotFoundError:
            return None

    def _log_fault(self, bot: Bot, run: ScriptRun, result: RunResult) -> None:
        if result.fault:
            logger.error("script failed: %s", result.fault, extra={"bot": bot.id, "turn": run.id})


def _build_change_run(change: RowChange, script: str) -> ScriptRun:
    """Build the run for a change: ``row`` is the new row, or the deleted one."""
    variables = {
        "row": {**(change.row or change.old or {})},
        "old": None if change.old is None else {**change.old},
        "operation": change.kind.upper(),
        "table_name": change.table,
    }
    return ScriptRun(f"{change.bot_id}:change:{change.id}", script, change.at, variables, change.depth)


@dataclass(frozen=True, slots=True)
class ChangeRelay:
    """Queues the changes of rows that were stored, in their order (outbox pattern)."""

    queue: ChangeQueue

    def relay(self, changes: Iterable[ChangeJob]) -> int:
        """Queue changes, and return their number.

        Raises
        ------
        UnavailableError
            If the queue does not respond; a retry is safe.
        """
        count = 0
        for change in changes:
            # safeguard: change-queued
            self.queue.put(change)
            count += 1
        return count
