"""Contract suite of ``RateLimiter``, for the fake and the adapter: no 60 seconds have more requests than the limit."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.adapters.dynamodb.rate_limiter import DynamoDBRateLimiter
from conversations.domain.errors import RateLimitedError
from conversations.domain.limits import MAX_CLOCK_SKEW, WINDOW, Policy
from conversations.ports.limits import RateLimiter
from tests import aws
from tests.aws import Aws, count_requests
from tests.builders import MORNING, a_conversation_id
from tests.integration.stores import Stores

FEW = Policy("few", 3)
SECOND = timedelta(seconds=1)


def is_accepted(limiter: RateLimiter, caller: str, now: datetime, policy: Policy = FEW) -> bool:
    try:
        limiter.acquire(policy, caller, now)
    except RateLimitedError:
        return False
    return True


def count_fullest_window(times: list[datetime]) -> int:
    """Return how many of the times are in the fullest window, by brute force."""
    return max((sum(start <= time < start + WINDOW for time in times) for start in times), default=0)


def test_window_is_the_minute_of_the_contract() -> None:
    assert timedelta(seconds=60) == WINDOW


def test_burst_is_accepted_up_to_the_limit(stores: Stores) -> None:
    assert [is_accepted(stores.limiter, "ada", MORNING) for _ in range(5)] == [True, True, True, False, False]


def test_callers_and_policies_are_counted_separately(stores: Stores) -> None:
    for _ in range(3):
        stores.limiter.acquire(FEW, "ada", MORNING)

    assert is_accepted(stores.limiter, "eve", MORNING)
    assert is_accepted(stores.limiter, "ada", MORNING, Policy("others", 3))
    assert not is_accepted(stores.limiter, "ada", MORNING)


def test_usage_has_remaining_requests_and_reset(stores: Stores) -> None:
    first = stores.limiter.acquire(FEW, "ada", MORNING)
    second = stores.limiter.acquire(FEW, "ada", MORNING + 10 * SECOND)

    assert (first.remaining, second.remaining) == (2, 1)
    assert second.reset_seconds == 51


def test_request_is_accepted_after_retry_after(stores: Stores) -> None:
    for number in range(3):
        stores.limiter.acquire(FEW, "ada", MORNING + number * SECOND)
    now = MORNING + 30 * SECOND

    with pytest.raises(RateLimitedError) as refused:
        stores.limiter.acquire(FEW, "ada", now)

    assert refused.value.usage is not None
    assert refused.value.usage.remaining == 0
    assert refused.value.retry_after == 31
    assert not is_accepted(stores.limiter, "ada", now + timedelta(seconds=29))
    assert is_accepted(stores.limiter, "ada", now + timedelta(seconds=refused.value.retry_after))


def test_changed_limit_applies_immediately(stores: Stores) -> None:
    for _ in range(3):
        stores.limiter.acquire(FEW, "ada", MORNING)

    wider, narrower = Policy("few", 5), Policy("few", 2)

    assert is_accepted(stores.limiter, "ada", MORNING, wider)
    assert [is_accepted(stores.limiter, "eve", MORNING, narrower) for _ in range(3)] == [True, True, False]


def test_refused_requests_are_not_counted(stores: Stores) -> None:
    for _ in range(3):
        stores.limiter.acquire(FEW, "ada", MORNING)
    for number in range(50):
        assert not is_accepted(stores.limiter, "ada", MORNING + number * SECOND)

    assert [is_accepted(stores.limiter, "ada", MORNING + 61 * SECOND) for _ in range(4)] == [True, True, True, False]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    steps=st.lists(st.tuples(st.integers(0, 40_000), st.integers(-250, 250)), min_size=1, max_size=40),
    limit=st.integers(1, 6),
)
def test_no_window_exceeds_limit_with_clock_skew(stores: Stores, steps: list[tuple[int, int]], limit: int) -> None:
    policy, caller = Policy("few", limit), a_conversation_id()
    real, accepted_at = MORNING, []
    for pause, error in steps:
        real += timedelta(milliseconds=pause)
        # The function's clock is off by ``error``.
        if is_accepted(stores.limiter, caller, real + timedelta(milliseconds=error), policy):
            accepted_at.append(real)

    assert count_fullest_window(accepted_at) <= limit


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(pauses=st.lists(st.integers(0, 40_000), min_size=1, max_size=40), limit=st.integers(1, 6))
def test_request_within_limit_is_accepted(stores: Stores, pauses: list[int], limit: int) -> None:
    policy, caller = Policy("few", limit), a_conversation_id()
    now, accepted_at = MORNING, list[datetime]()
    for pause in pauses:
        now += timedelta(milliseconds=pause)
        in_window = [time for time in accepted_at if time > now - WINDOW - MAX_CLOCK_SKEW]
        accepted = is_accepted(stores.limiter, caller, now, policy)
        assert accepted == (len(in_window) < limit)
        if accepted:
            accepted_at.append(now)


def test_refunded_request_leaves_its_place(stores: Stores) -> None:
    usages = [stores.limiter.acquire(FEW, "ada", MORNING + number * SECOND) for number in range(3)]

    after = stores.limiter.refund(usages[1], "ada")

    assert (after.remaining, after.counted_at) == (1, None)
    assert is_accepted(stores.limiter, "ada", MORNING + 3 * SECOND)
    assert not is_accepted(stores.limiter, "ada", MORNING + 4 * SECOND)


def test_request_is_refunded_once(stores: Stores) -> None:
    usage = stores.limiter.acquire(FEW, "ada", MORNING)
    stores.limiter.acquire(FEW, "ada", MORNING + SECOND)

    refunded = stores.limiter.refund(usage, "ada")

    assert refunded.remaining == 2
    assert stores.limiter.refund(refunded, "ada").remaining == 2
    assert stores.limiter.refund(usage, "ada") == usage
    assert stores.limiter.acquire(FEW, "ada", MORNING + 2 * SECOND).remaining == 1


def test_refund_of_only_request_leaves_full_window(stores: Stores) -> None:
    usage = stores.limiter.acquire(FEW, "ada", MORNING)

    after = stores.limiter.refund(usage, "ada")

    assert (after.remaining, after.reset_seconds) == (3, 61)


def test_flood_of_refunded_requests_is_limited(stores: Stores) -> None:
    accepted = 0
    for number in range(20):
        try:
            usage = stores.limiter.acquire(FEW, "ada", MORNING + number * SECOND)
        except RateLimitedError:
            continue
        accepted += 1
        stores.limiter.refund(usage, "ada")

    assert accepted == 6
    assert is_accepted(stores.limiter, "ada", MORNING + 70 * SECOND)


def test_refunds_are_granted_again_in_next_window(stores: Stores) -> None:
    for number in range(12):
        usage = stores.limiter.acquire(FEW, "ada", MORNING + 25 * number * SECOND)
        assert stores.limiter.refund(usage, "ada").counted_at is None


def test_refund_of_forgotten_request_changes_nothing(stores: Stores) -> None:
    usage = stores.limiter.acquire(FEW, "ada", MORNING)
    for number in range(3):
        stores.limiter.acquire(FEW, "ada", MORNING + (70 + number) * SECOND)

    stores.limiter.refund(usage, "ada")

    assert not is_accepted(stores.limiter, "ada", MORNING + 73 * SECOND)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    steps=st.lists(st.tuples(st.integers(0, 20_000), st.booleans()), min_size=1, max_size=40), limit=st.integers(1, 6)
)
def test_no_window_exceeds_limit_with_refunds(stores: Stores, steps: list[tuple[int, bool]], limit: int) -> None:
    policy, caller = Policy("few", limit), a_conversation_id()
    now, kept = MORNING, list[datetime]()
    for pause, is_refused in steps:
        now += timedelta(milliseconds=pause)
        in_window = [time for time in kept if time > now - WINDOW - MAX_CLOCK_SKEW]
        try:
            usage = stores.limiter.acquire(policy, caller, now)
        except RateLimitedError:
            assert len(in_window) == limit
            continue
        assert usage.remaining == limit - len(in_window) - 1
        if not is_refused or stores.limiter.refund(usage, caller).counted_at is not None:
            kept.append(now)

    assert count_fullest_window(kept) <= limit


def test_concurrent_refunds_are_exact(deployed: Aws) -> None:
    client = aws.serialize_requests(deployed.dynamodb)
    processes = [DynamoDBRateLimiter(client, deployed.names["LimitsTable"]) for _ in range(8)]
    policy = Policy("some", 40)

    def use(number: int) -> bool:
        limiter = processes[number % 8]
        usage = limiter.acquire(policy, "ada", MORNING)
        return number % 2 == 0 or limiter.refund(usage, "ada").counted_at is not None

    with ThreadPoolExecutor(8) as pool:
        kept = sum(pool.map(use, range(30)))

    assert 15 <= kept < 30
    assert processes[0].acquire(policy, "ada", MORNING + SECOND).remaining == 40 - kept - 1


def test_log_from_before_refunds_can_be_refunded(deployed: Aws) -> None:
    limiter = DynamoDBRateLimiter(deployed.dynamodb, deployed.names["LimitsTable"])
    first = limiter.acquire(FEW, "ada", MORNING)
    assert "refunds" not in deployed.list_items("LimitsTable")[0]

    second = limiter.refund(limiter.acquire(FEW, "ada", MORNING + SECOND), "ada")
    third = limiter.refund(first, "ada")

    assert (second.remaining, third.remaining) == (2, 3)


def test_refund_costs_one_write(deployed: Aws) -> None:
    limiter = DynamoDBRateLimiter(deployed.dynamodb, deployed.names["LimitsTable"])
    usage = limiter.acquire(FEW, "ada", MORNING)

    with count_requests(deployed.dynamodb) as requests:
        limiter.refund(usage, "ada")

    assert requests == {"UpdateItem": 1}


def test_concurrent_threads_are_limited_exactly(stores: Stores) -> None:
    policy = Policy("some", 20)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: is_accepted(stores.limiter, "ada", MORNING, policy), range(60)))

    assert sum(results) == 20


def test_concurrent_processes_are_limited_exactly(deployed: Aws) -> None:
    client = aws.serialize_requests(deployed.dynamodb)
    processes = [DynamoDBRateLimiter(client, deployed.names["LimitsTable"]) for _ in range(8)]
    policy = Policy("some", 20)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: is_accepted(processes[number % 8], "ada", MORNING, policy), range(60)))

    assert sum(results) == 20


def test_accepted_request_costs_one_write_and_refusal_is_cached(deployed: Aws) -> None:
    limiter = DynamoDBRateLimiter(deployed.dynamodb, deployed.names["LimitsTable"])
    limiter.acquire(FEW, "ada", MORNING)

    with count_requests(deployed.dynamodb) as requests:
        limiter.acquire(FEW, "ada", MORNING)
        limiter.acquire(FEW, "ada", MORNING)
    assert requests == {"UpdateItem": 2}

    with count_requests(deployed.dynamodb) as requests:
        for _ in range(10):
            assert not is_accepted(limiter, "ada", MORNING + SECOND)
    assert requests == {"UpdateItem": 1}


def test_log_expires_after_its_window(deployed: Aws) -> None:
    DynamoDBRateLimiter(deployed.dynamodb, deployed.names["LimitsTable"]).acquire(FEW, "ada", MORNING)

    (item,) = deployed.list_items("LimitsTable")
    assert int(item["expires_at"]["N"]) >= (MORNING + WINDOW + MAX_CLOCK_SKEW).timestamp()


def test_check_counts_nothing_and_refuses_what_acquire_would_refuse(stores: Stores) -> None:
    for _ in range(5):
        stores.limiter.check(FEW, "ada", MORNING)
    for _ in range(3):
        stores.limiter.acquire(FEW, "ada", MORNING)

    with pytest.raises(RateLimitedError) as refused:
        stores.limiter.check(FEW, "ada", MORNING + SECOND)

    assert refused.value.usage is not None
    assert refused.value.usage.reset_seconds == 60
    stores.limiter.check(FEW, "eve", MORNING)
    stores.limiter.check(FEW, "ada", MORNING + WINDOW + MAX_CLOCK_SKEW)
