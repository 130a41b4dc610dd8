"""How the time of one invocation is divided among the parts of a turn: every fact about it is here.

A function that is killed has stored nothing: the turn is run again, and the user waits. So a script gets what is left
of the invocation after what must follow it.
"""

import math

MAX_SCRIPT_SECONDS = 20
"""Seconds of a script; less if the invocation has less time left."""

MIN_SCRIPT_SECONDS = 1
"""Seconds that a script must get: with less its turn is run again, by an invocation that has more."""

MAX_ANSWER_SECONDS = 60
"""Seconds of an answer of a language model with its tools; less if the invocation has less time left."""

STORE_SECONDS = 3
"""Seconds that are kept for storing the result of a script. A transaction takes a tenth of a second."""

MAX_FRAMES_SECONDS = 3
"""Seconds after which no further frame is sent to a slow connection: it is closed, and its client fetches the rest."""

SEND_TRIES, SEND_CONNECT_SECONDS, SEND_READ_SECONDS = 2, 1, 2
"""Tries and timeouts of sending one frame. A dead connection, a black hole, takes all of them."""

SEND_BACKOFF_SECONDS = 1
"""Longest backoff between two tries (botocore, mode ``standard``)."""

SEND_SECONDS = SEND_TRIES * (SEND_CONNECT_SECONDS + SEND_READ_SECONDS) + (SEND_TRIES - 1) * SEND_BACKOFF_SECONDS
"""Longest time of sending one frame."""

ANNOUNCE_CONNECT_SECONDS, ANNOUNCE_READ_SECONDS = 1, 1
"""Timeouts of the only try of a frame that is sent before the bot runs: the bot does not wait for a dead connection."""

CLOSE_SECONDS = ANNOUNCE_CONNECT_SECONDS + ANNOUNCE_READ_SECONDS
"""Longest time of closing a connection that has missed a frame: it has one try with the same timeouts."""

DELIVER_SECONDS = MAX_FRAMES_SECONDS + SEND_SECONDS + CLOSE_SECONDS
"""Longest time of sending a turn's messages. Connections are sent to in parallel."""

MAX_TURN_SECONDS = (
    ANNOUNCE_CONNECT_SECONDS + ANNOUNCE_READ_SECONDS + MAX_SCRIPT_SECONDS + MAX_ANSWER_SECONDS + STORE_SECONDS
) + DELIVER_SECONDS
"""Longest time of a turn that waits for a language model or another service."""

WAITING_SECONDS = 0.25
"""Longest time between two events of an answer that is being generated: a stop request is seen within a second."""

FLUSH_SECONDS = ANNOUNCE_CONNECT_SECONDS + ANNOUNCE_READ_SECONDS
"""Longest time of sending a piece of an answer while the bot generates it. Connections are sent to in parallel."""


INLINE_SECONDS = 0.3
"""Seconds of a script whose turn runs within the request that sends its message; after that the turn is queued."""


def get_inline_time_left() -> float:
    """Return the time left for the turn that runs within a request, so that its script gets ``INLINE_SECONDS``."""
    return INLINE_SECONDS + STORE_SECONDS + DELIVER_SECONDS


def unlimited() -> float:
    """Return the time left of a caller without a limit."""
    return math.inf


def get_script_seconds(time_left: float) -> float:
    """Return how long a script may run.

    Parameters
    ----------
    time_left
        Seconds that the invocation has left.
    """
    return max(min(MAX_SCRIPT_SECONDS, time_left - STORE_SECONDS - DELIVER_SECONDS), 0)


def get_answer_seconds(time_left: float) -> float:
    """Return how long a language model may take for its answer, with its tools.

    Parameters
    ----------
    time_left
        Seconds that the invocation has left.
    """
    return max(min(MAX_ANSWER_SECONDS, time_left - STORE_SECONDS - DELIVER_SECONDS), 0)


def get_run_seconds(time_left: float, *, waits: bool) -> float:
    """Return how long a run of a turn may have effects, from its beginning.

    Parameters
    ----------
    time_left
        Seconds that the invocation has left.
    waits
        Whether the bot has a language model, which may call scripts until its answer must be complete.
    """
    return min(MAX_SCRIPT_SECONDS + (MAX_ANSWER_SECONDS if waits else 0), time_left)


def get_webhook_seconds(time_left: float) -> float:
    """Return how long a webhook's script may run: nothing is delivered after it."""
    return max(min(MAX_SCRIPT_SECONDS, time_left - STORE_SECONDS), 0)
