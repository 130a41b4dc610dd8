"""A proxy for the page's WebSocket: records frames, drops or duplicates them, and disconnects."""

import json
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, WebSocketRoute

if TYPE_CHECKING:
    from collections.abc import Callable

type Frame = dict[str, Any]


class SocketProxy:
    """Forwards the frames between the page and the real server.

    Parameters
    ----------
    page
        A browser tab that has not opened the page yet.
    """

    def __init__(self, page: Page) -> None:
        self.sent: list[Frame] = []
        self.received: list[Frame] = []
        self.handshakes = 0
        self.drops_from_page: Callable[[Frame], bool] = lambda _frame: False
        self.drops_to_page: Callable[[Frame], bool] = lambda _frame: False
        self.duplicates_to_page = False
        self._frames: list[Frame] = []
        self._is_down = False
        self._route: WebSocketRoute | None = None
        page.route_web_socket(lambda url: "/ws" in url, self._on_connect)

    def disconnect(self) -> None:
        """Close the connection and reject new ones."""
        self._is_down = True
        if self._route is not None:
            self._route.close(code=1012)

    def allow_reconnect(self) -> None:
        """Accept new connections again."""
        self._is_down = False

    def send_to_page(self, frame: Frame) -> None:
        """Send a frame to the page as if it came from the server."""
        assert self._route is not None
        self._route.send(json.dumps(frame))

    def list_sent_messages(self) -> list[Frame]:
        """Return the `message` frames of the page, including the dropped ones."""
        return [frame for frame in self.sent if frame["type"] == "message"]

    def get_max_in_flight(self) -> int:
        """Return the maximum number of messages that were in flight at the same time."""
        in_flight = maximum = 0
        for frame in self._frames:
            in_flight += (frame["type"] == "message" and "sender" not in frame) - (frame.get("status") == "delivered")
            maximum = max(maximum, in_flight)
        return maximum

    @property
    def session_id(self) -> str:
        """The session that the server has opened for the page."""
        return str(next(frame["session_id"] for frame in reversed(self.received) if frame.get("status") == "connected"))

    def _on_connect(self, route: WebSocketRoute) -> None:
        if self._is_down:
            route.close(code=1012)
            return
        self.handshakes += 1
        server = route.connect_to_server()

        def forward_to_server(data: str | bytes) -> None:
            frame = json.loads(data)
            self.sent.append(frame)
            self._frames.append(frame)
            if not self.drops_from_page(frame):
                server.send(data)

        def forward_to_page(data: str | bytes) -> None:
            frame = json.loads(data)
            self.received.append(frame)
            self._frames.append(frame)
            if self.drops_to_page(frame):
                return
            for _ in range(2 if self.duplicates_to_page else 1):
                route.send(data)

        route.on_message(forward_to_server)
        server.on_message(forward_to_page)
        self._route = route
