"""Bot servers: what they are asked and what they answer. A bot server is an author's own HTTPS server that runs a bot.

Not to be confused with `conversations.domain.webhooks`, the webhooks of scripts, which other systems call.
"""

from collections.abc import Mapping
from dataclasses import field

from pydantic import JsonValue

from conversations.data_classes import dataclass
from conversations.domain.errors import ConversationsError, UnavailableError
from conversations.domain.message import Suggestion


@dataclass(frozen=True, slots=True)
class BotServer:
    """Where a bot server is, and how requests to it are signed.

    Attributes
    ----------
    url
        Its URL.
    secrets
        References to the secrets that sign, such as ``ssm:/bots/shop``: the current one, and during a rotation the one
        before. Never the secrets.
    """

    url: str
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServerRequest:
    """One request to a bot server.

    Attributes
    ----------
    id
        The id of the turn: each try of the turn has the same.
    body
        The turn as JSON.
    seconds
        Time limit for the complete answer.
    """

    id: str
    body: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class ServerText:
    """The next piece of the message that the server is writing."""

    text: str


@dataclass(frozen=True, slots=True)
class ServerMessage:
    """The end of a message; the next piece begins another one.

    Attributes
    ----------
    content
        The complete text; None if it is the pieces so far.
    suggestions
        Its quick replies.
    """

    content: str | None = None
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerSuggestions:
    """Quick replies of the last message of the answer."""

    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class ServerWaiting:
    """Nothing has arrived for a moment. It lets the reader look at the clock and at stop requests."""


@dataclass(frozen=True, slots=True)
class ServerDone:
    """The end of an answer that was received completely; no event follows.

    Attributes
    ----------
    state
        The state for the next turn; None if it does not change.
    """

    state: Mapping[str, JsonValue] | None = None


ServerEvent = ServerText | ServerMessage | ServerSuggestions | ServerWaiting | ServerDone


class ServerUnavailableError(UnavailableError):
    """A bot server cannot be reached, answers too late, reports an error of its own, or broke off its answer.

    The text is for the log. It never contains what the server sent.

    Attributes
    ----------
    wait_seconds
        Seconds after which the server accepts another request; None if it did not say.
    """

    def __init__(self, message: str, *, wait_seconds: float | None = None) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class ServerAnswerError(ConversationsError):
    """A request to a bot server will fail again: it is refused, the answer is invalid, or the configuration is wrong.

    The text is for the log. It never contains what the server sent.
    """
