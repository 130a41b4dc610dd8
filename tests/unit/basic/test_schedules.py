"""SET SCHEDULE: which schedules scripts may have, and when they are due."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.package import build
from basic.program import dump_program, load_program
from basic.schedules.cron import Cron, ScheduleError, format_schedule, load_schedule, parse_cron
from basic.schedules.due_times import get_shortest_interval, list_due_times
from basic.schedules.phrases import parse_schedule
from tests.unit.basic.fake_host import diagnose

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
LISBON, NEW_YORK = ZoneInfo("Europe/Lisbon"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("0 9 * * 1-5", "0 9 * * 1-5"),
        ("0 30 22 * * *", "30 22 * * *"),
        ("1 * * * * *", "* * * * *"),
        ("*/20 9-17/4 * jan,JUL MON-FRI", "0,20,40 9,13,17 * 1,7 1-5"),
        ("0 0 ? * 7", "0 0 * * 0"),
        ("5/20 * * * *", "5,25,45 * * * *"),
        ("every minute", "* * * * *"),
        ("Every 15 minutes", "0,15,30,45 * * * *"),
        ("every 120 minutes", "0 0,2,4,6,8,10,12,14,16,18,20,22 * * *"),
        ("every hour", "0 * * * *"),
        ("every 6 hours", "0 0,6,12,18 * * *"),
        ("hourly", "0 * * * *"),
        ("daily", "0 0 * * *"),
        ("weekly", "0 0 * * 0"),
        ("monthly", "0 0 1 * *"),
        ("yearly", "0 0 1 1 *"),
        ("at 9:30am", "30 9 * * *"),
        ("at midnight", "0 0 * * *"),
        ("at 12am", "0 0 * * *"),
        ("at 12pm", "0 12 * * *"),
        ("every day at 9 : 00", "0 9 * * *"),
        ("every monday", "0 0 * * 1"),
        ("every tue, thursday and sat at 17:30", "30 17 * * 2,4,6"),
        ("weekdays at 8am", "0 8 * * 1-5"),
        ("weekends at 10am", "0 10 * * 0,6"),
        ("every hour from 9 to 17", "0 9-17 * * *"),
        ("business hours", "0 9-17 * * 1-5"),
        ("every 30 minutes during business hours", "0,30 9-17 * * 1-5"),
        ("2030-02-15 10:00", "2030-02-15T10:00"),
    ],
)
def test_schedule_is_read(text: str, stored: str) -> None:
    schedule = parse_schedule(text)

    assert format_schedule(schedule) == stored
    assert load_schedule(stored) == schedule


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("*/30 * * * * *", "at most once a minute"),
        ("every 10 seconds", "at most once a minute"),
        ("every 90 minutes", "every 90 minutes is not possible"),
        ("every 0 minutes", "every 0 minutes is not possible"),
        ("0 9 1 * 1", "days of the month and days of the week"),
        ("0 0 31 2 *", "never run"),
        ("0 25 * * *", "the hour is `25`"),
        ("0 9 * * 8", "the day of the week is `8`"),
        ("0 9 L * *", "the day of the month is `L`"),
        ("0 9 * * 1#2", "is not understood"),
        ("30-10 * * * *", "is empty"),
        ("*/0 * * * *", "is empty"),
        ("0 ٩ * * *", "the hour is `٩`"),
        ("every day at 25:00", "is no time of the day"),
        ("every someday", "is no day of the week"),
        ("every hour in spring", "is not understood"),
        ("always", "is not understood"),
        ("2030-02-15T10:00+01:00", "without an offset"),
    ],
)
def test_schedule_that_cannot_be_used_is_explained(text: str, reason: str) -> None:
    with pytest.raises(ScheduleError, match=reason.replace("(", r"\(")):
        parse_schedule(text)


@given(st.text(alphabet="*/,-0123456789 everydayminutshorfmkwpMONFRI:#", max_size=30))
def test_any_text_is_a_schedule_or_an_error(text: str) -> None:
    try:
        schedule = parse_schedule(text)
    except ScheduleError:
        return
    assert load_schedule(format_schedule(schedule)) == schedule


def list_times(text: str, zone: ZoneInfo, after: datetime, count: int) -> list[str]:
    due = islice(list_due_times(parse_schedule(text), zone, after), count)
    return [f"{each:%m-%d %H:%M}" for each in due]


def test_due_times_are_those_of_the_time_zone() -> None:
    assert list_times("0 9 * * 1-5", NEW_YORK, NOON, 2) == ["11-30 14:00", "12-01 14:00"]
    assert list_times("2026-11-30 10:00", NEW_YORK, NOON, 2) == ["11-30 15:00"]
    assert list_times("2026-11-28 10:00", NEW_YORK, NOON, 2) == []
    assert list_times("0 0 29 2 *", NEW_YORK, NOON, 1) == ["02-29 05:00"]


def test_time_that_is_skipped_in_spring_is_not_due() -> None:
    before = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)

    assert list_times("30 1 * * *", LISBON, before, 2) == ["03-30 00:30", "03-31 00:30"]


def test_time_that_exists_twice_in_autumn_is_due_once() -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)

    assert list_times("30 1 * * *", LISBON, before, 2) == ["10-25 00:30", "10-26 01:30"]


def test_interval_without_an_hour_is_kept_when_the_clock_changes() -> None:
    before = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    every_half_hour = parse_schedule("every 30 minutes")

    assert isinstance(every_half_hour, Cron)
    assert not every_half_hour.names_hours
    assert get_shortest_interval(every_half_hour, LISBON, before) == timedelta(minutes=30)
    assert list_times("every 30 minutes", LISBON, before, 3) == ["10-25 00:30", "10-25 01:00", "10-25 01:30"]


def test_shortest_interval_is_the_one_between_two_of_several_times() -> None:
    assert get_shortest_interval(parse_cron("0,50 9 * * *"), NEW_YORK, NOON) == timedelta(minutes=50)
    assert get_shortest_interval(parse_schedule("2026-12-01 10:00"), NEW_YORK, NOON) is None


@pytest.mark.parametrize(
    ("line", "schedule"),
    [
        ('SET SCHEDULE "every 5 minutes"', "0,5,10,15,20,25,30,35,40,45,50,55 * * * *"),
        ("SET SCHEDULE every day at 9:00", "0 9 * * *"),
        ("set schedule 0 9,17 * * *", "0 9,17 * * *"),
        ('SET_SCHEDULE "hourly" \' comment', "0 * * * *"),
    ],
)
def test_header_schedules_its_script(line: str, schedule: str) -> None:
    program = build({"report.bas": f'{line}\nTALK "x"'}).program

    assert program is not None
    assert load_program(dump_program(program)).list_schedules() == [(schedule, "report")]


def test_schedule_in_a_block_applies_to_the_script() -> None:
    source = 'IF job = "daily" THEN\n    SET SCHEDULE "daily"\n    TALK "x"\nEND IF'
    built = build({"report.bas": source})

    assert built.program is not None
    assert [schedule for _, schedule in built.program.list_schedules()] == ["report"]
    assert [each for each in diagnose(source) if "never assigned" not in each] == [
        "2:5 warning: SET SCHEDULE inside a block applies to the script, not only if the condition of the block is true"
    ]


def test_header_schedules_another_script() -> None:
    sources = {
        "start.bas": 'SET SCHEDULE "daily", "Report.bas"\nSET SCHEDULE "none.bas", "daily"',
        "report.bas": 'SET SCHEDULE "hourly"\nSET SCHEDULE "0 * * * *"',
    }
    built = build(sources)

    assert built.program is not None
    assert built.program.list_schedules() == [("0 * * * *", "report"), ("0 0 * * *", "report")]
    assert [each.message for each in built.diagnostics] == [
        "there is no script `none.bas`, so this schedule is ignored"
    ]


def test_program_without_schedules_is_stored_as_before() -> None:
    program = build({"start.bas": "TALK 1"}).program

    assert program is not None
    assert "schedules" not in dump_program(program)


@pytest.mark.parametrize(
    ("script", "diagnostic"),
    [
        ("SET schedule = 5\nTALK schedule", ""),
        ('schedule = "a"\nTALK schedule', ""),
        (
            'SET SCHEDULE "daily"\nHEAR x',
            "2:1 warning: HEAR fails in a scheduled run, which has no user to ask",
        ),
        ('ON INSERT OF "a"\nHEAR x', "2:1 warning: HEAR fails in a run for a row, which has no user to ask"),
        ("ON INSERT OF a\nTALK row.name + old.name + operation + table_name\nEND ON", ""),
        ('ON INSERT OF "a#b"', '1:1 error: "a#b" is not a valid table name'),
    ],
)
def test_header_is_checked(script: str, diagnostic: str) -> None:
    assert diagnose(script) == ([diagnostic] if diagnostic else [])


def test_bot_has_a_bounded_number_of_schedules() -> None:
    lines = "\n".join(f'SET SCHEDULE "{minute} {hour} * * *"' for hour in range(2) for minute in range(51))

    assert diagnose(lines) == ["101:1 error: a bot has at most 100 schedules, and this has more"]


def test_one_script_runs_for_a_change() -> None:
    sources = {"a.bas": 'ON INSERT OF "t"\nON UPDATE OF T', "b.bas": 'ON INSERT OF "T.csv"'}
    built = build(sources)

    assert built.program is None
    assert [each.message for each in built.diagnostics] == [
        "ON INSERT OF T.csv is already in a.bas; CALL it from there"
    ]
    only = build({"a.bas": sources["a.bas"]}).program
    assert only is not None
    loaded = load_program(dump_program(only))
    assert loaded.list_triggers() == {("insert", "t"), ("update", "t")}
    assert (loaded.find_trigger("update", "t"), loaded.find_trigger("delete", "t")) == ("a", None)
