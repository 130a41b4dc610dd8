"""A hand on the page's wire: what goes over it can be seen, kept back, doubled, and the wire cut."""

import json
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, WebSocketRoute

if TYPE_CHECKING:
    from collections.abc import Callable

type Frame = dict[str, Any]


class Wire:
    """Stands between the page and the real server.

    Parameters
    ----------
    page
        A tab of the browser, not yet on the page.
    """

    def __init__(self, page: Page) -> None:
        self.sent: list[Frame] = []
        self.received: list[Frame] = []
        self.handshakes = 0
        self.keep_back: Callable[[Frame], bool] = lambda _frame: False
        self.keep_from_page: Callable[[Frame], bool] = lambda _frame: False
        self.double = False
        self._all: list[Frame] = []
        self._is_cut = False
        self._route: WebSocketRoute | None = None
        page.route_web_socket(lambda url: "/ws" in url, self._join)

    def cut(self) -> None:
        """Cut the connection, and let none be made."""
        self._is_cut = True
        if self._route is not None:
            self._route.close(code=1012)

    def mend(self) -> None:
        """Let the page connect again."""
        self._is_cut = False

    def tell_page(self, frame: Frame) -> None:
        """Say something to the page in the server's name."""
        assert self._route is not None
        self._route.send(json.dumps(frame))

    def messages_sent(self) -> list[Frame]:
        """Return the chat messages the page has sent, with those that were kept back."""
        return [frame for frame in self.sent if frame["type"] == "message"]

    def most_underway(self) -> int:
        """Return how many messages the page has had on their way at once, at most."""
        underway = most = 0
        for frame in self._all:
            underway += (frame["type"] == "message" and "sender" not in frame) - (frame.get("status") == "delivered")
            most = max(most, underway)
        return most

    @property
    def session_id(self) -> str:
        """The session the server has opened for the page."""
        return str(next(frame["session_id"] for frame in reversed(self.received) if frame.get("status") == "connected"))

    def _join(self, route: WebSocketRoute) -> None:
        if self._is_cut:
            route.close(code=1012)
            return
        self.handshakes += 1
        server = route.connect_to_server()

        def to_server(data: str | bytes) -> None:
            frame = json.loads(data)
            self.sent.append(frame)
            self._all.append(frame)
            if not self.keep_back(frame):
                server.send(data)

        def to_page(data: str | bytes) -> None:
            frame = json.loads(data)
            self.received.append(frame)
            self._all.append(frame)
            if self.keep_from_page(frame):
                return
            for _ in range(2 if self.double else 1):
                route.send(data)

        route.on_message(to_server)
        server.on_message(to_page)
        self._route = route
