"""Functions of dates and times, and all documented formats."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from basic.errors import ScriptError
from basic.functions import FUNCTIONS
from basic.functions.parsed_dates import parse_date, parse_day
from basic.values import Value
from tests.unit.basic.fake_host import Dialog, play_script
from tests.unit.basic.functions.evaluation import NOON, a_turn, call

DATES = st.dates(date(1000, 1, 1), date(9000, 12, 31))
MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9000, 12, 31)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001 - moments are texts in UTC
UNITS = st.sampled_from(["second", "minute", "hour", "day", "week", "month", "quarter", "year"])
COUNTS = st.integers(-500, 500)


def test_now_is_a_text_that_other_functions_read() -> None:
    assert call("NOW") == "2024-03-15 14:30:25"
    assert call("TODAY") == "2024-03-15"
    assert [call(part, call("NOW")) for part in ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "WEEKDAY")] == [
        *(2024, 3, 15),
        *(14, 30, 25),
        6,
    ]


@given(st.datetimes(timezones=st.timezones()))
def test_now_is_in_utc(moment: datetime) -> None:
    utc = moment.astimezone(UTC)

    assert FUNCTIONS["NOW"].call((), a_turn(now=moment)) == utc.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")


@given(DATES)
def test_every_form_of_a_date_is_that_date(day: date) -> None:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"):
        assert parse_day(day.strftime(form)) == day


@given(DATES)
def test_day_comes_first_unless_it_can_only_be_second(day: date) -> None:
    month_first = parse_day(day.strftime("%m/%d/%Y"))

    assert month_first == (day if day.day > 12 else date(day.year, day.day, day.month))


@pytest.mark.parametrize(
    "text",
    ["2024-02-30", "30/02/2024", "13/13/2024", "2024-1/5", "24-01-05", "today", "", "20240315", "2024-03-15 25:00"],
)
def test_text_that_is_not_a_date_is_none(text: str) -> None:
    assert parse_date(text) is None
    assert call("ISDATE", text) is False


@given(MOMENTS)
def test_date_is_formatted_as_it_was_parsed(at: datetime) -> None:
    for gap, zone in ((" ", ""), ("T", ""), ("T", "Z")):
        text = f"{at:%Y-%m-%d}{gap}{at:%H:%M:%S}{zone}"
        read = parse_date(text)

        assert read is not None
        assert (read.at, read.format()) == (at, text)


@pytest.mark.parametrize(
    ("text", "in_utc"),
    [
        ("2024-03-15T14:30:25-03:00", "2024-03-15T17:30:25Z"),
        ("2024-03-15 23:30+0530", "2024-03-15 18:00:00Z"),
        ("2024-03-15T14:30:25.999Z", "2024-03-15T14:30:25Z"),
        ("15/03/2024 14:30", "2024-03-15 14:30:00"),
    ],
)
def test_zone_is_counted_to_utc(text: str, in_utc: str) -> None:
    assert call("DATEADD", text, 0, "second") == in_utc


@given(MOMENTS, COUNTS, UNITS)
def test_datediff_undoes_dateadd(at: datetime, count: int, unit: str) -> None:
    text = f"{at:%Y-%m-%d %H:%M:%S}"
    later = call("DATEADD", text, count, unit)

    assert call("DATEDIFF", text, later, unit) == count
    assert call("DATEDIFF", later, text, unit) == -count


@given(DATES, st.integers(-10_000, 10_000))
def test_days_are_added_on_the_calendar(day: date, count: int) -> None:
    assert call("DATEADD", day.isoformat(), count, "days") == (day + timedelta(days=count)).isoformat()


@given(MOMENTS, COUNTS, st.sampled_from(["month", "quarter", "year"]))
def test_adding_months_keeps_the_day_where_the_month_has_it(at: datetime, count: int, unit: str) -> None:
    assume(at.day <= 28)
    text = f"{at:%Y-%m-%d %H:%M:%S}"

    later = call("DATEADD", text, count, unit)

    assert call("DAY", later) == at.day
    assert call("DATEADD", later, -count, unit) == text


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (("2025-01-15", 5, "day"), "2025-01-20"),
        (("2025-01-15", -10, "day"), "2025-01-05"),
        (("2024-01-31", 1, "month"), "2024-02-29"),
        (("2024-02-29", 1, "year"), "2025-02-28"),
        (("2024-02-29", 12, "Months"), "2025-02-28"),
        (("2024-01-15", 1, "week"), "2024-01-22"),
        (("2024-01-15", 1, "q"), "2024-04-15"),
        (("2024-01-15", 36, "hours"), "2024-01-16 12:00:00"),
        (("2024-01-15", 1.5, "day"), "2024-01-16 12:00:00"),
        (("2024-01-15 23:59:59", 1, "second"), "2024-01-16 00:00:00"),
        (("15/01/2024", "7", "day"), "2024-01-22"),
        (("day", 30, "2024-01-15"), "2024-02-14"),
        (("23:30", 45, "minute"), "00:15:00"),
    ],
)
def test_dateadd_does_what_the_documents_show(arguments: tuple[Value, ...], result: str) -> None:
    assert call("DATEADD", *arguments) == result


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (("2025-01-01", "2025-01-15", "day"), 14),
        (("2025-01-15", "2025-01-01", "day"), -14),
        (("2025-01-01", "2025-01-15"), 14),
        (("day", "2025-01-01", "2025-01-15"), 14),
        (("2025-01-01 23:00", "2025-01-02 01:00", "day"), 1),
        (("2025-01-01 23:00", "2025-01-02 01:00", "hour"), 2),
        (("2025-01-01 10:59", "2025-01-01 11:01", "hour"), 0),
        (("2025-01-01", "2025-03-01", "month"), 2),
        (("2024-12-31", "2025-01-01", "year"), 1),
        (("2025-01-01", "2025-01-14", "week"), 1),
        (("2025-01-14", "2025-01-01", "week"), -1),
    ],
)
def test_datediff_counts_from_the_first_to_the_second(arguments: tuple[Value, ...], result: int) -> None:
    assert call("DATEDIFF", *arguments) == result


@given(DATES)
def test_week_begins_on_sunday(day: date) -> None:
    assert call("WEEKDAY", day.isoformat()) == int(day.strftime("%w")) + 1


def test_time_alone_is_of_the_day_of_the_turn() -> None:
    assert call("DATEDIFF", "14:00", NOON.strftime("%Y-%m-%d %H:%M:%S"), "minute") == 30


def test_invalid_arguments_have_errors() -> None:
    with pytest.raises(ScriptError, match=r'YEAR expects a date such as "2024-12-31" or .*, not "soon"'):
        call("YEAR", "soon")
    with pytest.raises(ScriptError, match=r"YEAR expects a date .*, not NOTHING"):
        call("YEAR", None)
    with pytest.raises(ScriptError, match=r'DATEADD expects a unit \(second, minute, .*\), not "m"'):
        call("DATEADD", "2024-01-15", 1, "m")
    with pytest.raises(ScriptError, match="the year is out of range"):
        call("DATEADD", "2024-01-15", 9_000, "year")
    with pytest.raises(ScriptError, match="the year is out of range"):
        call("DATEADD", "2024-01-15", 1e300, "day")
    with pytest.raises(ScriptError, match=r"DATEADD expects the amount as a whole number, not 1\.5"):
        call("DATEADD", "2024-01-15", 1.5, "month")


@given(st.text(alphabet="0123456789-/.:TZ+ ", max_size=30))
def test_every_text_is_a_date_or_none(text: str) -> None:
    read = parse_date(text, a_turn())

    assert read is None or parse_date(read.format(), a_turn()) is not None


def test_order_of_digits_is_that_of_the_locale() -> None:
    assert call("DATEADD", "01/02/2030", 1, "day", locale="en-US") == "2030-01-03"
    assert call("DATEADD", "01/02/2030", 1, "day", locale="pt-BR") == "2030-02-02"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("NOW() + HOURS(3)", "2026-11-22 15:00:00"),
        ("NOW() - MINUTES(30)", "2026-11-22 11:30:00"),
        ("TODAY() + DAYS(2)", "2026-11-24"),
        ("NOW() + SECONDS(7) + DAYS(1)", "2026-11-23 12:00:07"),
        ('DATEADD d, 3, "day"', "2024-03-04"),
        ("DATEADD day, 3, d", "2024-03-04"),
        ('DATE_ADD d, 1, "month"', "2024-04-01"),
        ('DATEDIFF d, "2024-03-03"', "2"),
        ('DATEDIFF d, "2024-03-03", hour', "48"),
    ],
)
def test_dates_in_the_forms_of_real_scripts(expression: str, value: str) -> None:
    assert play_script(f'd = "2024-03-01"\nTALK {expression}') == [value]


def test_period_is_a_duration_of_remember() -> None:
    dialog = Dialog('REMEMBER "code", 5, HOURS(2)\nTALK RECALL "code"')

    assert dialog.messages == ["5"]
    assert dialog.host.memory["user", "code"] == {"$value": 5, "$expires": "2026-11-22T14:00:00+00:00"}
