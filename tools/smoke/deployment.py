"""The deployment under test: its URLs, its user, and the clients."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

TIMEOUT_SECONDS = 30
"""API Gateway's integration timeout is 29 seconds."""

type Frame = dict[str, Any]


class CheckFailedError(Exception):
    """The deployment does not behave as assumed."""


class NotCheckedError(Exception):
    """The check needs an option that is missing."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment, and a user of it.

    Attributes
    ----------
    rest_url
        URL of the REST API, with its stage or base path.
    socket_url
        URL of the WebSocket API.
    token
        The user's access token.
    origin
        An origin that ``AllowedOrigins`` lists, or None.
    on_aws
        Whether it runs on AWS and not on the local stack.
    conversations
        Ids of the conversations that the checks started.
    """

    rest_url: str
    socket_url: str
    token: str = field(repr=False)
    origin: str | None = None
    on_aws: bool = True
    conversations: list[str] = field(default_factory=list)

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """Send a request, without a credential unless ``token`` is given."""
        credential = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.request(
            method,
            f"{self.rest_url}{path}",
            headers=credential | (headers or {}),
            content=content,
            timeout=TIMEOUT_SECONDS,
        )

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Send a request of the user and return the body of the response, which must be a success."""
        content = None if body is None else json.dumps(body).encode()
        response = self.request(method, path, token=self.token, content=content)
        expect(response.is_success, f"{method} {path}: {response.status_code} {response.text[:200]}")
        return response.json() if response.content else None

    def start_conversation(self) -> dict[str, Any]:
        """Start a conversation of the user; it is deleted at the end."""
        started: dict[str, Any] = self.call("POST", "/conversations/start", {})
        self.conversations.append(started["conversation_id"])
        return started

    def delete_conversations(self) -> None:
        """Delete the conversations that the checks started."""
        for conversation_id in self.conversations:
            self.request("DELETE", f"/conversations/{conversation_id}", token=self.token)

    @contextmanager
    def open_socket(
        self, query: str = "", *, token: str | None = None, subprotocols: Sequence[str] | None = None
    ) -> Iterator[ClientConnection]:
        """Open a connection, without a credential unless one is given."""
        with connect(
            self.socket_url + query,
            additional_headers={} if token is None else {"Authorization": f"Bearer {token}"},
            subprotocols=None if subprotocols is None else [Subprotocol(name) for name in subprotocols],
            open_timeout=TIMEOUT_SECONDS,
            ping_interval=None,
        ) as socket:
            yield socket

    def get_handshake_status(self, query: str = "", *, token: str | None = None) -> int:
        """Return the status of a handshake: 101 if it succeeds."""
        try:
            with self.open_socket(query, token=token):
                return HTTPStatus.SWITCHING_PROTOCOLS.value
        except InvalidStatus as refusal:
            return refusal.response.status_code


def expect(condition: object, sentence: str) -> None:
    """Fail the check with a sentence unless the condition is true.

    Raises
    ------
    CheckFailedError
        If it is false.
    """
    if not condition:
        raise CheckFailedError(sentence)


def send(socket: ClientConnection, **frame: object) -> None:
    """Send a frame."""
    socket.send(json.dumps(frame))


def receive(socket: ClientConnection, **fields: object) -> Frame:
    """Return the next frame that has all these fields.

    Raises
    ------
    CheckFailedError
        If it does not arrive in time.
    """
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            frame: Frame = json.loads(socket.recv(timeout=max(deadline - time.monotonic(), 0)))
        except TimeoutError:
            raise CheckFailedError(f"no frame {fields} within {TIMEOUT_SECONDS} seconds") from None
        if fields.items() <= frame.items():
            return frame
