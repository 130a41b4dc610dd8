"""Everything that can go wrong, in the language of the domain.

* ConversationsError
  - InvalidRequestError
    + InvalidMessageError
  - UnauthorizedError
  - ForbiddenError
  - NotFoundError
  - ConflictError
  - PayloadTooLargeError
  - RateLimitedError
  - UnavailableError
  - ConnectionGoneError
  - DeadLetteredError
  - ProgramNotFoundError

The text of every one but the last three is written for the client: it names what was wrong with the request, never what
is inside the service. ``conversations.contract.problems`` maps the kinds to statuses and words.
"""

from conversations.domain.limits import Usage


class ConversationsError(Exception):
    """The root of the tree; catch it to catch all of them."""


class InvalidRequestError(ConversationsError):
    """A body, parameter, id or frame that cannot be read or is out of range.

    Parameters
    ----------
    detail
        What is wrong, for the client.
    field
        Name of the field or parameter, or None when the whole is unreadable.
    """

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field


class InvalidMessageError(InvalidRequestError):
    """The content or the attachments of a message are malformed."""


class UnauthorizedError(ConversationsError):
    """Nobody is known to be calling: no token, or one that does not verify or has run out."""


class ForbiddenError(ConversationsError):
    """The caller is known and may not do this."""


class NotFoundError(ConversationsError):
    """There is no such conversation, bot or path; an expired conversation counts as none."""


class ConflictError(ConversationsError):
    """The request contradicts what is stored."""


class PayloadTooLargeError(ConversationsError):
    """The body is larger than the contract allows."""


class RateLimitedError(ConversationsError):
    """The caller has used up a limit.

    Parameters
    ----------
    usage
        Which limit, and when a request can be admitted again.
    """

    def __init__(self, usage: Usage) -> None:
        super().__init__(f"More than {usage.policy.limit} {usage.policy.name} requests in a minute.")
        self.usage = usage
        self.retry_after = usage.reset_seconds


class UnavailableError(ConversationsError):
    """A service we need does not answer; a retry is safe.

    Parameters
    ----------
    detail
        A sentence for the client.
    retry_after
        Whole seconds to wait before the retry.
    """

    def __init__(self, detail: str = "The service is busy. Try again.", *, retry_after: int = 2) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class ConnectionGoneError(ConversationsError):
    """The socket that was written to is closed (410 of ``@connections``)."""


class DeadLetteredError(ConversationsError):
    """Work was tried often enough; it has been put aside, and its conversation goes on without it."""


class ProgramNotFoundError(ConversationsError):
    """A bot's program is not stored; the text is for operators."""
