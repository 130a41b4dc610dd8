"""Timestamps: RFC 3339 from clients, milliseconds and ``Z`` to clients."""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain import ids, timestamps
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
def test_timestamp_with_any_offset_is_parsed(moment: datetime) -> None:
    assert timestamps.parse_client_timestamp(moment.isoformat(), field="before") == moment
    assert timestamps.parse_client_timestamp(moment.isoformat(), field="before").tzinfo is UTC


@given(any_moments)
def test_timestamp_is_formatted_in_utc_with_milliseconds(moment: datetime) -> None:
    text = timestamps.format_timestamp(moment)

    assert text.endswith("Z")
    assert len(text) == len("2024-01-15T10:30:00.000Z")
    assert timestamps.parse_timestamp(text) == timestamps.floor_to_millisecond(moment)
    assert timestamps.parse_client_timestamp(text, field="before") == timestamps.floor_to_millisecond(moment)


@given(any_moments, any_moments)
def test_formatted_timestamps_sort_chronologically(one: datetime, other: datetime) -> None:
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
def test_all_forms_of_rfc_3339_are_parsed(text: str) -> None:
    assert timestamps.parse_client_timestamp(text, field="before") == MORNING


def test_microseconds_are_parsed() -> None:
    assert timestamps.parse_client_timestamp("2024-01-15T10:00:00.0005Z", field="before") == MORNING + timedelta(
        microseconds=500
    )


@given(
    st.integers(min_value=0, max_value=999),
    st.text("0123456789", min_size=1, max_size=30),
    st.sampled_from(["Z", "+05:30", "-12:00"]),
)
def test_any_precision_compares_exactly_with_milliseconds(milliseconds: int, decimals: str, offset: str) -> None:
    """The positions of a history are ids, which have whole milliseconds."""
    exact = Fraction(int(decimals), 10 ** len(decimals))
    hours, minutes = {"Z": (0, 0), "+05:30": (5, 30), "-12:00": (-12, 0)}[offset]
    local = MORNING + timedelta(hours=hours, minutes=minutes)

    parsed = timestamps.parse_client_timestamp(f"{local:%Y-%m-%dT%H:%M:%S}.{decimals}{offset}", field="after")

    moment, stored = Fraction(milliseconds, 1_000), MORNING + timedelta(milliseconds=milliseconds)
    assert (ids.new_message_id(stored, 1) >= ids.get_first_id_at(parsed)) == (moment >= exact)
    assert (ids.new_message_id(stored, 1) <= ids.get_last_id_at(parsed)) == (moment <= exact)


@pytest.mark.parametrize("text", ["2016-12-31T23:59:60Z", "2016-12-31T23:59:60.5Z", "2017-01-01T05:29:60+05:30"])
def test_leap_second_is_between_two_milliseconds(text: str) -> None:
    parsed = timestamps.parse_client_timestamp(text, field="after")

    midnight = datetime(2017, 1, 1, tzinfo=UTC)
    assert midnight - timedelta(milliseconds=1) < parsed < midnight


INVALID = [
    "2016-12-31T23:58:60Z",
    "2016-12-31T23:59:60+01:00",
    "2016-12-31T23:59:61Z",
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
]


def test_invalid_timestamp_is_refused_with_the_field_name() -> None:
    for text in INVALID:
        with pytest.raises(
            InvalidRequestError, match="before must be a message id or an RFC 3339 timestamp"
        ) as refusal:
            timestamps.parse_client_timestamp(text, field="before")

        assert refusal.value.field == "before", text


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        timestamps.parse_client_timestamp(text, field="after")


def test_now_is_rounded_down_to_milliseconds() -> None:
    before = datetime.now(UTC)
    now = timestamps.now()
    after = datetime.now(UTC)

    assert timestamps.floor_to_millisecond(before) <= now <= after
    assert now.microsecond % 1_000 == 0


@given(any_moments)
def test_ttl_is_rounded_up_to_seconds(moment: datetime) -> None:
    epoch = timestamps.to_epoch_seconds(moment)

    assert datetime.fromtimestamp(epoch, UTC) >= moment
    assert datetime.fromtimestamp(epoch, UTC) - moment < timedelta(seconds=1)
