"""The address of a client, from which anonymous connections are counted."""

import hmac
from ipaddress import IPv6Address, ip_address, ip_network

from conversations.entrypoints.authorizer import Event, get_header

_SECRET_HEADER = "x-distribution-secret"  # noqa: S105 - the name of a header
_SITE_PREFIX = 64
"""An IPv6 network of this size belongs to one site, which can use all its addresses (RFC 6177)."""


def read_address(event: Event, distribution_secret: str) -> str:
    """Return the address of a client. Of an IPv6 address return the network.

    A request through the distribution comes from an address of CloudFront, which many clients share. CloudFront appends
    the client's address to ``X-Forwarded-For``, and API Gateway appends CloudFront's. Clients can send the header as
    well, but only before these addresses, and cannot send the distribution's secret.

    Parameters
    ----------
    event
        The event of API Gateway.
    distribution_secret
        The secret that the distribution sends; empty without a distribution.
    """
    source = str(event["requestContext"]["identity"]["sourceIp"])
    secret = get_header(event, _SECRET_HEADER) or ""
    # safeguard: forwarded-address
    if not distribution_secret or not hmac.compare_digest(secret.encode(), distribution_secret.encode()):
        return _normalize(source) or source
    return _normalize(_read_forwarded(event, source)) or source


def _read_forwarded(event: Event, source: str) -> str:
    """Return the last address of ``X-Forwarded-For`` before that of CloudFront."""
    addresses = [address.strip() for address in (get_header(event, "x-forwarded-for") or "").split(",")]
    while addresses and addresses[-1] == source:
        addresses.pop()
    return addresses[-1] if addresses else source


def _normalize(text: str) -> str | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((int(address), _SITE_PREFIX), strict=False))
    return str(address)
