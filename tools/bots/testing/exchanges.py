"""HTTP requests and the responses to them, as texts: what a script sends, and what it receives, without a network."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from basic.http.client import HttpClient
from basic.http.transport import Hop, HopResponse

_REQUEST = re.compile(r"^(?=[A-Z]+ (?:https?:/)?/)", re.MULTILINE)
_STATUS = re.compile(r"^(?=\d{3}\b)", re.MULTILINE)
_PUBLIC_ADDRESS = "93.184.215.14"


class WebError(Exception):
    """A request that was not expected, or that was expected and not made. The text is for the author of the test."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response; a header with ``!`` before its name must not be sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str
    status: str
    answer_headers: Mapping[str, str]
    answer: str

    @classmethod
    def parse(cls, text: str) -> "Exchange":
        """Parse a request and its response.

        Raises
        ------
        WebError
            If there is no response.
        """
        parts = _STATUS.split(text.strip() + "\n", maxsplit=1)
        if len(parts) == 1:
            raise WebError(f"The request {text.strip().splitlines()[0]} has no response, such as `200 OK`.")
        head, headers, body = _parse_message(parts[0])
        status, answer_headers, answer = _parse_message(parts[1])
        method, _, url = head.partition(" ")
        return cls(method, url, headers, body, status, answer_headers, answer)


def split_exchanges(text: str) -> list[str]:
    """Split a text before each request; what is before the first one is the first part."""
    return _REQUEST.split(text)


def parse_exchanges(text: str) -> list[Exchange]:
    """Parse requests with their responses."""
    return [Exchange.parse(part) for part in split_exchanges(text) if part.strip()]


def _parse_message(text: str) -> tuple[str, dict[str, str], str]:
    """Return the first line of a message, its headers and its body."""
    head, _, body = text.strip().partition("\n\n")
    first, *lines = head.splitlines()
    return first, {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}, body.strip()


@dataclass
class Web:
    """Responds to requests in their order."""

    remaining: list[Exchange] = field(default_factory=list)

    def build_client(self) -> HttpClient:
        """Return a client whose requests get these responses. All host names have a public address."""
        return HttpClient(resolve=lambda host, _port: [_resolve(host)], transport=self._respond)

    def require_end(self) -> None:
        """Require that all requests were made.

        Raises
        ------
        WebError
            If one was not.
        """
        if self.remaining:
            raise WebError(f"The request {self.remaining[0].method} {self.remaining[0].url} was not made.")

    def _respond(self, hop: Hop) -> HopResponse:
        made = f"{hop.method} {hop.target.url}"
        if not self.remaining:
            raise WebError(f"The request {made} is not in the test.")
        exchange = self.remaining.pop(0)
        _require(made, f"{exchange.method} {exchange.url}", "request")
        sent = {name.lower(): value for name, value in hop.headers.items()}
        for name, value in exchange.headers.items():
            expected = None if name.startswith("!") else value
            _require(sent.get(name.lstrip("!").lower()), expected, f"header {name.lstrip('!')} of {made}")
        _require((hop.body or b"").decode(), exchange.body, f"body of {made}")
        status, _, reason = exchange.status.partition(" ")
        headers = {name.lower(): value for name, value in exchange.answer_headers.items()}
        return HopResponse(int(status), reason, headers, exchange.answer.encode())


def _require(actual: str | None, expected: str | None, described: str) -> None:
    if actual != expected:
        raise WebError(f"The {described} is {actual or 'missing'}, and the test expects {expected or 'none'}.")


def _resolve(host: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    try:
        ip_address(host)
    except ValueError:
        return _PUBLIC_ADDRESS
    return host
