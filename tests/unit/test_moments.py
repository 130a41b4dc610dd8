"""Times: RFC 3339 from clients, milliseconds and ``Z`` to them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain import timestamps
from conversations.domain.errors import InvalidRequestError
from tests.builders import MORNING

zones = st.timedeltas(min_value=timedelta(hours=-23), max_value=timedelta(hours=23)).map(
    lambda offset: timezone(timedelta(minutes=offset // timedelta(minutes=1)))
)
any_moments = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001 - likewise
    timezones=zones,
)


@given(any_moments)
def test_a_time_is_read_whatever_its_offset(moment: datetime) -> None:
    assert timestamps.parse_client_timestamp(moment.isoformat(), field="before") == moment
    assert timestamps.parse_client_timestamp(moment.isoformat(), field="before").tzinfo is UTC


@given(any_moments)
def test_a_time_is_written_in_utc_with_milliseconds(moment: datetime) -> None:
    text = timestamps.format_timestamp(moment)

    assert text.endswith("Z")
    assert len(text) == len("2024-01-15T10:30:00.000Z")
    assert timestamps.parse_timestamp(text) == timestamps.floor_to_millisecond(moment)
    assert timestamps.parse_client_timestamp(text, field="before") == timestamps.floor_to_millisecond(moment)


@given(any_moments, any_moments)
def test_written_times_sort_as_the_times_do(one: datetime, other: datetime) -> None:
    one, other = timestamps.floor_to_millisecond(one), timestamps.floor_to_millisecond(other)

    assert (timestamps.format_timestamp(one) < timestamps.format_timestamp(other)) == (one < other)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-15T10:00:00Z",
        "2024-01-15T10:00:00.0Z",
        "2024-01-15T10:00:00.000Z",
        "2024-01-15T10:00:00.000000Z",
        "2024-01-15T10:00:00.000000000Z",
        "2024-01-15T10:00:00+00:00",
        "2024-01-15T10:00:00-00:00",
        "2024-01-15T11:00:00+01:00",
        "2024-01-14T22:00:00-12:00",
        "2024-01-15t10:00:00z",
    ],
)
def test_every_form_of_rfc_3339_is_understood(text: str) -> None:
    assert timestamps.parse_client_timestamp(text, field="before") == MORNING


def test_what_is_finer_than_a_millisecond_counts() -> None:
    assert timestamps.parse_client_timestamp("2024-01-15T10:00:00.0005Z", field="before") == MORNING + timedelta(
        microseconds=500
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "yesterday",
        "1705312800",
        "2024-01-15",
        "2024-01-15T10:00:00",
        "2024-01-15 10:00:00Z",
        "2024-01-15T10:00Z",
        "2024-01-15T10Z",
        "20240115T100000Z",
        "2024-W03-1T10:00:00Z",
        "2024-015T10:00:00Z",
        "2024-01-15T10:00:00,5Z",
        "2024-01-15T10:00:00.Z",
        "2024-01-15T10:00:00+01",
        "2024-01-15T10:00:00+0100",
        "2024-01-15T10:00:00+01:00:30",
        "2024-01-15T10:00:00 01:00",
        "2024-01-15T10:00:00 Z",
        " 2024-01-15T10:00:00Z",
        "2024-01-15T10:00:00Z\n",
        "2024-13-01T10:00:00Z",
        "2024-02-30T10:00:00Z",
        "2024-01-15T25:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "12024-01-15T10:00:00Z",
        "\N{ARABIC-INDIC DIGIT TWO}024-01-15T10:00:00Z",
        "2024-01-15T10:00:00\ud800",
    ],
)
def test_anything_else_is_refused_by_the_name_of_the_parameter(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="before is neither an RFC 3339 time") as refusal:
        timestamps.parse_client_timestamp(text, field="before")

    assert refusal.value.field == "before"


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        timestamps.parse_client_timestamp(text, field="after")


def test_now_is_what_a_client_sees_of_it() -> None:
    before = datetime.now(UTC)
    now = timestamps.now()
    after = datetime.now(UTC)

    assert timestamps.floor_to_millisecond(before) <= now <= after
    assert now.microsecond % 1_000 == 0


@given(any_moments)
def test_the_table_deletes_nothing_before_its_time(moment: datetime) -> None:
    epoch = timestamps.to_epoch_seconds(moment)

    assert datetime.fromtimestamp(epoch, UTC) >= moment
    assert datetime.fromtimestamp(epoch, UTC) - moment < timedelta(seconds=1)
