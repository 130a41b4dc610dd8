"""A deployed stack as a world of ``tests/comparison``: real HTTP and WebSocket."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Self

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from conversations.contract import operations
from conversations.contract.operation import Operation
from tests.comparison.playing import CLOSED, Frame, Transcript
from tests.stack.connection import TIMEOUT_SECONDS

_PATHS = {each.name: (each.method, each.path) for each in vars(operations).values() if isinstance(each, Operation)}
_SURPLUS_SECONDS = 0.5
"""How long frames are awaited that the simulation has not sent."""


class RealWorld:
    """A stack as a ``World``.

    Parameters
    ----------
    stack
        Its description.
    create_user
        Creates a user, and returns the access token.
    expected
        The transcript of the simulation: how many frames are awaited after each step.
    """

    def __init__(self, stack: Mapping[str, Any], create_user: Callable[[], str], expected: Transcript) -> None:
        self._stack = stack
        self._create_user = create_user
        self._tokens: dict[str, str] = {}
        self._expected = iter(expected)
        self._sockets: dict[str, ClientConnection] = {}
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def connect(self, device: str, user: str, query: Mapping[str, str]) -> None:
        """Open a connection."""
        self._sockets[device] = self._opened.enter_context(
            connect(
                str(httpx.URL(self._stack["ws_url"], params=query)),
                additional_headers=self._build_headers(user),
                open_timeout=TIMEOUT_SECONDS,
                ping_interval=None,
            )
        )

    def close(self, device: str) -> None:
        """Close it."""
        self._sockets.pop(device).close()

    def send(self, device: str, frame: Frame) -> None:
        """Send a frame."""
        self._sockets[device].send(json.dumps(frame))

    def request(
        self, user: str, operation: str, conversation: str | None, body: object, query: Mapping[str, str]
    ) -> tuple[int, Any]:
        """Send a request, and return the status and the body of its response."""
        method, path = _PATHS[operation]
        url = self._stack["api_url"] + path.format(conversation_id=conversation)
        response = httpx.request(
            method, url, headers=self._build_headers(user), json=body, params=query, timeout=TIMEOUT_SECONDS
        )
        return response.status_code, json.loads(response.text or "null")

    def settle(self) -> Mapping[str, Sequence[Frame]]:
        """Wait for as many frames as the simulation has sent, and for some time for more."""
        expected = next(self._expected)
        frames = {device: _receive(socket, len(expected.get(device, ()))) for device, socket in self._sockets.items()}
        for device in [each for each, received in frames.items() if CLOSED in received]:
            del self._sockets[device]
        return frames

    def _build_headers(self, user: str) -> dict[str, str]:
        if user.startswith("visitor"):
            return {}
        if user not in self._tokens:
            self._tokens[user] = self._create_user()
        return {"Authorization": f"Bearer {self._tokens[user]}"}


def _receive(socket: ClientConnection, count: int) -> list[Frame]:
    frames: list[Frame] = []
    try:
        while True:
            timeout = TIMEOUT_SECONDS if len(frames) < count else _SURPLUS_SECONDS
            frames.append(json.loads(socket.recv(timeout=timeout)))
    except TimeoutError:
        return frames
    except ConnectionClosed:
        return [*frames, dict(CLOSED)]
