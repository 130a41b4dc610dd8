"""The HTTP client of scripts, which only reaches public addresses.

For every hop, the first and each redirect, it resolves the host, checks all its addresses and connects to one of the
checked addresses. There is no second resolution, which could return something else (DNS rebinding). TLS verifies the
certificate against the host's name, although the connection is to an address.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from queue import Empty, SimpleQueue
from threading import Thread

from basic.errors import ScriptError
from basic.host import HttpRequest, HttpResponse
from basic.http import guard, headers
from basic.http.guard import Target
from basic.http.transport import (
    MAX_BODY_BYTES,
    MAX_SECONDS,
    ConnectError,
    Hop,
    HopResponse,
    SocketTransport,
    Transport,
    build_timeout_error,
)

MAX_REDIRECTS = 5

USER_AGENT = "conversations-bot"

_CROSS_ORIGIN_HEADERS = frozenset({"accept", "accept-language", "content-type"})
"""The headers of a script that a redirect to another origin includes: none that could be a secret."""

_REDIRECTS_AS_GET = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
_REDIRECTS = _REDIRECTS_AS_GET | {HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT}


@dataclass(frozen=True, slots=True)
class HttpClient:
    """Makes the requests of scripts.

    Attributes
    ----------
    resolve
        Returns the addresses of a host and port; an `OSError` if it has none.
    permits
        Returns whether a script may reach an address.
    transport
        Makes the request of one hop.
    seconds
        The timeout of a request.
    clock
        A monotonic clock in seconds.
    max_bytes
        Of the body that is received.
    """

    resolve: Callable[[str, int], Sequence[str]] = guard.resolve
    permits: Callable[[str], bool] = guard.is_public
    transport: Transport = field(default_factory=SocketTransport)
    seconds: float = MAX_SECONDS
    clock: Callable[[], float] = time.monotonic
    max_bytes: int = MAX_BODY_BYTES

    def send(self, request: HttpRequest) -> HttpResponse:
        """Make a request and follow its redirects; see ``fetch``. The body is decoded."""
        return _to_http_response(self.fetch(request))

    def fetch(self, request: HttpRequest) -> HopResponse:
        """Make a request and follow its redirects; every status is a response.

        Raises
        ------
        ScriptError
            If the request is not allowed or has no response; the message has the host but never the query, a header
            or the body, which may contain secrets.
        """
        for name, value in request.headers.items():
            headers.validate(name, value)
        deadline = self.clock() + self.seconds
        body = None if request.body is None else request.body.encode()
        if body is not None and len(body) > MAX_BODY_BYTES:
            raise ScriptError(f"a script sends at most {MAX_BODY_BYTES // 1024 // 1024} MB")
        target = guard.parse_target(request.url)
        return self._follow(request.method, target, _build_headers(request.headers, target), body, deadline)

    def _follow(
        self, method: str, target: Target, request_headers: Mapping[str, str], body: bytes | None, deadline: float
    ) -> HopResponse:
        for _ in range(MAX_REDIRECTS + 1):
            response = self._make_hop(method, target, request_headers, body, deadline)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or location is None:
                return response
            if response.status in _REDIRECTS_AS_GET and method != "GET":
                method, body = "GET", None
                request_headers = _without(request_headers, "content-type")
            next_target = target.redirect(location)
            if next_target.origin != target.origin:
                request_headers = _only_cross_origin(request_headers)
            request_headers = _build_headers(request_headers, next_target)
            target = next_target
        raise ScriptError(f"{target.host} redirects more than {MAX_REDIRECTS} times")

    def _make_hop(
        self, method: str, target: Target, request_headers: Mapping[str, str], body: bytes | None, deadline: float
    ) -> HopResponse:
        for address in self._list_addresses(target, deadline):
            remaining = deadline - self.clock()
            if remaining <= 0:
                raise build_timeout_error(target.host)
            with suppress(ConnectError):
                return self.transport(Hop(method, target, request_headers, body, address, remaining, self.max_bytes))
        if self.clock() >= deadline:
            raise build_timeout_error(target.host)
        raise ScriptError(f"{target.host} refused the connection")

    def _list_addresses(self, target: Target, deadline: float) -> Sequence[str]:
        addresses = self._resolve(target, deadline)
        guard.require_permitted(target, addresses, self.permits)
        return addresses

    def _resolve(self, target: Target, deadline: float) -> Sequence[str]:
        """Resolve a host in another thread, because the system's resolver has no timeout parameter."""
        results: SimpleQueue[Sequence[str]] = SimpleQueue()

        def look_up() -> None:
            try:
                results.put(self.resolve(target.host, target.port))
            except (OSError, UnicodeError):
                results.put(())

        Thread(target=look_up, daemon=True).start()
        try:
            return results.get(timeout=max(deadline - self.clock(), 0))
        except Empty:
            raise build_timeout_error(target.host) from None


def _build_headers(script_headers: Mapping[str, str], target: Target) -> dict[str, str]:
    """Return the headers of a request: the defaults, the script's headers and the credentials of the URL."""
    request_headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
    for name, value in script_headers.items():
        request_headers = _without(request_headers, name) | {name: value}
    if target.credentials is not None and "authorization" not in {name.lower() for name in script_headers}:
        request_headers["Authorization"] = target.credentials
    return request_headers


def _without(request_headers: Mapping[str, str], removed: str) -> dict[str, str]:
    return {name: value for name, value in request_headers.items() if name.lower() != removed.lower()}


def _only_cross_origin(request_headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in request_headers.items() if name.lower() in _CROSS_ORIGIN_HEADERS}


def _to_http_response(response: HopResponse) -> HttpResponse:
    return HttpResponse(response.status, response.reason, response.headers, _decode_body(response))


def _decode_body(response: HopResponse) -> str:
    """Decode a body by the charset of its content type, or as UTF-8."""
    _, _, charset = response.headers.get("content-type", "").lower().partition("charset=")
    try:
        return response.body.decode(charset.partition(";")[0].strip(" \"'") or "utf-8-sig", "replace")
    except LookupError:
        return response.body.decode("utf-8-sig", "replace")
