"""``Limiter``: in any 60 seconds never more than the limit, the same of the fake and of the adapter."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.adapters.dynamodb.rate_limits import DynamoDBRateLimiter
from conversations.domain.errors import RateLimitedError
from conversations.domain.limits import MAX_CLOCK_SKEW, WINDOW, Policy
from conversations.ports.limits import RateLimiter
from tests import aws
from tests.aws import Aws, counting_requests
from tests.builders import MORNING, a_session_id
from tests.integration.stores import Stores

FEW = Policy("few", 3)
SECOND = timedelta(seconds=1)


def admitted(limiter: RateLimiter, caller: str, now: datetime, policy: Policy = FEW) -> bool:
    try:
        limiter.acquire(policy, caller, now)
    except RateLimitedError:
        return False
    return True


def most_in_a_window(times: list[datetime]) -> int:
    """Return how many of the times lie in the fullest window, by looking at all of them."""
    return max((sum(start <= time < start + WINDOW for time in times) for start in times), default=0)


def test_window_is_the_minute_of_the_contract() -> None:
    assert timedelta(seconds=60) == WINDOW


def test_as_many_as_the_limit_are_admitted_at_once_and_no_more(stores: Stores) -> None:
    assert [admitted(stores.limiter, "ada", MORNING) for _ in range(5)] == [True, True, True, False, False]


def test_users_and_policies_are_counted_apart(stores: Stores) -> None:
    for _ in range(3):
        stores.limiter.acquire(FEW, "ada", MORNING)

    assert admitted(stores.limiter, "eve", MORNING)
    assert admitted(stores.limiter, "ada", MORNING, Policy("others", 3))
    assert not admitted(stores.limiter, "ada", MORNING)


def test_a_request_says_how_many_are_left_and_when_there_are_more(stores: Stores) -> None:
    first = stores.limiter.acquire(FEW, "ada", MORNING)
    second = stores.limiter.acquire(FEW, "ada", MORNING + 10 * SECOND)

    assert (first.remaining, second.remaining) == (2, 1)
    assert second.reset_seconds == 51


def test_a_refusal_says_when_to_come_back_and_then_it_is_admitted(stores: Stores) -> None:
    for place in range(3):
        stores.limiter.acquire(FEW, "ada", MORNING + place * SECOND)
    now = MORNING + 30 * SECOND

    with pytest.raises(RateLimitedError) as refused:
        stores.limiter.acquire(FEW, "ada", now)

    assert refused.value.usage.remaining == 0
    assert refused.value.retry_after == 31
    assert not admitted(stores.limiter, "ada", now + timedelta(seconds=29))
    assert admitted(stores.limiter, "ada", now + timedelta(seconds=refused.value.retry_after))


def test_another_limit_for_the_same_policy_is_honoured_at_once(stores: Stores) -> None:
    for _ in range(3):
        stores.limiter.acquire(FEW, "ada", MORNING)

    wider, narrower = Policy("few", 5), Policy("few", 2)

    assert admitted(stores.limiter, "ada", MORNING, wider)
    assert [admitted(stores.limiter, "eve", MORNING, narrower) for _ in range(3)] == [True, True, False]


def test_refusals_count_nothing(stores: Stores) -> None:
    for _ in range(3):
        stores.limiter.acquire(FEW, "ada", MORNING)
    for place in range(50):
        assert not admitted(stores.limiter, "ada", MORNING + place * SECOND)

    assert [admitted(stores.limiter, "ada", MORNING + 61 * SECOND) for _ in range(4)] == [True, True, True, False]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    steps=st.lists(st.tuples(st.integers(0, 40_000), st.integers(-250, 250)), min_size=1, max_size=40),
    limit=st.integers(1, 6),
)
def test_no_window_ever_holds_more_than_the_limit_though_clocks_differ(
    stores: Stores, steps: list[tuple[int, int]], limit: int
) -> None:
    policy, caller = Policy("few", limit), a_session_id()
    real, counted = MORNING, []
    for pause, error in steps:
        real += timedelta(milliseconds=pause)
        # What a function with a clock that is off by ``error`` takes for the time.
        if admitted(stores.limiter, caller, real + timedelta(milliseconds=error), policy):
            counted.append(real)

    assert most_in_a_window(counted) <= limit


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(pauses=st.lists(st.integers(0, 40_000), min_size=1, max_size=40), limit=st.integers(1, 6))
def test_nobody_is_refused_who_is_within_the_limit(stores: Stores, pauses: list[int], limit: int) -> None:
    policy, caller = Policy("few", limit), a_session_id()
    now, counted = MORNING, list[datetime]()
    for pause in pauses:
        now += timedelta(milliseconds=pause)
        in_window = [time for time in counted if time > now - WINDOW - MAX_CLOCK_SKEW]
        let_in = admitted(stores.limiter, caller, now, policy)
        assert let_in == (len(in_window) < limit)
        if let_in:
            counted.append(now)


def test_threads_that_ask_at_once_are_admitted_to_the_limit_exactly(stores: Stores) -> None:
    policy = Policy("some", 20)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: admitted(stores.limiter, "ada", MORNING, policy), range(60)))

    assert sum(answers) == 20


def test_processes_that_ask_at_once_are_admitted_to_the_limit_exactly(deployed: Aws) -> None:
    client = aws.one_request_at_a_time(deployed.dynamodb)
    processes = [DynamoDBRateLimiter(client, deployed.names["LimitsTable"]) for _ in range(8)]
    policy = Policy("some", 20)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda place: admitted(processes[place % 8], "ada", MORNING, policy), range(60)))

    assert sum(answers) == 20


def test_an_admitted_request_is_one_write_and_a_refused_one_is_asked_for_once(deployed: Aws) -> None:
    limiter = DynamoDBRateLimiter(deployed.dynamodb, deployed.names["LimitsTable"])
    limiter.acquire(FEW, "ada", MORNING)

    with counting_requests(deployed.dynamodb) as requests:
        limiter.acquire(FEW, "ada", MORNING)
        limiter.acquire(FEW, "ada", MORNING)
    assert requests == {"UpdateItem": 2}

    with counting_requests(deployed.dynamodb) as requests:
        for _ in range(10):
            assert not admitted(limiter, "ada", MORNING + SECOND)
    assert requests == {"UpdateItem": 1}


def test_a_log_is_forgotten_when_it_counts_nothing_any_more(deployed: Aws) -> None:
    DynamoDBRateLimiter(deployed.dynamodb, deployed.names["LimitsTable"]).acquire(FEW, "ada", MORNING)

    (item,) = deployed.items("LimitsTable")
    assert int(item["expires_at"]["N"]) >= (MORNING + WINDOW + MAX_CLOCK_SKEW).timestamp()
