"""Creates the schedules that scripts have set."""

from collections.abc import Iterable

from conversations.data_classes import dataclass
from conversations.ports.clock import Clock
from conversations.ports.schedules import Scheduler, ScheduleStore


@dataclass(frozen=True, slots=True)
class ScheduleRelay:
    """Creates the schedules that were stored (outbox pattern)."""

    store: ScheduleStore
    scheduler: Scheduler
    now: Clock

    def relay(self, keys: Iterable[tuple[str, str]]) -> int:
        """Create schedules, and return their number.

        Parameters
        ----------
        keys
            The id of the bot and that of the schedule, of each.

        Raises
        ------
        UnavailableError
            If a service does not answer; a retry is safe.
        """
        count = 0
        for bot_id, schedule_id in keys:
            schedule = self.store.read(bot_id, schedule_id)
            # safeguard: computed-schedule-over
            if schedule is not None:
                self.scheduler.create(schedule, self.now())
                count += 1
        return count
