"""The guard against server-side request forgery (SSRF): scripts only reach public addresses.

Addresses are checked after the name is resolved, and the connection is to the checked address; see `client`.
"""

import re
import socket
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote, urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from basic.errors import ScriptError
from basic.values import quote

MAX_URL_LENGTH = 8_000

_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]|\s")
"""Characters that end the host for some URL parsers and not for others."""

_HOST = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?", re.ASCII
)
_NUMERIC_HOST = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.ASCII)
"""A host that ends in a number is an IPv4 address or nothing: URL Standard, section 3.5."""


_GLOBAL_UNICAST = IPv6Network("2000::/3")


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed URL. It is parsed once, so that the connection is to the host that was checked.

    Attributes
    ----------
    scheme
        ``http`` or ``https``.
    host
        A name in ASCII, or an address without brackets.
    port
        The port.
    path
        The path and the query.
    credentials
        The value of an ``Authorization`` header, from ``user:password@`` in the URL; or None.
    """

    scheme: str
    host: str
    port: int
    path: str
    credentials: str | None

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port, which credentials are limited to."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """The ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL without credentials."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def redirect(self, location: str) -> "Target":
        """Return the target of a redirect.

        Raises
        ------
        ScriptError
            If its URL is invalid.
        """
        return parse_target(urljoin(self.url, location.strip()))


def parse_target(url: str) -> Target:
    """Parse a URL.

    Raises
    ------
    ScriptError
        If it is invalid, or neither http nor https.
    """
    if len(url) > MAX_URL_LENGTH:
        raise ScriptError(f"a URL has at most {MAX_URL_LENGTH} characters")
    # A space in a query is a common mistake and safe once it is encoded; in a host it is invalid.
    encoded = url.strip().replace(" ", "%20")
    if _UNSAFE.search(encoded):
        raise ScriptError(f"{_redact_url(url)} contains characters that are invalid in a URL")
    try:
        parts = parse_url(encoded)
    except LocationParseError:
        raise ScriptError(f"{_redact_url(url)} is not a valid URL") from None
    if parts.scheme not in _PORTS:
        raise ScriptError(f"a URL must be http or https, not {_redact_url(url)}")
    if not parts.host:
        raise ScriptError(f"{_redact_url(url)} has no host")
    port = _PORTS[parts.scheme] if parts.port is None else parts.port
    return Target(parts.scheme, _parse_host(parts.host), port, parts.request_uri, _build_credentials(parts.auth))


def _redact_url(url: str) -> str:
    """Quote a URL without its query and credentials, which may be secrets."""
    return quote(re.sub(r"//[^/?#]*@", "//", url).partition("?")[0])


def _parse_host(host: str) -> str:
    if host.startswith("["):
        address = host.strip("[]")
        if "%" in address or not _is_address(address):
            raise ScriptError(f"{quote(host)} is not a valid address")
        return address
    name = host.lower()
    if not _HOST.fullmatch(name):
        raise ScriptError(f"{quote(host)} is not a valid host name")
    return _to_dotted_decimal(name) if _NUMERIC_HOST.fullmatch(name) else name


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _to_dotted_decimal(number: str) -> str:
    """Normalize an IPv4 address of decimal, octal or hexadecimal numbers."""
    try:
        return socket.inet_ntoa(socket.inet_aton(number.rstrip(".")))
    except OSError:
        raise ScriptError(f"{quote(number)} is not a valid address") from None


def _build_credentials(userinfo: str | None) -> str | None:
    if userinfo is None:
        return None
    return "Basic " + b64encode(unquote(userinfo).encode()).decode()


def is_public(address: str) -> bool:
    """Return whether an address belongs to the public internet.

    Private, shared (RFC 6598), loopback, link-local (the metadata services of clouds), multicast, reserved and
    unspecified addresses do not. Of IPv6 only global unicast does (RFC 4291, section 2.4), without the addresses that
    embed an IPv4 address: mapped and NAT64 addresses are outside of that range, 6to4 and Teredo are excluded here.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and (ip not in _GLOBAL_UNICAST or ip.sixtofour or ip.teredo or ip.scope_id):
        return False
    excluded = (ip.is_private, ip.is_loopback, ip.is_link_local, ip.is_multicast, ip.is_reserved, ip.is_unspecified)
    return ip.is_global and not any(excluded)


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host from the system's resolver, in the order to try them.

    Raises
    ------
    OSError
        If it has none.
    """
    entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [*dict.fromkeys(str(address[0]) for *_, address in entries)]


def require_permitted(target: Target, addresses: Sequence[str], permits: Callable[[str], bool]) -> None:
    """Refuse a target that may not be reached.

    Raises
    ------
    ScriptError
        If it has no address, or one that is not permitted.
    """
    if not addresses:
        raise ScriptError(f"the host {target.host} does not exist")
    # A private address among public ones is an attempt to circumvent this check.
    if not all(permits(address) for address in addresses):
        raise ScriptError(f"{target.host} does not have a public address, so a script may not reach it")
