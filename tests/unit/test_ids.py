"""Ids: UUIDv7 that sort by time and then by seq, and the prefixes that clients see."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conversations.domain import ids, timestamps
from conversations.domain.errors import InvalidRequestError
from tests.builders import MORNING, a_conversation_id

A_UUID = "018d0c9c-1c80-7abc-8def-0123456789ab"

exact_times = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    timezones=st.just(UTC),
)
timestamps_in_ms = exact_times.map(timestamps.floor_to_millisecond)
seqs = st.integers(min_value=1, max_value=2**32 - 1)
uuids = st.uuids().map(str)


def to_milliseconds(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@given(timestamps_in_ms, seqs)
def test_message_id_is_uuid7_with_leading_time(timestamp: datetime, seq: int) -> None:
    message_id = ids.new_message_id(timestamp, seq)

    assert len(message_id) == 36
    assert message_id == message_id.lower()
    assert UUID(message_id).version == 7
    assert UUID(message_id).variant == RFC_4122
    assert UUID(message_id).int >> 80 == to_milliseconds(timestamp)


@given(timestamps_in_ms)
def test_session_id_is_uuid7_with_leading_time(now: datetime) -> None:
    conversation_id = ids.new_conversation_id(now)

    assert UUID(conversation_id).version == 7
    assert UUID(conversation_id).variant == RFC_4122
    assert UUID(conversation_id).int >> 80 == to_milliseconds(now)


def test_ids_of_same_time_are_distinct() -> None:
    assert len({ids.new_conversation_id(MORNING) for _ in range(1_000)}) == 1_000
    assert len({ids.new_message_id(MORNING, 1) for _ in range(1_000)}) == 1_000


@given(st.lists(st.tuples(timestamps_in_ms, seqs), min_size=2, unique=True))
def test_message_ids_sort_by_time_and_then_by_seq(pairs: list[tuple[datetime, int]]) -> None:
    by_id = sorted((ids.new_message_id(timestamp, seq), (timestamp, seq)) for timestamp, seq in pairs)

    assert [pair for _, pair in by_id] == sorted(pairs)


@given(timestamps_in_ms, st.lists(seqs, min_size=2, unique=True))
@example(MORNING, [1, 2, 2**20, 2**31 - 1, 2**31, 2**32 - 1])
def test_message_ids_of_same_time_sort_by_seq(timestamp: datetime, numbers: list[int]) -> None:
    by_id = sorted((ids.new_message_id(timestamp, seq), seq) for seq in numbers)

    assert [seq for _, seq in by_id] == sorted(numbers)


@given(st.lists(st.tuples(timestamps_in_ms, seqs)), exact_times)
def test_time_bounds_split_messages_by_timestamp(pairs: list[tuple[datetime, int]], moment: datetime) -> None:
    messages = [(timestamp, ids.new_message_id(timestamp, seq)) for timestamp, seq in pairs]

    for timestamp, message_id in messages:
        assert (message_id >= ids.get_first_id_at(moment)) == (timestamp >= moment)
        assert (message_id <= ids.get_last_id_at(moment)) == (timestamp <= moment)


@given(timestamps_in_ms, st.integers(min_value=1, max_value=999))
def test_time_between_milliseconds_bounds_neither(stamp: datetime, microseconds: int) -> None:
    between = stamp + timedelta(microseconds=microseconds)

    assert ids.get_last_id_at(between) < ids.get_first_id_at(between)
    assert ids.new_message_id(stamp, 2**32 - 1) <= ids.get_last_id_at(between)


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_distant_times_bound_all_or_no_messages(year: int) -> None:
    moment = datetime(year, 7, 1, tzinfo=UTC)
    message_id = ids.new_message_id(MORNING, 1)

    assert (message_id >= ids.get_first_id_at(moment)) == (year < 2024)
    assert (message_id <= ids.get_last_id_at(moment)) == (year > 2024)


@given(uuids)
def test_neighbours_of_id_are_adjacent(one: str) -> None:
    assert UUID(ids.get_next_id(one)).int - UUID(one).int == 1
    assert UUID(one).int - UUID(ids.get_previous_id(one)).int == 1


@given(uuids)
def test_neighbours_of_id_have_its_format(one: str) -> None:
    for neighbour in (ids.get_next_id(one), ids.get_previous_id(one)):
        assert len(neighbour) == 36
        assert neighbour == neighbour.lower()


@given(uuids)
def test_first_and_last_id_bound_all_ids(one: str) -> None:
    assert ids.FIRST_ID <= ids.get_previous_id(one) < ids.get_next_id(one) <= ids.LAST_ID


def test_first_and_last_id_have_no_outer_neighbours() -> None:
    assert ids.get_previous_id(ids.FIRST_ID) == ids.FIRST_ID
    assert ids.get_next_id(ids.LAST_ID) == ids.LAST_ID


@given(uuids)
def test_conversation_and_session_ids_are_parsed(one: str) -> None:
    assert ids.parse_conversation_id(ids.format_conversation_id(one)) == one
    assert ids.parse_conversation_id(ids.format_session_id(one)) == one


@given(uuids)
def test_message_id_is_parsed(one: str) -> None:
    assert ids.is_message_id(ids.format_message_id(one))
    assert ids.parse_message_id(ids.format_message_id(one), field="after") == one


NO_UUIDS = [
    "",
    "456",
    A_UUID.upper(),
    A_UUID.replace("-", ""),
    f"{{{A_UUID}}}",
    f"urn:uuid:{A_UUID}",
    f" {A_UUID}",
    f"{A_UUID} ",
    f"{A_UUID}\n",
    f"{A_UUID}0",
    A_UUID[:-1],
    A_UUID[:-1] + "g",
    A_UUID.replace("0", "\N{FULLWIDTH DIGIT ZERO}"),
    "conv-" + A_UUID,
    "' OR 1=1 --",
    "\ud800" * 36,
]


@pytest.mark.parametrize("text", NO_UUIDS)
@pytest.mark.parametrize("prefix", ["conv-", "session-"])
def test_invalid_conversation_id_is_refused(prefix: str, text: str) -> None:
    with pytest.raises(InvalidRequestError, match="conversation_id is not a conversation id") as refusal:
        ids.parse_conversation_id(prefix + text, field="conversation_id")

    assert refusal.value.field == "conversation_id"


@pytest.mark.parametrize("prefix", ["", "msg-", "Conv-", "CONV-", "conv", "session_", " conv-", "conversation-"])
def test_conversation_id_with_wrong_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(InvalidRequestError, match="is not a conversation id"):
        ids.parse_conversation_id(prefix + a_conversation_id())


@pytest.mark.parametrize("text", NO_UUIDS)
def test_invalid_message_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="before is not a message id") as refusal:
        ids.parse_message_id("msg-" + text, field="before")

    assert refusal.value.field == "before"


@pytest.mark.parametrize("prefix", ["", "conv-", "Msg-", "msg-msg-"])
def test_message_id_with_wrong_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(InvalidRequestError, match="is not a message id"):
        ids.parse_message_id(prefix + A_UUID, field="before")


@given(st.text())
def test_arbitrary_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        ids.parse_conversation_id(text)
    with pytest.raises(InvalidRequestError):
        ids.parse_message_id(text, field="after")
