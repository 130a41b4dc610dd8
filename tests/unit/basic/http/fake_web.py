"""Fake hosts with addresses and responses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from basic.host import HttpRequest, HttpResponse
from basic.http.client import HttpClient
from basic.http.transport import ConnectError, Hop, HopResponse

PUBLIC = "93.184.215.14"


@dataclass
class Web:
    """Fake hosts, their responses, and a record of all hops.

    Attributes
    ----------
    hosts
        The addresses of each host.
    answer
        Returns the response to a hop.
    refusing
        Addresses that refuse connections.
    """

    hosts: Mapping[str, Sequence[str]] = field(default_factory=lambda: {"api.test": [PUBLIC]})
    answer: Callable[[Hop], HopResponse] = lambda _: HopResponse(200, "OK", {}, b"")
    refusing: frozenset[str] = frozenset()
    hops: list[Hop] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)

    def client(self, **options: object) -> HttpClient:
        return HttpClient(resolve=self._resolve, transport=self._hop, **options)  # type: ignore[arg-type]  # as the test says

    def get(self, url: str, **headers: str) -> HttpResponse:
        request_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client().send(HttpRequest("GET", url, request_headers))

    def _resolve(self, host: str, port: int) -> Sequence[str]:
        del port
        self.resolved.append(host)
        if host not in self.hosts:
            return [host]  # a literal address is its own
        return self.hosts[host]

    def _hop(self, hop: Hop) -> HopResponse:
        self.hops.append(hop)
        if hop.address in self.refusing:
            raise ConnectError("refused")
        return self.answer(hop)


def build_redirects(redirects: Mapping[str, str], status: int = 302) -> Callable[[Hop], HopResponse]:
    """Respond with the redirect of a URL, or else with the URL as body."""

    def answer(hop: Hop) -> HopResponse:
        if hop.target.url in redirects:
            return HopResponse(status, "Found", {"location": redirects[hop.target.url]}, b"")
        return HopResponse(200, "OK", {"content-type": "text/plain"}, hop.target.url.encode())

    return answer
