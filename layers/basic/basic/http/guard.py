"""Where a script may not reach: anything that is not a public place on the web.

An address is checked after the name was resolved, and the connection is made to that very address; see `client`.
"""

import re
import socket
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote, urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from basic.errors import ScriptError
from basic.values import quote

LONGEST_URL = 8_000

_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]|\s")
"""What some readers of URLs take for the end of a host and others do not."""

_HOST = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?", re.ASCII
)
_NUMERIC_HOST = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.ASCII)
"""A host that ends in a number is an IPv4 address or nothing: URL Standard, section 3.5."""


_GLOBAL_UNICAST = IPv6Network("2000::/3")


@dataclass(frozen=True, slots=True)
class Target:
    """A place on the web, taken apart once: what is checked is what is connected to.

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
        """Scheme, host and port: who may see the credentials."""
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

    def redirected(self, location: str) -> "Target":
        """Return where a redirect leads.

        Raises
        ------
        ScriptError
            If it leads to no place on the web.
        """
        return target(urljoin(self.url, location.strip()))


def target(url: str) -> Target:
    """Take a URL apart.

    Raises
    ------
    ScriptError
        If it is none, or not one of http or https.
    """
    if len(url) > LONGEST_URL:
        raise ScriptError(f"a URL has at most {LONGEST_URL} characters")
    # A space in a query is a script's slip and harmless once it is encoded; in a host it is not.
    spaced = url.strip().replace(" ", "%20")
    if _UNSAFE.search(spaced):
        raise ScriptError(f"{_shown(url)} has characters that no URL has")
    try:
        parts = parse_url(spaced)
    except LocationParseError:
        raise ScriptError(f"{_shown(url)} is no URL") from None
    if parts.scheme not in _PORTS:
        raise ScriptError(f"a script reaches http and https only, and {_shown(url)} is neither")
    if not parts.host:
        raise ScriptError(f"{_shown(url)} names no host")
    port = _PORTS[parts.scheme] if parts.port is None else parts.port
    return Target(parts.scheme, _host(parts.host), port, parts.request_uri, _credentials(parts.auth))


def _shown(url: str) -> str:
    """Show a URL without its query and credentials, which may be secrets."""
    return quote(re.sub(r"//[^/?#]*@", "//", url).partition("?")[0])


def _host(host: str) -> str:
    if host.startswith("["):
        address = host.strip("[]")
        if "%" in address or not _is_address(address):
            raise ScriptError(f"{quote(host)} is no address")
        return address
    name = host.lower()
    if not _HOST.fullmatch(name):
        raise ScriptError(f"{quote(host)} is no name of a host")
    return _dotted(name) if _NUMERIC_HOST.fullmatch(name) else name


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _dotted(number: str) -> str:
    """Write an IPv4 address of decimal, octal or hexadecimal numbers with its four decimal ones."""
    try:
        return socket.inet_ntoa(socket.inet_aton(number.rstrip(".")))
    except OSError:
        raise ScriptError(f"{quote(number)} is no address") from None


def _credentials(userinfo: str | None) -> str | None:
    if userinfo is None:
        return None
    return "Basic " + b64encode(unquote(userinfo).encode()).decode()


def is_public(address: str) -> bool:
    """Tell whether an address is one of the public internet.

    Not private, shared (RFC 6598), loopback, link-local (where clouds keep their metadata), multicast, reserved or
    unspecified; of IPv6 only global unicast (RFC 4291, section 2.4), so none that wraps an IPv4 address: mapped and
    NAT64 ones are outside of it, 6to4 and Teredo ones are refused by name.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and (ip not in _GLOBAL_UNICAST or ip.sixtofour or ip.teredo or ip.scope_id):
        return False
    refused = (ip.is_private, ip.is_loopback, ip.is_link_local, ip.is_multicast, ip.is_reserved, ip.is_unspecified)
    return ip.is_global and not any(refused)


def addresses_of(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a host, in the order in which they are to be tried.

    Raises
    ------
    OSError
        If it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [*dict.fromkeys(str(address[0]) for *_, address in found)]
