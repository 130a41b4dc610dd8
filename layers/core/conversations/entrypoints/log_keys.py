"""The ids in all log lines of an invocation: of the request, the conversation and the message. Never of the user."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools import Logger

from conversations.domain.correlation import set_correlation_id
from conversations.domain.ids import UUID_PATTERN
from conversations.domain.metrics import describe_metrics

_ID = re.compile(f"(?:conv-|session-|msg-)?({UUID_PATTERN})")


def begin_correlation(logger: Logger, correlation_id: str) -> None:
    """Put the correlation id into all further lines, and into the jobs that are queued."""
    set_correlation_id(correlation_id)
    logger.set_correlation_id(correlation_id)


@contextmanager
def job_keys(logger: Logger, correlation_id: str, **keys: object) -> Iterator[None]:
    """Put the correlation id and other keys into the lines of one job, and of no job that runs beside it."""
    set_correlation_id(correlation_id)
    # safeguard: log-keys-of-thread
    logger.thread_safe_append_keys(correlation_id=correlation_id, **keys)
    try:
        yield
    finally:
        logger.thread_safe_clear_keys()


def append_job_ids(logger: Logger, job: object) -> None:
    """Put the bare ids of a job into its further lines."""
    logger.thread_safe_append_keys(**find_ids(job))


def append_ids(logger: Logger, source: object) -> None:
    """Put the bare ids of a job, a response or a frame into all further lines of the invocation."""
    logger.append_keys(**find_ids(source))


def append_refusal(logger: Logger, code: str) -> None:
    """Put the metric of a refused request into the last line of the invocation, by its error code."""
    logger.append_keys(**describe_metrics({"Refusals": 1}, error=code))


def find_ids(source: object) -> dict[str, str]:
    """Return the bare ids of the conversation and the message that an object names."""
    # pydantic's models take long to refuse an attribute that they do not have.
    fields = getattr(source, "__dict__", {})
    found = {
        "conversation_id": _parse(fields.get("conversation_id") or fields.get("session_id")),
        "message_id": _parse(fields.get("message_id")),
    }
    return {name: value for name, value in found.items() if value}


def _parse(value: object) -> str | None:
    """Return the bare form of an id. Return None if a client sent something else, which must not be logged."""
    match = _ID.fullmatch(value) if isinstance(value, str) else None
    return None if match is None else match[1]
