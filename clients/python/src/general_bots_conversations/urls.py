"""Where a server is."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SOCKET_SCHEMES = {"http": "ws", "https": "wss"}


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses of REST and of the WebSocket, without a slash at the end."""

    api: str
    socket: str

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine: no proxy is asked then."""
        return urlsplit(self.api).hostname in _LOOPBACK

    def build_socket_url(self, query: dict[str, str]) -> str:
        """Return the address of a socket with parameters."""
        return f"{self.socket}?{urlencode(query)}"


def find_urls(url: str | None, api_url: str | None, ws_url: str | None) -> Urls:
    """Return the addresses: below one origin, or the two that are given.

    Raises
    ------
    ValueError
        If an address is missing or has another scheme.
    """
    if url is not None:
        parts = urlsplit(url)
        if parts.scheme not in _SOCKET_SCHEMES or not parts.hostname:
            raise ValueError("The address of the server begins with http:// or https://.")
        path = parts.path.rstrip("/")
        socket = urlunsplit((_SOCKET_SCHEMES[parts.scheme], parts.netloc, f"{path}/ws", "", ""))
        api_url = api_url or urlunsplit((parts.scheme, parts.netloc, f"{path}/api", "", ""))
        ws_url = ws_url or socket
    if api_url is None or ws_url is None:
        raise ValueError("Give the address of the server, or those of its REST API and its WebSocket.")
    return Urls(api_url.rstrip("/"), ws_url.rstrip("/"))
