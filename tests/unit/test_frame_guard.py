"""Flood control of connections."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain.errors import ConnectionLimitError
from conversations.domain.limits import HISTORY, MESSAGES
from conversations.entrypoints.frame_guard import CAPACITY, MAX_REFUSED, REFILL_PER_SECOND, FrameGuard
from tests.builders import MORNING

SECOND = timedelta(seconds=1)


def send(guard: FrameGuard, seconds: float = 0, connection_id: str = "phone") -> str:
    try:
        guard.check(connection_id, MORNING + seconds * SECOND)
    except ConnectionLimitError as error:
        return "closed" if error.closes else "refused"
    return "ok"


def test_flood_is_refused_and_then_closed() -> None:
    guard = FrameGuard()

    outcomes = [send(guard) for _ in range(CAPACITY + MAX_REFUSED + 5)]

    assert outcomes == ["ok"] * CAPACITY + ["refused"] * (MAX_REFUSED - 1) + ["closed"] * 6


def test_slow_flood_is_closed_too() -> None:
    guard = FrameGuard()

    assert "closed" in [send(guard, number / 10) for number in range(300)]


def test_frame_is_accepted_after_retry_after() -> None:
    guard = FrameGuard()
    for _ in range(CAPACITY + 10):
        send(guard)

    with pytest.raises(ConnectionLimitError) as refusal:
        guard.check("phone", MORNING)

    assert send(guard, refusal.value.retry_after + 1) == "ok"


def test_closed_connection_does_not_pile_up_debt() -> None:
    guard = FrameGuard()
    for _ in range(5_000):
        send(guard)

    assert send(guard, MAX_REFUSED / REFILL_PER_SECOND + 1) == "ok"


def test_connections_are_counted_separately() -> None:
    guard = FrameGuard()
    for _ in range(CAPACITY + MAX_REFUSED):
        send(guard)

    assert send(guard, connection_id="laptop") == "ok"


def test_memory_is_bounded() -> None:
    guard = FrameGuard()
    for number in range(10_100):
        send(guard, connection_id=f"{number}")

    assert len(guard._buckets) == 10_000  # noqa: SLF001 - what the test is about


@given(pauses=st.lists(st.floats(0, 3), min_size=1, max_size=300), limit=st.sampled_from([HISTORY, MESSAGES]))
def test_client_within_rate_limits_is_never_refused(pauses: list[float], limit: object) -> None:
    guard, now, accepted = FrameGuard(), 0.0, list[float]()
    assert limit in (HISTORY, MESSAGES)
    for pause in pauses:
        now += pause
        if sum(time > now - 60 for time in accepted) < HISTORY.limit:
            accepted.append(now)
            assert send(guard, now) == "ok"
