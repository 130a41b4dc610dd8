"""Reads the answer of a provider in a thread, and decides when it is complete."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing

from conversations.adapters.background import Abort, read_in_background
from conversations.domain.model import Finished, ModelEvent, ModelRefusedError, ModelUnavailableError, Waiting
from conversations.domain.turn_time import WAITING_SECONDS

USAGE_SECONDS = 1.0
"""How long the number of tokens is waited for after the end of an answer."""


def read_answer(start: Callable[[Abort], Iterator[ModelEvent]], seconds: float) -> Iterator[ModelEvent]:
    """Yield the events of an answer, ``Waiting`` while none arrives, and one ``Finished``; see ``LanguageModel``.

    Parameters
    ----------
    start
        Makes the request and yields its events. It yields ``Finished`` when the answer is complete, and may yield it
        again when the provider has sent the number of tokens.
    seconds
        Time limit for the complete answer.

    Raises
    ------
    ModelUnavailableError
        If the answer is incomplete.
    ModelRefusedError
        If the provider refuses the request.
    """
    finished: Finished | None = None
    usage_deadline = 0.0
    try:
        events = read_in_background(start, seconds=seconds, waiting_seconds=WAITING_SECONDS)
        with closing(events):
            for event in events:
                if isinstance(event, Finished):
                    finished, usage_deadline = event, time.monotonic() + USAGE_SECONDS
                elif finished is None:
                    yield Waiting() if event is None else event
                elif time.monotonic() > usage_deadline:
                    break
    except TimeoutError as error:
        if finished is None:
            raise ModelUnavailableError(str(error)) from error
    except (ModelUnavailableError, ModelRefusedError):
        # What follows the end of an answer does not make it incomplete.
        # safeguard: model-complete-before-cut
        if finished is None:
            raise
    # safeguard: model-explicit-end
    if finished is None:
        raise ModelUnavailableError("the provider broke off its answer")
    yield finished
