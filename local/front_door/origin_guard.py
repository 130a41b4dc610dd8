"""Refuses requests of pages that the front door has not served: they could start dialogs or get a demo user's token."""

from collections.abc import Collection
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from local.emulator.browser_guard import is_loopback
from local.front_door.problems import build_problem

_DETAIL = "Pages of other origins have no access to the local stack."
_OPEN_PATHS, _OPEN_FOLDERS = {"/api", "/widget.js"}, ("/api/", "/widget/", "/uploads/")
_SAME_ORIGIN = {"same-origin", "none"}


class OriginGuard:
    """Middleware that refuses a host name other than a loopback one, and pages of other origins.

    The REST API accepts requests of any page, as on AWS: it allows pages to read responses by CORS, and has no cookies.
    The files of the widget are for the pages of all sites, and so are uploads: a signed form is a credential.

    Parameters
    ----------
    allowed_origins
        The origins whose pages may open a WebSocket.
    """

    def __init__(self, app: ASGIApp, allowed_origins: Collection[str]) -> None:
        self._app = app
        self._allowed_origins = allowed_origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request or handshake, or refuse it with 403."""
        if scope["type"] == "lifespan" or _is_allowed(scope, self._allowed_origins):
            await self._app(scope, receive, send)
            return
        refusal = build_problem(HTTPStatus.FORBIDDEN, _DETAIL)
        if scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(refusal)
        else:
            await refusal(scope, receive, send)


def _is_allowed(scope: Scope, allowed_origins: Collection[str]) -> bool:
    path, headers = scope["path"], Headers(scope=scope)
    host = headers.get("host", "")
    if not is_loopback(host.encode()):
        return False  # DNS rebinding: the page has the same origin, under its own host name
    if path in _OPEN_PATHS or path.startswith(_OPEN_FOLDERS):
        return True
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site in _SAME_ORIGIN or origin == f"http://{host}":
        return True
    if origin is None:
        # A program, or a link to the page. Browsers always send one of the two headers.
        return site is None or _is_navigation(scope, headers)
    return path == "/ws" and origin in allowed_origins


def _is_navigation(scope: Scope, headers: Headers) -> bool:
    """Return whether a browser opens a page in a tab. A page in a frame is refused."""
    return scope.get("method") == "GET" and headers.get("sec-fetch-dest") == "document"
