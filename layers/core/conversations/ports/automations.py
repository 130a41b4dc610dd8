"""Runs of scripts without a conversation."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from conversations.domain.automations import (
    ChangeJob,
    MailJob,
    RowChange,
    RunResult,
    RunStatus,
    ScheduledRun,
    ScriptRun,
)
from conversations.domain.bot import Bot
from conversations.domain.received_mail import ReceivedMail


class AutomationRunner(Protocol):
    """Runs the scripts of bots without a conversation."""

    def has_schedule(self, bot: Bot, script: str, schedule: str) -> bool:
        """Return whether the bot's version schedules a script so."""
        ...

    def has_script(self, bot: Bot, script: str) -> bool:
        """Return whether the bot's version has a script."""
        ...

    def find_trigger(self, bot: Bot, kind: str, table: str) -> str | None:
        """Return the script that the bot's version runs for a kind of change of a table's rows, or None."""
        ...

    def find_mail_script(self, bot: Bot, address_hash: str) -> tuple[str, str] | None:
        """Return the script that the bot's version runs for mails to an address, and the address; None without one."""
        ...

    def parse_mail(self, content: bytes) -> ReceivedMail:
        """Return what a mail contains.

        Raises
        ------
        MailUnreadableError
            If it cannot be parsed.
        """
        ...

    def accepts_mail(self, bot: Bot, address: str, mail: ReceivedMail) -> bool:
        """Return whether the script for an address runs for a mail with this sender and subject."""
        ...

    def run(self, bot: Bot, run: ScriptRun, time_left: Callable[[], float]) -> RunResult:
        """Run a script, as long as ``time_left`` allows. Its memories are returned, not stored.

        Raises
        ------
        UnavailableError
            If a service does not answer, or if another worker runs the same; a retry is safe.
        """
        ...


class AutomationStore(Protocol):
    """Scheduled runs and runs for mails, and the changes of rows that scripts run for."""

    def find_status(self, run: ScheduledRun) -> RunStatus | None:
        """Return the stored status of a run, None if it has not begun.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def begin(self, run: ScheduledRun, now: datetime) -> ScheduledRun | None:
        """Store that a run begins, and return it as it began first; None if it has ended already.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def end(self, run: ScheduledRun, result: RunResult) -> None:
        """Store how a run went, with its memories, atomically; do nothing if it has ended already.

        Raises
        ------
        UnavailableError
            If the store does not answer; a retry is safe.
        """
        ...

    def list_runs(self, bot_id: str, limit: int) -> list[ScheduledRun]:
        """Return the last scheduled runs of a bot, the latest due time first.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def read_change(self, bot_id: str, change_id: str) -> RowChange | None:
        """Return a change of a row; None if its script has run already.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def end_change(self, change: RowChange, result: RunResult, now: datetime) -> None:
        """Store that the script has run, with its memories, atomically, and forget the row.

        Raises
        ------
        UnavailableError
            If the store does not answer; a retry is safe.
        """
        ...


class MailAddresses(Protocol):
    """The addresses that bots receive mail at."""

    def list_addresses(self, bot: Bot) -> Collection[str]:
        """Return the addresses of a bot's version, in lower case."""
        ...


class MailStore(Protocol):
    """The mails that were received, as they were sent."""

    def read(self, mail_id: str) -> bytes | None:
        """Return a mail; None if it is not stored any more.

        Raises
        ------
        MailUnreadableError
            If it is larger than ``MAX_MAIL_BYTES``.
        UnavailableError
            If the store does not answer.
        """
        ...


class MailJobQueue(Protocol):
    """Mails whose scripts have to run."""

    def put(self, job: MailJob) -> None:
        """Queue a mail. A duplicate of the last minutes may be dropped.

        Raises
        ------
        UnavailableError
            If the queue does not accept it; a retry is safe.
        """
        ...


class ChangeQueue(Protocol):
    """Changes of rows whose scripts have to run: in order for each row."""

    def put(self, job: ChangeJob) -> None:
        """Queue a change. A duplicate of the last minutes may be dropped.

        Raises
        ------
        UnavailableError
            If the queue does not accept it; a retry is safe.
        """
        ...
