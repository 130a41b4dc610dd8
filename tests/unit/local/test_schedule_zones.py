"""The schedules that the emulator runs, in their time zones."""

import time
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from local.emulator.schedule_zones import get_due_time, tick_in_zones

ZONES = {"Asia/Tokyo": 9, "America/Sao_Paulo": -3, "UTC": 0}
"""Zones that never change their clocks, and their hours before UTC."""


def create_scheduler(schedules: dict[str, Any], seen: list[Any]) -> ModuleType:
    """Return a module with the parts of MiniStack's that are replaced; its function notes what it sees, and when."""
    module = ModuleType("scheduler")
    vars(module).update(_schedules=SimpleNamespace(_data=schedules), time=time, seen=seen)
    source = """
def _tick_schedules():
    for key, schedule in list(_schedules._data.items()):
        seen.append((key, schedule, time.time()))
        _schedules._data.pop(key, None)
"""
    # A function with the globals of its module, as MiniStack's.
    exec(source, vars(module))
    return module


def test_schedules_see_the_time_of_their_zone() -> None:
    seen: list[tuple[str, dict[str, Any], float]] = []
    schedules = {zone: {"ScheduleExpressionTimezone": zone} for zone in ZONES}
    scheduler = create_scheduler(schedules, seen)

    tick_in_zones(scheduler)()

    assert {zone for zone, *_ in seen} == set(ZONES)
    for zone, _, seconds in seen:
        assert seconds - time.time() == pytest.approx(ZONES[zone] * 3_600, abs=30)
    assert schedules == {}, "what is removed is removed"
    assert scheduler.time is time


@pytest.mark.parametrize(
    ("zone", "hour"), [("UTC", 9), ("Asia/Tokyo", 0), ("America/Sao_Paulo", 12), ("Europe/Berlin", 8)]
)
def test_due_time_is_in_utc(zone: str, hour: int) -> None:
    local = datetime(2026, 11, 30, 9, 0, 8, tzinfo=UTC).timestamp()

    due = get_due_time(local, {"ScheduleExpressionTimezone": zone})

    assert due == datetime(2026, 11, 30, hour, tzinfo=UTC)
