"""Optimistic locking: conditional writes, and the retry loop for those that lost a race."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.adapters.dynamodb.serialization import Item, deserialize
from conversations.domain.errors import UnavailableError

MAX_ATTEMPTS = 10
"""How often a write that lost a race is tried. Every loss means that a concurrent write succeeded."""


class ConditionsFailedError(Exception):
    """A write was refused by its own conditions, and nothing was written.

    Attributes
    ----------
    current_items
        For each action whose condition failed: its index, and the item as stored (None if there is none). Returned by
        ``ReturnValuesOnConditionCheckFailure``, so finding the reason costs no read.
    """

    def __init__(self, current_items: dict[int, Item | None]) -> None:
        super().__init__(f"conditions failed at {sorted(current_items)}")
        self.current_items = current_items


@contextmanager
def conditional_write() -> Iterator[None]:
    """Raise ``ConditionsFailedError`` if the condition of a single-item write fails.

    Raises
    ------
    ConditionsFailedError
        If the condition failed; the item is at index 0, as in a transaction of one action.
    UnavailableError
        If the table does not answer.
    """
    try:
        with service_errors():
            yield
    except ClientError as error:
        if get_error_code(error) != "ConditionalCheckFailedException":
            raise
        item: Any = error.response.get("Item")
        raise ConditionsFailedError({0: deserialize(item) if item else None}) from error


def retry_on_conflict[State, Result](
    state: State,
    attempt: Callable[[State], Result],
    refresh: Callable[[ConditionsFailedError], State],
    *,
    max_attempts: int = MAX_ATTEMPTS,
    max_pause_seconds: float = 0,
) -> Result:
    """Attempt a conditional write until its conditions hold, each time from the current state.

    Parameters
    ----------
    state
        What the first attempt assumes is stored.
    attempt
        Writes on the condition that the state is current, and raises ``ConditionsFailedError`` if it is stale.
    refresh
        Returns the current state, given the conflict; what it raises ends the loop.
    max_attempts
        How often to try.
    max_pause_seconds
        Upper bound of the random pause after the first conflict; grows linearly with each further one.

    Raises
    ------
    UnavailableError
        If every attempt lost its race.
    """
    # safeguard: optimistic-retry
    for number in range(1, max_attempts + 1):
        try:
            return attempt(state)
        except ConditionsFailedError as conflict:
            state = refresh(conflict)
        if max_pause_seconds:
            time.sleep(random.uniform(0, max_pause_seconds * number))  # noqa: S311 - jitter, no secret
    raise UnavailableError
