"""The transport of the HTTP client: connects to one checked address and reads the response, within limits.

It is urllib3 because the layer already has it, for boto3, and because its connections have separate parameters for the
address to connect to and the name to verify. Its pools, retries and redirects are not used.
"""

import logging
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from threading import Timer
from typing import Protocol

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from basic.errors import ScriptError
from basic.http.guard import Target

MAX_SECONDS = 30.0
"""Of a request in total: name resolution, connections, redirects and body."""

CONNECT_SECONDS = 10.0

MAX_BODY_BYTES = 1024 * 1024
"""Of a body, sent or received."""

MAX_HEADER_BYTES = 64 * 1024

_CHUNK = 64 * 1024

# It logs the complete URL of a response with malformed headers, and a query may contain a secret.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Hop:
    """One request to one address.

    Attributes
    ----------
    method, target, body
        The request.
    headers
        All headers except ``Host``.
    address
        The checked address to connect to.
    seconds
        The timeout.
    max_bytes
        Of the body that is received.
    """

    method: str
    target: Target
    headers: Mapping[str, str]
    body: bytes | None
    address: str
    seconds: float
    max_bytes: int = MAX_BODY_BYTES


@dataclass(frozen=True, slots=True)
class HopResponse:
    """The response of a hop: status, reason, headers with names in lower case, and body."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


class ConnectError(Exception):
    """The address refused the connection; another address of the host may accept it."""


class Transport(Protocol):
    """Makes the request of one hop."""

    def __call__(self, hop: Hop) -> HopResponse:
        """Connect to the hop's address and no other, send the request and read the response.

        Raises
        ------
        ConnectError
            If there was no connection, so that nothing was sent.
        ScriptError
            If anything else fails.
        """


class SocketTransport:
    """The transport over real connections.

    Parameters
    ----------
    context
        The trusted certificates; those of the system by default.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context

    def __call__(self, hop: Hop) -> HopResponse:
        """See `Transport`."""
        started = time.monotonic()
        with closing(connect(hop, self._context)) as connection:
            timer = Timer(max(hop.seconds - (time.monotonic() - started), 0), shut_down, (connection.sock,))
            timer.daemon = True
            timer.start()
            response, error_name = None, ""
            try:
                response = _exchange(connection, hop)
            except (HTTPError, HTTPException, OSError, ValueError) as error:
                error_name = type(error).__name__
            finally:
                timer.cancel()
            # A response without a content length looks complete when the timer has cut it.
            if time.monotonic() - started >= hop.seconds:
                raise build_timeout_error(hop.target.host)
            if response is None:
                raise ScriptError(f"{hop.target.host} closed the connection during its response ({error_name})")
            return response


def connect(hop: Hop, context: ssl.SSLContext | None = None) -> HTTPConnection:
    """Connect to the address of a hop; TLS verifies the name of its target.

    Raises
    ------
    ConnectError
        If there is no connection.
    ScriptError
        If the certificate is invalid.
    """
    # The TLS handshake has the same timeout again, so each gets half of the remaining time.
    timeout = min(CONNECT_SECONDS, hop.seconds / 2)
    target = hop.target
    connection = HTTPConnection(hop.address, target.port, timeout=timeout)
    if target.scheme == "https":
        connection = HTTPSConnection(
            hop.address,
            target.port,
            timeout=timeout,
            server_hostname=target.host,
            ssl_context=context or _default_context(),
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
def _default_context() -> ssl.SSLContext:
    return ssl.create_default_context()


def shut_down(connection_socket: socket.socket) -> None:
    """Abort a connection, so that a slow server cannot block a turn.

    This calls the plain socket's shutdown, because a TLS socket's would detach it from the reading thread.
    """
    with suppress(OSError):
        socket.socket.shutdown(connection_socket, socket.SHUT_RDWR)


def _exchange(connection: HTTPConnection, hop: Hop) -> HopResponse:
    response = send(connection, hop)
    return HopResponse(response.status, response.reason or "", read_headers(response), _read_body(response, hop))


def send(connection: HTTPConnection, hop: Hop) -> BaseHTTPResponse:
    """Send the request of a hop, and return its response, whose body is not read yet.

    Raises
    ------
    ScriptError
        If its headers are too large, or its body is compressed.
    """
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
    headers = read_headers(response)
    if sum(len(name) + len(value) for name, value in headers.items()) > MAX_HEADER_BYTES:
        raise ScriptError(f"{hop.target.host} responded with more than {MAX_HEADER_BYTES // 1024} KB of headers")
    if headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
        raise ScriptError(f"{hop.target.host} responded with a compression that was not requested")
    return response


def read_headers(response: BaseHTTPResponse) -> dict[str, str]:
    """Return the headers of a response, with names in lower case."""
    return {name.lower(): value for name, value in response.headers.items()}


def _read_body(response: BaseHTTPResponse, hop: Hop) -> bytes:
    """Read a body up to the limit; its content length may be wrong."""
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > hop.max_bytes:
            raise ScriptError(f"{hop.target.host} responded with more than {hop.max_bytes // 1024 // 1024} MB")
    return bytes(body)


def build_timeout_error(host: str) -> ScriptError:
    """Return the error of a request that takes too long."""
    return ScriptError(f"{host} did not respond within {MAX_SECONDS:g} seconds")
