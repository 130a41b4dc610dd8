"""What the core asks its driver to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """Open a socket.

    Attributes
    ----------
    socket
        Its number, for all that follows.
    query
        The parameters of its URL.
    session_token
        The visitor's token, for the subprotocol: a URL can end up in logs. A user's token is the driver's.
    """

    socket: int
    query: Mapping[str, str]
    session_token: str | None


@dataclass(frozen=True, slots=True)
class SendText:
    """Send a text frame."""

    socket: int
    text: str


@dataclass(frozen=True, slots=True)
class CloseSocket:
    """Close a socket, or stop opening it."""

    socket: int


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Send a REST request as the user; pass the JSON object or the error to ``on_result``."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any] | None
    on_result: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class RenewToken:
    """Get a fresh token before the next socket or request, because the server has rejected the last one."""


Effect: TypeAlias = OpenSocket | SendText | CloseSocket | SendRequest | RenewToken


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a handshake failed.

    Attributes
    ----------
    status
        The HTTP status; None if the server does not answer.
    error, message
        The code of the contract and a sentence.
    retry_after
        Seconds until the server allows a retry, if it says so.
    """

    status: int | None
    error: str
    message: str
    retry_after: float | None = None
