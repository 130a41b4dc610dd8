"""The guarded client: makes a script's request, or says why not.

Of every hop, the first and each redirect, the host is resolved, all its addresses are checked, and the connection is
made to one of those that were checked: there is no second look-up that could say something else. TLS asks for the
host's name and checks the certificate against it, although the connection is to an address.

urllib3 is the client because the layer has it already, for boto3, and because its connections take an address to
connect to and a name to check apart. Its pools, retries and redirects stay out of it.
"""

import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from http.client import HTTPException
from queue import Empty, SimpleQueue
from threading import Thread, Timer
from typing import Protocol

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from basic.errors import ScriptError
from basic.host import HttpRequest, HttpResponse
from basic.http import guard, headers
from basic.http.guard import Target

SECONDS = 30.0
"""For everything: names, connections, redirects and the body."""

CONNECT_SECONDS = 10.0

MOST_BYTES = 1024 * 1024
"""Of a body, either way."""

MOST_HEADER_BYTES = 64 * 1024

MOST_REDIRECTS = 5

USER_AGENT = "conversations-bot"

_CHUNK = 64 * 1024

_SAFE_ELSEWHERE = frozenset({"accept", "accept-language", "content-type"})
"""What a script's headers may still say when a redirect leads to another origin: nothing that could be a secret."""

_AS_GET = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
_REDIRECTS = _AS_GET | {HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT}


@dataclass(frozen=True, slots=True)
class Hop:
    """One request to one place.

    Attributes
    ----------
    method, target, body
        What is asked of whom.
    headers
        All of them but ``Host``.
    address
        The address that was checked, to connect to.
    seconds
        How long it may take.
    """

    method: str
    target: Target
    headers: Mapping[str, str]
    body: bytes | None
    address: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hop gave: the status, its reason, the headers in small letters, the body."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


class ConnectError(Exception):
    """An address that takes no connection; another one of the host may."""


class Transport(Protocol):
    """Makes one hop."""

    def __call__(self, hop: Hop) -> Answer:
        """Connect to the hop's address and to no other, ask, and read the answer.

        Raises
        ------
        ConnectError
            If there was no connection, so nothing was sent.
        ScriptError
            If anything else goes wrong.
        """


class Connections:
    """The transport over real connections.

    Parameters
    ----------
    context
        What decides which certificates are trusted; the system's by default.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context

    def __call__(self, hop: Hop) -> Answer:
        """See `Transport`."""
        started = time.monotonic()
        with closing(self._connected(hop)) as connection:
            watch = Timer(max(hop.seconds - (time.monotonic() - started), 0), _cut, (connection.sock,))
            watch.daemon = True
            watch.start()
            answer, fault = None, ""
            try:
                answer = _exchange(connection, hop)
            except (HTTPError, HTTPException, OSError, ValueError) as error:
                fault = type(error).__name__
            finally:
                watch.cancel()
            # An answer without a length that was cut looks like one that has ended.
            if time.monotonic() - started >= hop.seconds:
                raise _too_slow(hop.target)
            if answer is None:
                raise ScriptError(f"{hop.target.host} broke off its answer ({fault})")
            return answer

    def _connected(self, hop: Hop) -> HTTPConnection:
        # The handshake has the same patience again, so half of what is left is enough for each.
        patience = min(CONNECT_SECONDS, hop.seconds / 2)
        target = hop.target
        connection = HTTPConnection(hop.address, target.port, timeout=patience)
        if target.scheme == "https":
            connection = HTTPSConnection(
                hop.address,
                target.port,
                timeout=patience,
                server_hostname=target.host,
                ssl_context=self._context or _trusted(),
            )
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as error:
            raise ScriptError(f"{target.host} has no valid certificate: {error.verify_message}") from None
        except (HTTPError, OSError) as error:
            connection.close()
            raise ConnectError(type(error).__name__) from error
        return connection


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def _cut(connected: socket.socket) -> None:
    """End whatever a connection waits for, so that a server that trickles cannot hold a turn.

    The plain socket's shutdown, because that of a TLS socket takes it apart under the reading thread.
    """
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _exchange(connection: HTTPConnection, hop: Hop) -> Answer:
    connection.timeout = hop.seconds
    connection.sock.settimeout(hop.seconds)
    connection.request(
        hop.method,
        hop.target.path,
        body=hop.body,
        headers={"Host": hop.target.authority, **hop.headers},
        preload_content=False,
        decode_content=False,
    )
    response = connection.getresponse()
    received = {name.lower(): value for name, value in response.headers.items()}
    if sum(len(name) + len(value) for name, value in received.items()) > MOST_HEADER_BYTES:
        raise ScriptError(f"{hop.target.host} answered with more than {MOST_HEADER_BYTES // 1024} KB of headers")
    if received.get("content-encoding", "identity").lower() not in {"", "identity"}:
        raise ScriptError(f"{hop.target.host} answered in a compression that it was not asked for")
    return Answer(response.status, response.reason or "", received, _body(response, hop.target))


def _body(response: BaseHTTPResponse, target: Target) -> bytes:
    """Read a body, counting: what it says of its own length may be wrong."""
    body = bytearray()
    while part := response.read1(_CHUNK):
        body += part
        if len(body) > MOST_BYTES:
            raise ScriptError(f"{target.host} answered with more than {MOST_BYTES // 1024 // 1024} MB")
    return bytes(body)


def _too_slow(target: Target) -> ScriptError:
    return ScriptError(f"{target.host} did not answer within {SECONDS:g} seconds")


@dataclass(frozen=True, slots=True)
class HttpClient:
    """Makes the requests of scripts.

    Attributes
    ----------
    resolve
        Gives the addresses of a host and port; an `OSError` if it has none.
    permits
        Tells whether an address may be reached.
    transport
        Makes one hop.
    seconds
        How long a request may take in all.
    clock
        Seconds that never go back.
    """

    resolve: Callable[[str, int], Sequence[str]] = guard.addresses_of
    permits: Callable[[str], bool] = guard.is_public
    transport: Transport = field(default_factory=Connections)
    seconds: float = SECONDS
    clock: Callable[[], float] = time.monotonic

    def send(self, request: HttpRequest) -> HttpResponse:
        """Make a request and follow its redirects; every status is an answer.

        Raises
        ------
        ScriptError
            If the request may not be made, or there was no answer; the sentence names the host and never the query,
            a header or the body, which may hold secrets.
        """
        for name, value in request.headers.items():
            headers.check(name, value)
        deadline = self.clock() + self.seconds
        body = None if request.body is None else request.body.encode()
        if body is not None and len(body) > MOST_BYTES:
            raise ScriptError(f"a script sends at most {MOST_BYTES // 1024 // 1024} MB")
        target = guard.target(request.url)
        return self._follow(request.method, target, _sent(request.headers, target), body, deadline)

    def _follow(
        self, method: str, target: Target, sent: Mapping[str, str], body: bytes | None, deadline: float
    ) -> HttpResponse:
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._hop(method, target, sent, body, deadline)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or location is None:
                return _response(answer)
            if answer.status in _AS_GET and method != "GET":
                method, body = "GET", None
                sent = {name: value for name, value in sent.items() if name.lower() != "content-type"}
            following = target.redirected(location)
            if following.origin != target.origin:
                sent = {name: value for name, value in sent.items() if name.lower() in _SAFE_ELSEWHERE}
            sent = _sent(sent, following)
            target = following
        raise ScriptError(f"{target.host} redirects more than {MOST_REDIRECTS} times")

    def _hop(self, method: str, target: Target, sent: Mapping[str, str], body: bytes | None, deadline: float) -> Answer:
        addresses = self._addresses(target, deadline)
        for address in addresses:
            left = deadline - self.clock()
            if left <= 0:
                raise _too_slow(target)
            with suppress(ConnectError):
                return self.transport(Hop(method, target, sent, body, address, left))
        if self.clock() >= deadline:
            raise _too_slow(target)
        raise ScriptError(f"{target.host} takes no connection")

    def _addresses(self, target: Target, deadline: float) -> Sequence[str]:
        found = self._resolved(target, deadline)
        if not found:
            raise ScriptError(f"there is no host {target.host}")
        # One that is forbidden beside others that are not is an attempt to get past this.
        if not all(self.permits(address) for address in found):
            raise ScriptError(f"{target.host} is not a public place; a script may not reach it")
        return found

    def _resolved(self, target: Target, deadline: float) -> Sequence[str]:
        """Resolve a host in another thread: the system's look-up cannot be told how long to try."""
        answers: SimpleQueue[Sequence[str]] = SimpleQueue()

        def look_up() -> None:
            try:
                answers.put(self.resolve(target.host, target.port))
            except (OSError, UnicodeError):
                answers.put(())

        Thread(target=look_up, daemon=True).start()
        try:
            return answers.get(timeout=max(deadline - self.clock(), 0))
        except Empty:
            raise _too_slow(target) from None


def _sent(own: Mapping[str, str], target: Target) -> dict[str, str]:
    """Return the headers of a request: those that it always has, the script's own, the credentials of its URL."""
    sent = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
    for name, value in own.items():
        sent = {other: kept for other, kept in sent.items() if other.lower() != name.lower()} | {name: value}
    if target.credentials is not None and "authorization" not in {name.lower() for name in own}:
        sent["Authorization"] = target.credentials
    return sent


def _response(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.status, answer.reason, answer.headers, _text(answer))


def _text(answer: Answer) -> str:
    """Decode a body as its content type says, or as UTF-8."""
    _, _, charset = answer.headers.get("content-type", "").lower().partition("charset=")
    try:
        return answer.body.decode(charset.partition(";")[0].strip(" \"'") or "utf-8-sig", "replace")
    except LookupError:
        return answer.body.decode("utf-8-sig", "replace")
