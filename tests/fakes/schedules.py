"""Schedules of scripts in memory."""

from dataclasses import dataclass, field

from conversations.domain.schedules import MAX_SCHEDULES, ScheduleRefusedError, ScriptSchedule
from conversations.ports.schedules import ScheduleStore


@dataclass(slots=True)
class InMemoryScheduleStore(ScheduleStore):
    """``ScheduleStore``.

    Attributes
    ----------
    schedules
        The schedules by their bot and id.
    """

    schedules: dict[tuple[str, str], ScriptSchedule] = field(default_factory=dict)

    def add(self, schedule: ScriptSchedule) -> None:
        key = (schedule.bot_id, schedule.id)
        if key not in self.schedules and len(self.list_all(schedule.bot_id)) >= MAX_SCHEDULES:
            raise ScheduleRefusedError(f"the scripts of the bot have set {MAX_SCHEDULES:,} schedules that are not over")
        self.schedules.setdefault(key, schedule)

    def read(self, bot_id: str, schedule_id: str) -> ScriptSchedule | None:
        return self.schedules.get((bot_id, schedule_id))

    def remove(self, bot_id: str, schedule_id: str) -> None:
        self.schedules.pop((bot_id, schedule_id), None)

    def list_all(self, bot_id: str) -> list[ScriptSchedule]:
        found = (each for each in self.schedules.values() if each.bot_id == bot_id)
        return sorted(found, key=lambda each: (each.schedule, each.script))
