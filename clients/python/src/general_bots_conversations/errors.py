"""Errors that the client raises. None contains a token or the text of a message."""

MAX_TEXT = 300
"""Longest sentence of an error that is passed to the app, in characters."""


def shorten(text: str) -> str:
    """Return a sentence of the server, cut to a length that an app can show."""
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


class ConversationsError(Exception):
    """The base of all errors of this package."""


class ApiError(ConversationsError):
    """An error response of the server.

    Attributes
    ----------
    status
        The HTTP status.
    error
        The code of the contract, such as ``not_found``.
    retry_after
        Seconds to wait before a retry; None if the server gave no time.
    """

    def __init__(self, status: int, error: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(shorten(message))
        self.status = status
        self.error = error
        self.retry_after = retry_after

    @property
    def is_gone(self) -> bool:
        """Whether the resource does not exist for this user."""
        return self.error in ("forbidden", "not_found")


class UnreachableError(ConversationsError):
    """The server does not answer, or the network is down."""


class SignedOutError(ConversationsError):
    """The user is signed out: the app has no token, or the server rejected a fresh one."""

    def __init__(self) -> None:
        super().__init__("The user is signed out.")


class NotSentError(ConversationsError):
    """A message was refused, or the conversation has ended.

    Attributes
    ----------
    reason
        A code of the contract, ``unconfirmed``, ``stale``, or why the conversation has ended.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The message was not sent: {reason}.")
        self.reason = reason


class UnansweredError(ConversationsError):
    """The bot failed to answer a message and will not try again."""

    def __init__(self) -> None:
        super().__init__("The bot could not answer.")
