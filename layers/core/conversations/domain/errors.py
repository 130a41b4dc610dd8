"""The domain's errors, each with the error code that clients see.

* ConversationsError
  - InvalidRequestError
    + InvalidMessageError
  - UnauthorizedError
  - ForbiddenError
  - NotFoundError
  - ConflictError
  - PayloadTooLargeError
  - UnsupportedMediaTypeError
  - RateLimitedError
    + ConnectionLimitError
    + DailyLimitError
  - UnavailableError
  - ConnectionGoneError
  - FrameTooLargeError
  - DeadLetteredError
  - ProgramNotFoundError
  - NotSentError

An error with a code of its own is written for the client: its text names what is wrong with the request and never what
is inside the service. ``conversations.contract.problems`` maps the codes to HTTP statuses.
"""

from typing import ClassVar

from conversations.domain.limits import Usage


class ConversationsError(Exception):
    """The base class of the domain's errors.

    Attributes
    ----------
    code
        The contract's error code, in REST problems and in ``error`` frames. ``internal`` is a fault of the service,
        whose text is for the log only.
    """

    code: ClassVar[str] = "internal"


class InvalidRequestError(ConversationsError):
    """A body, parameter, id or frame is malformed or out of range.

    Parameters
    ----------
    detail
        What is wrong, for the client.
    field
        Name of the invalid field or parameter, or None if the entire input is unreadable.
    """

    code = "invalid_request"

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field


class InvalidMessageError(InvalidRequestError):
    """The content or the attachments of a message are malformed."""

    code = "invalid_message"


class UnauthorizedError(ConversationsError):
    """The credential is missing, invalid or expired."""

    code = "unauthorized"


class ForbiddenError(ConversationsError):
    """The caller is authenticated but not allowed to do this."""

    code = "forbidden"


class NotFoundError(ConversationsError):
    """The conversation, bot or path does not exist; an expired conversation does not exist either."""

    code = "not_found"


class ConflictError(ConversationsError):
    """The request conflicts with the stored data."""

    code = "conflict"


class PayloadTooLargeError(ConversationsError):
    """The body is larger than the contract allows."""

    code = "payload_too_large"


class UnsupportedMediaTypeError(ConversationsError):
    """The body is compressed, or its characters are not encoded in UTF-8."""

    code = "unsupported_media_type"


class RateLimitedError(ConversationsError):
    """The caller has exceeded a rate limit (throttling).

    Parameters
    ----------
    usage
        Which limit, and when the next request will be accepted.
    """

    code = "rate_limited"

    def __init__(self, usage: Usage) -> None:
        super().__init__(f"Rate limit exceeded: {usage.policy.limit} {usage.policy.unit} per minute.")
        self.usage: Usage | None = usage
        self.retry_after = usage.reset_seconds


class ConnectionLimitError(RateLimitedError):
    """A connection sends too many frames, or an owner has too many connections.

    Parameters
    ----------
    detail
        A sentence for the client.
    retry_after
        Whole seconds to wait.
    closes
        Whether the connection is closed.
    """

    def __init__(self, detail: str, *, retry_after: int, closes: bool) -> None:
        ConversationsError.__init__(self, detail)
        self.usage = None
        self.retry_after = retry_after
        self.closes = closes


class DailyLimitError(RateLimitedError):
    """The caller has used up the limit of a day (UTC).

    Parameters
    ----------
    detail
        A sentence for the client.
    retry_after
        Whole seconds until the day ends.
    """

    def __init__(self, detail: str, *, retry_after: int) -> None:
        ConversationsError.__init__(self, detail)
        self.usage = None
        self.retry_after = retry_after


class UnavailableError(ConversationsError):
    """A service that the request needs does not respond; a retry is safe.

    Parameters
    ----------
    detail
        A sentence for the client.
    retry_after
        Whole seconds to wait before the retry.
    """

    code = "unavailable"

    def __init__(self, detail: str = "The service is busy. Try again.", *, retry_after: int = 2) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class ConnectionGoneError(ConversationsError):
    """The connection is closed (410 Gone of API Gateway's ``@connections``)."""


class FrameTooLargeError(ConversationsError):
    """The gateway does not accept a frame of this size."""


class DeadLetteredError(ConversationsError):
    """A job failed on its last retry and was moved to the dead-letter queue; its conversation continues without it."""


class NotSentError(ConversationsError):
    """A mail or text message was not sent, or it is not known whether it was.

    The error's text is for the bot's author, without addresses.
    """


class MailUnreadableError(ConversationsError):
    """A received mail cannot be read: it is too large, or no mail. The message has no content of it."""


class ProgramNotFoundError(ConversationsError):
    """A bot's program is not stored; the text is for operators."""
