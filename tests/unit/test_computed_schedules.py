"""Schedules that scripts set while they run: stored once, bounded, in the time zone of the bot, also after a crash."""

from datetime import UTC, datetime

import pytest

from conversations.domain.schedules import MAX_SCHEDULES, MAX_SCHEDULES_PER_TURN, ScriptSchedule
from conversations.services.schedules import ScheduleRelay
from tests.fakes.crashing_scripts import CrashingScriptWorld
from tests.fakes.schedules import InMemoryScheduleStore
from tests.fakes.scripts import ScriptWorld
from tests.fakes.world import DEFAULT_BOT

APOLOGY = "Sorry, something went wrong on my side."
PLAN = 'HEAR days\nSET SCHEDULE DATEADD(NOW(), days, "day"), "mail.bas"\nTALK "Planned."'
OTHERS = {"mail": 'TALK "mail"'}


def list_times(world: ScriptWorld) -> list[str]:
    return [each.schedule for each in world.schedules.list_all(DEFAULT_BOT)]


def test_time_is_stored_once_in_utc() -> None:
    world = ScriptWorld(PLAN, OTHERS, timezone="America/Sao_Paulo")
    # At the same minute.
    assert world.chat("3") == ["Planned."]
    assert world.chat("3") == ["Planned."]

    (schedule,) = world.schedules.list_all(DEFAULT_BOT)
    assert (schedule.script, schedule.time_zone) == ("mail", "UTC")
    assert schedule.due is not None
    assert 0 <= (schedule.due - world.clock()).total_seconds() - 3 * 86_400 <= 60


def test_repeated_schedule_is_in_the_time_zone_of_the_bot() -> None:
    world = ScriptWorld('HEAR when\nSET SCHEDULE when, "mail.bas"', OTHERS, timezone="America/Sao_Paulo")
    world.chat("weekdays at 8am")

    assert world.schedules.list_all(DEFAULT_BOT) == [
        ScriptSchedule(DEFAULT_BOT, "mail", "0 8 * * 1-5", "America/Sao_Paulo")
    ]


def test_error_of_the_statement_is_one_of_the_script() -> None:
    world = ScriptWorld(PLAN, OTHERS)

    assert world.chat("-1") == [APOLOGY]
    assert world.schedules.schedules == {}


def test_bot_has_a_bounded_number_of_schedules() -> None:
    world = ScriptWorld(PLAN, OTHERS)
    world.chat("3")
    for minute in range(MAX_SCHEDULES - 1):
        world.schedules.add(ScriptSchedule(DEFAULT_BOT, "mail", f"{minute} 9 * * *", "UTC"))

    assert world.chat("3") == ["Planned."], "it is stored already"
    assert world.chat("4") == [APOLOGY]
    assert len(list_times(world)) == MAX_SCHEDULES


def test_turn_sets_a_bounded_number_of_schedules() -> None:
    loop = 'HEAR n\nFOR i = 1 TO n\nSET SCHEDULE DATEADD(NOW(), i, "day"), "mail.bas"\nNEXT\nTALK "Planned."'
    world = ScriptWorld(loop, OTHERS)

    assert world.chat(str(MAX_SCHEDULES_PER_TURN)) == ["Planned."]
    assert world.chat(str(MAX_SCHEDULES_PER_TURN + 1)) == [APOLOGY]
    assert len(list_times(world)) == MAX_SCHEDULES_PER_TURN


class Planner(CrashingScriptWorld):
    """A turn that schedules a script at a time that it reads from the web, and answers."""

    def __init__(self) -> None:
        script = (
            'HEAR x\nplan = GET "https://shop.example/plan"\n'
            'SET SCHEDULE DATEADD(NOW(), plan.id, "day"), "mail.bas"\n'
            'POST "https://shop.example/done", plan\nTALK "In " + plan.id'
        )
        super().__init__(script, OTHERS)
        self.send_message("go")
        self.memory.jobs.clear()


STEPS = Planner().run_until(0, after=False).steps


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_leaves_one_schedule(step: int, *, after: bool) -> None:
    planner = Planner()
    planner.run_until(step, after=after)

    planner.clock.forward(seconds=120)
    planner.run_until(0, after=False)
    planner.run_bots()

    (text,) = list_times(planner)
    (answer,) = planner.get_bot_messages(planner.conversation)
    if answer != APOLOGY:
        # What was read and not recorded is read again, but the schedule is that of the recorded answer.
        days = int(answer.removeprefix("In "))
        elapsed = datetime.fromisoformat(text).replace(tzinfo=UTC) - planner.message.timestamp
        assert 0 <= elapsed.total_seconds() - days * 86_400 <= 60


class RecordingScheduler:
    """``Scheduler``."""

    def __init__(self) -> None:
        self.created: list[ScriptSchedule] = []

    def create(self, schedule: ScriptSchedule, now: datetime) -> None:
        del now
        self.created.append(schedule)


def test_schedule_whose_run_is_over_is_not_created_again() -> None:
    store, scheduler = InMemoryScheduleStore(), RecordingScheduler()
    relay = ScheduleRelay(store, scheduler, lambda: datetime(2026, 11, 22, tzinfo=UTC))
    schedule = ScriptSchedule("shop", "mail", "2026-11-25T09:00", "UTC")
    store.add(schedule)

    assert relay.relay([("shop", schedule.id), ("shop", "other")]) == 1
    store.remove("shop", schedule.id)
    assert relay.relay([("shop", schedule.id)]) == 0

    assert scheduler.created == [schedule]
