"""Schedules that scripts set while they run."""

from datetime import datetime
from typing import Protocol

from conversations.domain.schedules import ScriptSchedule


class ScheduleStore(Protocol):
    """The schedules that scripts have set and whose runs are not over."""

    def add(self, schedule: ScriptSchedule) -> None:
        """Store a schedule; do nothing if it is stored.

        Raises
        ------
        ScheduleRefusedError
            If the bot has ``MAX_SCHEDULES``. Turns at the same time may store a few more.
        UnavailableError
            If the store does not answer; a retry is safe.
        """
        ...

    def read(self, bot_id: str, schedule_id: str) -> ScriptSchedule | None:
        """Return a schedule; None if it was removed.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def remove(self, bot_id: str, schedule_id: str) -> None:
        """Remove a schedule, if it is stored.

        Raises
        ------
        UnavailableError
            If the store does not answer; a retry is safe.
        """
        ...

    def list_all(self, bot_id: str) -> list[ScriptSchedule]:
        """Return the schedules of a bot, in the order of their texts.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...


class Scheduler(Protocol):
    """Queues the jobs of schedules when they are due."""

    def create(self, schedule: ScriptSchedule, now: datetime) -> None:
        """Create a schedule; do nothing if it exists. One that is due already is due in the next minutes.

        Raises
        ------
        UnavailableError
            If the scheduler does not accept it; a retry is safe.
        """
        ...
