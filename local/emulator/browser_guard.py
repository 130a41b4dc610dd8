"""Refuses all requests of web pages, because a client of the emulator can run code on this machine.

MiniStack answers every origin and accepts unsigned requests, and its functions are processes of the developer.
"""

from collections.abc import Iterable

from local.emulator.asgi import App, Message, Receive, Send

type Header = tuple[bytes, bytes]

_LOOPBACK = {b"127.0.0.1", b"localhost"}
_RENAMED = b"x-front-door-"
_FORBIDDEN = b'{"message": "Web pages have no access to the AWS emulator."}'


class BrowserGuard:
    """An ASGI application in front of MiniStack that serves only programs, and only on a loopback host name."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Forward a request, or refuse it with 403."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif _is_from_browser(scope["headers"]) or not _has_loopback_host(scope["headers"]):
            await _refuse(scope, receive, send)
        else:
            await self._app({**scope, "headers": _restore(scope["headers"])}, receive, _without_cors(send))


def is_loopback(host: bytes) -> bool:
    """Return whether a Host header names this machine. Another name would come from DNS rebinding."""
    return host.partition(b":")[0].lower() in _LOOPBACK


def is_browser_header(name: bytes) -> bool:
    """Return whether only browsers send a header, in lower case. Pages can neither set nor remove these."""
    return name == b"origin" or name.startswith(b"sec-fetch-")


def rename_browser_headers(headers: Iterable[Header]) -> list[Header]:
    """Rename the headers of a browser in a request that the front door forwards, so that the guard accepts it.

    The guard restores them, because functions read ``Origin``. A page that sent the new names itself would gain
    nothing: it cannot leave out the old ones.
    """
    own = (header for header in headers if not header[0].startswith(_RENAMED))
    return [(_RENAMED + name if is_browser_header(name) else name, value) for name, value in own]


def _restore(headers: Iterable[Header]) -> list[Header]:
    return [(name.removeprefix(_RENAMED), value) for name, value in headers]


def _is_from_browser(headers: Iterable[Header]) -> bool:
    return any(is_browser_header(name.lower()) for name, _ in headers)


def _has_loopback_host(headers: Iterable[Header]) -> bool:
    return any(name.lower() == b"host" and is_loopback(value) for name, value in headers)


async def _refuse(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        # The server answers a handshake that is closed before it is accepted with 403.
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_FORBIDDEN)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": _FORBIDDEN})


def _without_cors(send: Send) -> Send:
    """Remove the permission for all origins, which MiniStack adds to the answers of its services."""

    async def send_without_cors(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [header for header in message["headers"] if not _allows_all_origins(*header)]
            message = {**message, "headers": headers}
        await send(message)

    return send_without_cors


def _allows_all_origins(name: bytes, value: bytes) -> bool:
    return name.lower() == b"access-control-allow-origin" and value == b"*"
