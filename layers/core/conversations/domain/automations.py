"""Runs of scripts without a conversation: on a schedule, for the change of a row, or for a mail."""

import hashlib
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter

from conversations.data_classes import dataclass
from conversations.domain.entity import Entity
from conversations.domain.memory import MemoryKey
from conversations.domain.schedules import hash_schedule
from conversations.domain.timestamps import format_timestamp

RUN_SECONDS = 30 * 24 * 60 * 60
"""How long a run is listed, and known if its job is delivered again: longer than a job can wait in its queue and
then in the dead-letter queue (14 days each, SQS's maximum retention)."""

MAX_TRIGGER_DEPTH = 5
"""How many runs for changes of rows may follow from each other: what the last one changes starts no other."""

MAIL_ID_PATTERN = r"[A-Za-z0-9._-]{1,200}"
"""An id of a mail, which is a part of the key of an object."""

MAX_FAULT_LENGTH = 500
"""Characters of the sentence that is listed for a failed run."""


class ScheduledJob(Entity):
    """Run a script that is due."""

    kind: Literal["schedule"] = "schedule"
    bot_id: str
    script: str
    schedule: str = Field(description="as the program has it, so that one which was replaced is not run")
    due: datetime = Field(description="when the schedule was due, the same in each delivery")
    max_late_seconds: int = Field(ge=60, description="a run that would begin later is missed")


class ChangeJob(Entity):
    """Run the script for the change of a row. The row is not in the job, so that it is stored in one place."""

    kind: Literal["change"] = "change"
    bot_id: str
    change_id: str


class MailJob(Entity):
    """Run the script for a mail. The job has neither an address nor a text, so it may be shown and logged."""

    kind: Literal["mail"] = "mail"
    bot_id: str
    mail_id: str = Field(
        pattern=f"^{MAIL_ID_PATTERN}$", description="Amazon SES's id of the mail, the same in each delivery"
    )
    address_hash: str = Field(description="``hash_address`` of the recipient, which may be in no header of the mail")
    received_at: datetime = Field(description="the same in each delivery")
    spf: str = Field(default="", description="the verdict of SES in lower case; so are the next ones")
    dkim: str = ""
    dmarc: str = ""


AutomationJob = ScheduledJob | ChangeJob | MailJob

_job: TypeAdapter[AutomationJob] = TypeAdapter(
    Annotated[AutomationJob, Field(discriminator="kind")],
    config=ConfigDict(hide_input_in_errors=True, defer_build=True),
)


def parse_job(text: str) -> AutomationJob:
    """Parse a job from the queue."""
    return _job.validate_json(text)


def hash_address(address: str) -> str:
    """Return what identifies a mail address in a job, so that jobs contain no addresses."""
    return hashlib.sha256(address.lower().encode()).hexdigest()[:32]


class RunStatus(StrEnum):
    """The state of a run."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class ScheduledRun:
    """A run of a script that was due, or for a mail.

    Attributes
    ----------
    bot_id, script, schedule, due
        What was due when; for a mail ``ON EMAIL`` with its id, and when it was received.
    status
        How it went.
    started_at, ended_at
        When; None if it has not.
    fault
        Why it failed, for the author; empty if it did not.
    """

    bot_id: str
    script: str
    schedule: str
    due: datetime
    status: RunStatus = RunStatus.RUNNING
    started_at: datetime | None = None
    ended_at: datetime | None = None
    fault: str = ""

    @property
    def id(self) -> str:
        """What is run once: a script with a schedule at a due time. Ids are sorted by the due time."""
        return f"{format_timestamp(self.due)}#{hash_schedule(self.script, self.schedule)}"


@dataclass(frozen=True, slots=True)
class RowChange:
    """A change of a row that a script runs for.

    Attributes
    ----------
    bot_id, id
        Identify it.
    kind
        ``insert``, ``update`` or ``delete``.
    table
        The table, in lower case.
    row, old
        The row after and before the change; None without one.
    depth
        How many runs for changes led to it; 1 for a change by a conversation.
    at
        When it was made.
    """

    bot_id: str
    id: str
    kind: str
    table: str
    row: Mapping[str, JsonValue] | None
    old: Mapping[str, JsonValue] | None
    depth: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """What the engine runs.

    Attributes
    ----------
    id
        The id of the turn; the same in each delivery.
    script
        The script.
    now
        The time of the turn; the same in each delivery.
    variables
        The variables of the script.
    depth
        How many runs for changes of rows led to it.
    """

    id: str
    script: str
    now: datetime
    variables: Mapping[str, JsonValue] = field(default_factory=dict)
    depth: int = 0


@dataclass(frozen=True, slots=True)
class RunResult:
    """The result of a run.

    Attributes
    ----------
    turn_id
        ``ScriptRun.id``, whose replay journal is not needed any more; empty if no script was started.
    fault
        Why the script failed; empty if it did not.
    memories
        The memories to store.
    """

    turn_id: str = ""
    fault: str = ""
    memories: Mapping[MemoryKey, JsonValue] = field(default_factory=dict)
