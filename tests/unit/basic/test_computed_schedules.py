"""SET SCHEDULE with a computed time: the schedules that a host is asked to store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import ScriptError
from basic.host import EffectKey
from basic.schedules.computed import compute_schedule
from basic.schedules.cron import load_schedule
from basic.turn import TurnFacts
from tests.unit.basic.fake_host import NOW, Dialog, diagnose

MAIL = 'TALK "mail"'


def schedule(statement: str) -> tuple[str, str]:
    """Return the script and the schedule that a statement asks for on 22 November 2026, 12:00."""
    dialog = Dialog(f'later = "every monday at 17:30"\nfile = "Second.bas"\n{statement}', MAIL)
    assert dialog.outcome.fault is None, dialog.fault
    ((key, script, text),) = dialog.host.schedules
    assert key == EffectKey("turn-1", 1)
    return script, text


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ('SET SCHEDULE DATEADD(NOW(), 3, "day"), "second.bas"', "2026-11-25T12:00"),
        ('SET SCHEDULE DATEADD(TODAY(), 3, "day"), "Second.bas"', "2026-11-25T00:00"),
        ('SET SCHEDULE DATEADD(NOW(), 1, "minute"), "second"', "2026-11-22T12:01"),
        ('SET_SCHEDULE DATEADD(NOW(), 61, "second"), "second.bas"', "2026-11-22T12:02"),
        ('SET SCHEDULE "second.bas", DATEADD(NOW(), 1, "hour")', "2026-11-22T13:00"),
        ('SET SCHEDULE "2026-12-01T10:00:00" + "+02:00", "second.bas"', "2026-12-01T08:00"),
        ('SET SCHEDULE later, "second.bas"', "30 17 * * 1"),
        ("SET SCHEDULE later, file", "30 17 * * 1"),
        ('SET SCHEDULE "0 9 * * *", file', "0 9 * * *"),
        ('SET SCHEDULE "0 " + (4 + 5) + " * * *", "second.bas"', "0 9 * * *"),
        ('SET SCHEDULE "0 9 * * *" DATEADD(TODAY(), 3, "day"), "second.bas"', "2026-11-25T09:00"),
        ('SET SCHEDULE "at 11:30" TODAY(), "second.bas"', "2026-11-23T11:30"),
        ('day = DATEADD(NOW(), 1, "day")\nSET SCHEDULE "at 12:00" day, "second.bas"', "2026-11-23T12:00"),
        ('SUB plan\nSET SCHEDULE DATEADD(NOW(), 1, "day"), "second.bas"\nEND SUB\nplan()', "2026-11-23T12:00"),
    ],
)
def test_statement_asks_for_one_schedule(statement: str, text: str) -> None:
    assert schedule(statement) == ("second", text)


def test_script_without_a_name_is_the_own_one() -> None:
    assert schedule('SET SCHEDULE DATEADD(NOW(), 3, "day")') == ("start", "2026-11-25T12:00")
    assert schedule("SET SCHEDULE later") == ("start", "30 17 * * 1")


def test_statement_in_a_branch_that_is_not_taken_asks_for_nothing() -> None:
    dialog = Dialog('IF FALSE THEN\nSET SCHEDULE DATEADD(NOW(), 3, "day"), "second.bas"\nEND IF', MAIL)

    assert dialog.host.schedules == []
    assert dialog.machine.program.list_schedules() == []


def test_written_time_counts_when_the_bot_is_published() -> None:
    dialog = Dialog('SUB plan\nSET SCHEDULE "0 9 * * *", "second.bas"\nEND SUB\nSET SCHEDULE daily, "second.bas"', MAIL)

    assert dialog.host.schedules == []
    assert dialog.machine.program.list_schedules() == [("0 0 * * *", "second"), ("0 9 * * *", "second")]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ('SET SCHEDULE NOW() + "", "second.bas"', "for 2026-11-22 12:00:00 UTC, which is over"),
        ('SET SCHEDULE DATEADD(NOW(), 59, "second"), "second.bas"', "12:00:59 UTC: it must be a minute ahead"),
        ('SET SCHEDULE DATEADD(NOW(), 6, "year"), "second.bas"', "it is more than 5 years ahead"),
        (
            'SET SCHEDULE "some" + "time", "second.bas"',
            "invalid schedule: `sometime` is not understood; use cron as in",
        ),
        ('SET SCHEDULE "every 10" + " seconds", "second.bas"', "invalid schedule: a script runs at most once a minute"),
        ('when = [1]\nSET SCHEDULE when, "second.bas"', "a schedule is a date, cron or words, not"),
        ('when = "daily"\nSET SCHEDULE "0 9 * * *" when, "second.bas"', "needs cron or words for the time, and then a"),
        (
            'SET SCHEDULE "0 0 29 2 *" "9999-03-" + "01", "second.bas"',
            "for 9999-03-01: it is more than 5 years ahead",
        ),
        ('SET SCHEDULE NOW(), "third.bas"', "the bot has no script `third.bas`, so it cannot be scheduled"),
        ('SET SCHEDULE NOW(), ""', "the script is empty"),
    ],
)
def test_what_cannot_be_scheduled_is_an_error_of_the_statement(statement: str, message: str) -> None:
    dialog = Dialog(statement, MAIL)

    assert message in dialog.fault
    assert dialog.host.schedules == []


def test_error_of_the_statement_can_be_skipped() -> None:
    dialog = Dialog('ON ERROR RESUME NEXT\nSET SCHEDULE NOW(), "second.bas"\nTALK "on"', MAIL)

    assert dialog.messages == ["on"]


@pytest.mark.parametrize(
    ("statement", "diagnostic"),
    [
        ('SET SCHEDULE DATEADD(NOW(), 3, "day"), "start.bas"', ""),
        (
            'SET SCHEDULE NOW(), "other.bas"',
            "1:21 warning: there is no script `other.bas`, so this fails",
        ),
        (
            'SET SCHEDULE "2030-01-01" TODAY(), "start.bas"',
            "1:14 error: invalid schedule: `2030-01-01` is a date before another one",
        ),
        ('SET SCHEDULE "soon" TODAY(), "start.bas"', "1:14 error: invalid schedule: `soon` is not understood"),
        ("SET SCHEDULE sooner", "1:14 warning: `sooner` is never assigned"),
        ('SET SCHEDULE NOW(), "start.bas", 3 + 4', "1:21 error: SET SCHEDULE expects one schedule and at most one"),
        ("SET SCHEDULE (", "1:14 error: `(` is not closed"),
    ],
)
def test_what_is_written_out_is_checked(statement: str, diagnostic: str) -> None:
    found = diagnose(statement)

    assert len(found) == bool(diagnostic), found
    assert "".join(found).startswith(diagnostic)


def test_time_of_the_day_is_that_of_the_time_zone_and_a_date_in_utc() -> None:
    facts = TurnFacts(NOW, None, "en", time_zone="America/Sao_Paulo")  # type: ignore[arg-type]  # nothing is drawn here

    assert compute_schedule("2026-11-25", "0 9 * * *", facts) == load_schedule("2026-11-25T12:00")
    assert compute_schedule("2026-11-25 09:00", "", facts) == load_schedule("2026-11-25T09:00")


@given(
    st.text(alphabet="*/,-0123456789 everydayminutshorfmkwpMONFRI:TZ+", max_size=30), st.sampled_from(["", "0 9 * * *"])
)
def test_any_text_is_a_schedule_or_an_error(text: str, pattern: str) -> None:
    facts = TurnFacts(NOW, None, "en")  # type: ignore[arg-type]  # as above
    try:
        compute_schedule(text, pattern, facts)
    except ScriptError:
        return
