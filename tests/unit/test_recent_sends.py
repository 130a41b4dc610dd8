"""The idempotency keys in the row of a conversation."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from conversations.domain import ids
from conversations.domain.recent_sends import IDEMPOTENCY_PERIOD, MAX_RECENT_SENDS, RecentSends
from tests.builders import MORNING


def add(sends: RecentSends, key: str, now: datetime) -> tuple[RecentSends | None, str]:
    """Add a message, and return its id too."""
    message_id = ids.new_message_id(now, 1)
    return sends.add(key, message_id, now), message_id


def test_message_is_found_for_a_day() -> None:
    sends, message_id = add(RecentSends(), "a", MORNING)

    assert sends is not None
    assert sends.find("a", MORNING + IDEMPOTENCY_PERIOD - timedelta(milliseconds=1)) == message_id
    assert sends.find("a", MORNING + IDEMPOTENCY_PERIOD) is None
    assert sends.find("b", MORNING) is None


def test_there_is_room_again_when_a_message_has_expired() -> None:
    sends = RecentSends()
    for number in range(MAX_RECENT_SENDS):
        added, _ = add(sends, f"{number}", MORNING + timedelta(minutes=number))
        assert added is not None
        sends = added

    assert add(sends, "next", MORNING + timedelta(hours=1))[0] is None
    added, _ = add(sends, "next", MORNING + IDEMPOTENCY_PERIOD + timedelta(seconds=1))
    assert added is not None
    assert len(added.codes) == MAX_RECENT_SENDS


@given(
    steps=st.lists(st.tuples(st.sampled_from("abcdefghijkl"), st.integers(0, 30)), max_size=40),
)
def test_sends_equal_a_list_of_all_messages(steps: list[tuple[str, int]]) -> None:
    """What is found is what a complete list has of the last day; only when it is full, nothing is added."""
    sends, now = RecentSends(), MORNING
    known: dict[str, tuple[str, datetime]] = {}
    for key, hours in steps:
        now += timedelta(hours=hours, seconds=1)
        valid = {each: sent for each, sent in known.items() if now - sent[1] < IDEMPOTENCY_PERIOD}
        assert {each: sends.find(each, now) for each in valid} == {each: sent[0] for each, sent in valid.items()}
        assert (sends.find(key, now) is not None) == (key in valid)
        if key in valid:
            continue
        added, message_id = add(sends, key, now)
        assert (added is None) == (len(valid) >= MAX_RECENT_SENDS)
        if added is not None:
            sends, known = added, valid | {key: (message_id, now)}
