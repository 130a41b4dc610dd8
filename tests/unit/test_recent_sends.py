"""The idempotency keys in the row of a conversation."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from conversations.domain.recent_sends import IDEMPOTENCY_PERIOD, MAX_RECENT_SENDS, RecentSends
from tests.builders import MORNING


def test_message_is_found_for_a_day() -> None:
    sends = RecentSends().add("a", MORNING)

    assert sends is not None
    assert sends.find("a", MORNING + IDEMPOTENCY_PERIOD - timedelta(milliseconds=1)) == MORNING
    assert sends.find("a", MORNING + IDEMPOTENCY_PERIOD) is None
    assert sends.find("b", MORNING) is None


def test_there_is_room_again_when_a_message_has_expired() -> None:
    sends = RecentSends()
    for number in range(MAX_RECENT_SENDS):
        added = sends.add(f"{number}", MORNING + timedelta(minutes=number))
        assert added is not None
        sends = added

    assert sends.add("next", MORNING + timedelta(hours=1)) is None
    added = sends.add("next", MORNING + IDEMPOTENCY_PERIOD + timedelta(seconds=1))
    assert added is not None
    assert len(added.times) == MAX_RECENT_SENDS


@given(
    steps=st.lists(st.tuples(st.sampled_from("abcdefghijklmnop"), st.integers(0, 30)), max_size=40),
)
def test_sends_equal_a_list_of_all_messages(steps: list[tuple[str, int]]) -> None:
    """What is found is what a complete list has of the last day; only when it is full, nothing is added."""
    sends, now = RecentSends(), MORNING
    known: dict[str, datetime] = {}
    for key, hours in steps:
        now += timedelta(hours=hours, seconds=1)
        valid = {each: sent_at for each, sent_at in known.items() if now - sent_at < IDEMPOTENCY_PERIOD}
        assert {each: sends.find(each, now) for each in valid} == valid
        assert (sends.find(key, now) is not None) == (key in valid)
        if key in valid:
            continue
        added = sends.add(key, now)
        assert (added is None) == (len(valid) >= MAX_RECENT_SENDS)
        if added is not None:
            sends, known = added, valid | {key: now}
