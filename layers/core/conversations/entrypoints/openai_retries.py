"""Recognition of requests that OpenAI's clients send again."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta

from conversations.domain.transcript import Transcript

type GetHeader = Callable[[str], str | None]

_RETRY_COUNT_HEADER = "x-stainless-retry-count"
"""OpenAI's clients send the number of the retry in it, ``0`` with the first try."""

_LONGEST_RETRY = timedelta(hours=24)
"""As long as a question is stored. The clients retry within minutes."""

_PROBABLE_RETRY = timedelta(minutes=10)
"""Within which the same request of another client counts as a retry; the time limit of OpenAI's clients."""


def hash_request(transcript: Transcript, get_header: GetHeader) -> str:
    """Return what identifies a request: its retries have the same hash.

    The access token is the key of the hash. It is stored nowhere, so a message in the transcript, which may be a
    password, cannot be found by guessing.
    """
    token = get_header("authorization") or ""
    return hmac.new(token.encode(), transcript.to_text().encode(), hashlib.sha256).hexdigest()


def get_retry_window(get_header: GetHeader) -> timedelta:
    """Return how long before this request its first try may have been."""
    count = get_header(_RETRY_COUNT_HEADER)
    if count is None:
        return _PROBABLE_RETRY
    return timedelta(0) if count == "0" else _LONGEST_RETRY
