"""The correlation id: the id of a REST request or a frame, in all log lines up to the bot's answer to it."""

from contextvars import ContextVar

CORRELATION_ATTRIBUTE = "correlation_id"
"""The message attribute of a queued job. It is not in the body, so it plays no part in deduplication."""

_correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def set_correlation_id(value: str) -> None:
    """Set the id of what this invocation does now. Jobs that it queues have the same."""
    _correlation_id.set(value)


def get_correlation_id() -> str | None:
    """Return the id; None before an entry point has set one."""
    return _correlation_id.get()
