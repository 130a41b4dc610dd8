"""Schedules that scripts set while they run."""

import hashlib
from datetime import UTC, datetime

from conversations.data_classes import dataclass
from conversations.domain.errors import ConversationsError

MAX_SCHEDULES = 1_000
"""Schedules that the scripts of one bot have set and whose runs are not over. The scripts of a package have up to 100
more. A follow-up for each of 50 customers a day, three weeks ahead, is possible; a loop without an end is not."""

MAX_SCHEDULES_PER_TURN = 10
"""Schedules that one turn sets."""


class ScheduleRefusedError(ConversationsError):
    """The schedule is not stored; its text is a sentence for the author of the script."""


@dataclass(frozen=True, slots=True)
class ScriptSchedule:
    """When a script is run without a user.

    Attributes
    ----------
    bot_id, script
        The script.
    schedule
        Cron, or one date and time: a text of ``basic.schedules.cron.format_schedule``.
    time_zone
        The time zone of both, such as ``America/Sao_Paulo``.
    """

    bot_id: str
    script: str
    schedule: str
    time_zone: str

    @property
    def id(self) -> str:
        """What identifies it among the schedules of its bot."""
        return hash_schedule(self.script, self.schedule)

    @property
    def due(self) -> datetime | None:
        """The only due time of a schedule in UTC; None if it repeats."""
        return None if is_repeated(self.schedule) else datetime.fromisoformat(self.schedule).replace(tzinfo=UTC)


def hash_schedule(script: str, schedule: str) -> str:
    """Return what identifies a script with a schedule among those of its bot."""
    return hashlib.sha256(f"{script}\n{schedule}".encode()).hexdigest()[:16]


def is_repeated(schedule: str) -> bool:
    """Return whether a schedule is cron, whose fields are divided by blanks; a date and time has none."""
    return " " in schedule
