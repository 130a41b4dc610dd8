"""Counting a request, and refunding it if it is refused."""

from datetime import timedelta

import pytest

from conversations.domain import errors
from conversations.domain.limits import Policy, Usage
from conversations.ports.counting import REFUSALS, count_request
from tests.builders import MORNING
from tests.fakes.memory import Database, InMemoryRateLimiter

FEW = Policy("few", 3)


def count_remaining(limiter: InMemoryRateLimiter) -> int:
    return limiter.acquire(FEW, "ada", MORNING).remaining + 1


@pytest.mark.parametrize("error_type", REFUSALS)
def test_refused_request_is_refunded(error_type: type[errors.ConversationsError]) -> None:
    limiter = InMemoryRateLimiter(Database())

    with pytest.raises(error_type), count_request(limiter, FEW, "ada", lambda: MORNING) as counted:
        raise error_type("No.")

    assert counted.usage.remaining == count_remaining(limiter) == 3


@pytest.mark.parametrize("error", [errors.UnavailableError(), RuntimeError(), errors.UnauthorizedError("No.")])
def test_failed_request_stays_counted(error: Exception) -> None:
    limiter = InMemoryRateLimiter(Database())

    with pytest.raises(type(error)), count_request(limiter, FEW, "ada", lambda: MORNING):
        raise error

    assert count_remaining(limiter) == 2


@pytest.mark.parametrize(("milliseconds", "remaining"), [(-1, 3), (0, 2), (1, 2)])
def test_request_whose_result_is_older_is_refunded(milliseconds: int, remaining: int) -> None:
    limiter = InMemoryRateLimiter(Database())

    with count_request(limiter, FEW, "ada", lambda: MORNING) as counted:
        counted.refund_retry(MORNING + timedelta(milliseconds=milliseconds))

    assert count_remaining(limiter) == remaining


def test_failing_refund_does_not_hide_refusal() -> None:
    class FailingLimiter(InMemoryRateLimiter):
        def refund(self, usage: Usage, caller: str) -> Usage:
            raise errors.UnavailableError(f"{usage} {caller}")

    with (
        pytest.raises(errors.NotFoundError),
        count_request(FailingLimiter(Database()), FEW, "ada", lambda: MORNING) as counted,
    ):
        raise errors.NotFoundError("No.")

    assert counted.usage.remaining == 2
