"""Optimistic locking: the retry loop of conditional writes."""

import pytest

from conversations.adapters.dynamodb.optimistic import MAX_ATTEMPTS, ConditionsFailedError, retry_on_conflict
from conversations.domain.errors import NotFoundError, UnavailableError


def increment(stored: int, assumed: int) -> int:
    if assumed != stored:
        raise ConditionsFailedError({0: {"number": stored}})
    return stored + 1


def get_current(conflict: ConditionsFailedError) -> int:
    item = conflict.current_items[0]
    if item is None:
        raise NotFoundError("There is no such item.")
    return int(item["number"])


def test_write_from_current_state_is_attempted_once() -> None:
    assumed: list[int] = []

    def attempt(number: int) -> int:
        assumed.append(number)
        return increment(3, number)

    assert retry_on_conflict(3, attempt, get_current) == 4
    assert assumed == [3]


def test_write_from_stale_state_is_retried_from_current_state() -> None:
    assert retry_on_conflict(1, lambda assumed: increment(3, assumed), get_current) == 4


def test_permanent_conflict_is_unavailable() -> None:
    assumed: list[int] = []

    def attempt(number: int) -> int:
        assumed.append(number)
        return increment(number + 1, number)

    with pytest.raises(UnavailableError):
        retry_on_conflict(0, attempt, get_current)

    assert assumed == list(range(MAX_ATTEMPTS))


def test_error_of_refresh_ends_the_loop() -> None:
    def attempt(_: int) -> int:
        raise ConditionsFailedError({0: None})

    with pytest.raises(NotFoundError):
        retry_on_conflict(0, attempt, get_current)
