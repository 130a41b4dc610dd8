"""POST requests whose responses are read while they arrive, through the guard that scripts' requests have.

The address is checked, the connection is to the checked address, and redirects are not followed.
"""

import ssl
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from http.client import HTTPException
from ipaddress import ip_address

from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from basic.errors import ScriptError
from basic.http import guard
from basic.http.transport import ConnectError, Hop, connect, read_headers, send
from conversations.adapters.background import Abort
from conversations.data_classes import dataclass

_CHUNK = 64 * 1024


class RequestRefusedError(Exception):
    """The URL is invalid, or its address may not be reached, or its certificate is invalid; the text is for the log."""


class ConnectionBrokenError(Exception):
    """There was no connection, or it ended before the response did; the text is for the log."""


@dataclass(frozen=True, slots=True)
class StreamedResponse:
    """A response whose body is read while it arrives.

    Attributes
    ----------
    status
        The status.
    headers
        The headers, with names in lower case.
    chunks
        The body. It raises ``ConnectionBrokenError`` if it is cut.
    """

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


def is_public_or_loopback(address: str) -> bool:
    """Return whether an address is public or of this machine: the guard of a deployment for developers."""
    return guard.is_public(address) or ip_address(address).is_loopback


@dataclass(frozen=True, slots=True)
class StreamingClient:
    """Makes POST requests to URLs that authors of bots configure.

    Attributes
    ----------
    permits
        Returns whether an address may be reached.
    resolve
        Returns the addresses of a host and port; an ``OSError`` if it has none.
    context
        The trusted certificates; None for those of the system.
    """

    permits: Callable[[str], bool] = guard.is_public
    resolve: Callable[[str, int], Sequence[str]] = guard.resolve
    context: ssl.SSLContext | None = None

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float, abort: Abort
    ) -> Generator[StreamedResponse]:
        """Send a request and yield its one response; closing the iterator closes the connection.

        It blocks; see `conversations.adapters.background`.

        Raises
        ------
        RequestRefusedError
            If another request would be refused as well. Nothing was sent.
        ConnectionBrokenError
            If there is no response.
        """
        deadline = time.monotonic() + seconds
        try:
            target = guard.parse_target(url)
            addresses = self._list_addresses(target)
        except ScriptError as error:
            raise RequestRefusedError(str(error)) from None
        sent_headers = {"User-Agent": "conversations-bot", "Accept-Encoding": "identity", **headers}
        if target.credentials is not None:
            sent_headers["Authorization"] = target.credentials
        hops = (Hop("POST", target, sent_headers, body, address, deadline - time.monotonic()) for address in addresses)
        yield from self._send_to_first(hops, target, abort)

    def _list_addresses(self, target: guard.Target) -> Sequence[str]:
        try:
            addresses = self.resolve(target.host, target.port)
        except (OSError, UnicodeError):
            # A resolver that is unavailable and a name that does not exist are the same error here.
            raise ConnectionBrokenError(f"the host {target.host} does not exist") from None
        guard.require_permitted(target, addresses, self.permits)
        return addresses

    def _send_to_first(self, hops: Iterator[Hop], target: guard.Target, abort: Abort) -> Generator[StreamedResponse]:
        """Send the request to the first address that accepts a connection."""
        for hop in hops:
            if hop.seconds <= 0:
                break
            try:
                connection = connect(hop, self.context)
            except ConnectError:
                continue
            except ScriptError as error:
                raise RequestRefusedError(str(error)) from None
            with closing(connection):
                abort.watch(connection.sock)
                try:
                    response = send(connection, hop)
                except ScriptError as error:
                    raise RequestRefusedError(str(error)) from None
                except (HTTPError, HTTPException, OSError, ValueError) as error:
                    raise _build_broken_error(target, error) from error
                with closing(response):
                    yield StreamedResponse(response.status, read_headers(response), _read_chunks(response, target))
                return
        raise ConnectionBrokenError(f"{target.host} refused the connection")


def _read_chunks(response: BaseHTTPResponse, target: guard.Target) -> Iterator[bytes]:
    try:
        while chunk := response.read1(_CHUNK):
            yield chunk
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise _build_broken_error(target, error) from error


def _build_broken_error(target: guard.Target, error: Exception) -> ConnectionBrokenError:
    return ConnectionBrokenError(f"{target.host} closed the connection during its response ({type(error).__name__})")
