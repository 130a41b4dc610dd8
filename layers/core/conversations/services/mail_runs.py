"""Runs the scripts of bots for the mails that they receive: each mail once."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue

from conversations.data_classes import dataclass
from conversations.domain.automations import (
    MAX_FAULT_LENGTH,
    MailJob,
    RunResult,
    RunStatus,
    ScheduledRun,
    ScriptRun,
    hash_address,
)
from conversations.domain.bot import Bot
from conversations.domain.drive import DriveError, DriveWriter, normalize_path
from conversations.domain.errors import MailUnreadableError, NotFoundError
from conversations.domain.metrics import describe_metrics
from conversations.domain.received_mail import MailNotification, ReceivedMail
from conversations.domain.turn_time import unlimited
from conversations.ports.automations import AutomationRunner, AutomationStore, MailAddresses, MailJobQueue, MailStore
from conversations.ports.bots import BotCatalogue
from conversations.ports.clock import Clock
from conversations.ports.drive import DriveStore

logger = logging.getLogger(__name__)

_FOLDER = "mail"
"""The folder of a bot's drive that attachments are saved in, each mail in a folder of its own."""


@dataclass(frozen=True, slots=True)
class MailRouter:
    """Queues a mail for each bot that receives mail at one of its recipients' addresses."""

    bots: BotCatalogue
    addresses: MailAddresses
    queue: MailJobQueue

    def route(self, notification: MailNotification) -> int:
        """Queue the runs for a mail, and return their number. Spam and viruses are dropped and counted.

        Raises
        ------
        UnavailableError
            If a service does not respond; a retry is safe.
        """
        receipt = notification.receipt
        # safeguard: mail-verdict
        if "FAIL" in (receipt.spam.status, receipt.virus.status):
            reason = "virus" if receipt.virus.status == "FAIL" else "spam"
            logger.warning("mail dropped", extra=describe_metrics({"MailsDropped": 1}, reason=reason))
            return 0
        recipients = {address.lower() for address in receipt.recipients}
        jobs = [
            MailJob(
                bot_id=summary.id,
                mail_id=notification.mail.id,
                address_hash=hash_address(address),
                received_at=notification.mail.received_at,
                spf=receipt.spf.status.lower(),
                dkim=receipt.dkim.status.lower(),
                dmarc=receipt.dmarc.status.lower(),
            )
            for summary in self.bots.list_bots()
            for address in sorted(recipients.intersection(self._list_addresses(summary.id)))
        ]
        if not jobs:
            logger.warning("mail dropped", extra=describe_metrics({"MailsDropped": 1}, reason="no bot"))
        for job in jobs:
            self.queue.put(job)
        return len(jobs)

    def _list_addresses(self, bot_id: str) -> set[str]:
        try:
            return set(self.addresses.list_addresses(self.bots.get(bot_id)))
        except NotFoundError:
            # It was removed after the list was read.
            return set()


@dataclass(frozen=True, slots=True)
class MailRunService:
    """Runs the script for a mail."""

    bots: BotCatalogue
    scripts: AutomationRunner
    store: AutomationStore
    mails: MailStore
    drive: DriveStore
    now: Clock

    def run(self, job: MailJob, time_left: Callable[[], float] = unlimited) -> None:
        """Run the script for a mail, unless it has run, or was removed from its bot.

        Raises
        ------
        UnavailableError
            If a service does not respond; the queue will deliver the job again.
        """
        found = self._find(job)
        if found is None:
            logger.info("address was removed", extra={"bot": job.bot_id})
            return
        bot, script, address = found
        run = ScheduledRun(bot.id, script, f"ON EMAIL {job.mail_id}", job.received_at, started_at=self.now())
        status = self.store.find_status(run)
        try:
            email = self._prepare(bot, job, script, address, is_new=status is None)
        except (DriveError, MailUnreadableError) as error:
            if self.store.begin(run, self.now()) is not None:
                self._end(run, RunResult(fault=str(error)))
            return
        if email is None:
            return
        begun = self.store.begin(run, self.now())
        # safeguard: mail-once
        if begun is None:
            return
        turn = ScriptRun(build_turn_id(job, script), script, job.received_at, {"email": {**email}})
        self._end(run, self.scripts.run(bot, turn, time_left))

    def _find(self, job: MailJob) -> tuple[Bot, str, str] | None:
        """Return the bot, the script and the address of a job; None if the bot has them no more."""
        try:
            bot = self.bots.get(job.bot_id)
        except NotFoundError:
            return None
        found = self.scripts.find_mail_script(bot, job.address_hash)
        return None if found is None else (bot, *found)

    def _prepare(
        self, bot: Bot, job: MailJob, script: str, address: str, *, is_new: bool
    ) -> Mapping[str, JsonValue] | None:
        """Return the variable of the script, and save the attachments; None if no script runs for the mail.

        Raises
        ------
        MailUnreadableError, DriveError
            If the mail cannot be read, or its attachments not saved.
        UnavailableError
            If a service does not respond.
        """
        content = self.mails.read(job.mail_id)
        if content is None:
            raise MailUnreadableError("the mail is not stored any more")
        mail = self.scripts.parse_mail(content)
        # safeguard: mail-loop
        if mail.is_automatic:
            _log_ignored(bot, "automatic")
            return None
        if not self.scripts.accepts_mail(bot, address, mail):
            _log_ignored(bot, "filter")
            return None
        turn_id = build_turn_id(job, script)
        paths = list(_list_paths(turn_id, job.received_at, mail))
        # Only before the script begins: it may move or delete them.
        # safeguard: mail-attachments-once
        if is_new:
            writer = DriveWriter(None, None, anonymous=False, effect=turn_id, now=job.received_at)
            for path, each in zip(paths, mail.attachments, strict=True):
                self.drive.write(bot.id, path, each.content, each.content_type, writer)
        return _describe(job, address, mail, paths)

    def _end(self, run: ScheduledRun, result: RunResult) -> None:
        if result.fault:
            logger.error("script failed: %s", result.fault, extra={"bot": run.bot_id, "script": run.script})
        status = RunStatus.FAILED if result.fault else RunStatus.DONE
        fault = result.fault[:MAX_FAULT_LENGTH]
        self.store.end(replace(run, status=status, ended_at=self.now(), fault=fault), result)


def build_turn_id(job: MailJob, script: str) -> str:
    """Return the id of the turn for a mail, the same in each delivery and for each address of the script."""
    return f"{job.bot_id}:mail:{job.mail_id}:{script}"


def _log_ignored(bot: Bot, reason: str) -> None:
    logger.info("mail ignored", extra={"bot": bot.id, **describe_metrics({"MailsDropped": 1}, reason=reason)})


def _list_paths(turn_id: str, received_at: datetime, mail: ReceivedMail) -> Iterator[str]:
    """Yield the paths of the attachments: one whose name is used already is in a folder with its number."""
    folder = f"{_FOLDER}/{received_at:%Y-%m-%d}-{hashlib.sha256(turn_id.encode()).hexdigest()[:16]}"
    used: set[str] = set()
    for number, attachment in enumerate(mail.attachments, 1):
        try:
            path = normalize_path(f"{folder}/{attachment.name}")
        except DriveError:
            path = f"{folder}/attachment-{number}.bin"
        if path in used:
            # No name has a slash, so no other attachment has this path.
            path = f"{folder}/{number}/{path.rpartition('/')[2]}"
        used.add(path)
        yield path


def _describe(job: MailJob, address: str, mail: ReceivedMail, paths: list[str]) -> Mapping[str, JsonValue]:
    """Return the variable ``email``; its names are those of General Bots, as far as it has them."""
    return {
        "message_id": mail.message_id,
        "address": address,
        "from_address": mail.sender,
        "from_name": mail.sender_name,
        "to_addresses": [*mail.recipients],
        "subject": mail.subject,
        "text": mail.text,
        "received_at": job.received_at.isoformat(),
        "spf": job.spf,
        "dkim": job.dkim,
        "dmarc": job.dmarc,
        "has_attachments": bool(mail.attachments),
        "skipped_attachments": mail.skipped,
        "attachments": [
            {"filename": each.name, "mime_type": each.content_type, "size": len(each.content), "path": path}
            for each, path in zip(mail.attachments, paths, strict=True)
        ],
    }
