"""Headers on their way through a proxy."""

from collections.abc import Iterable, Iterator

Header = tuple[bytes, bytes]

# RFC 9110, 7.6.1: these belong to one connection, not to the message.
_HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}
_REMADE = {b"host", b"content-length"}
_FORWARDED = {b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-proto"}


def request_headers(headers: Iterable[Header], source: str) -> list[Header]:
    """Return what goes on of a client's headers, with the address the request came from.

    API Gateway appends the address to a client's own X-Forwarded-For and takes the caller from the connection;
    MiniStack takes the caller from the first entry, which must therefore be the true one.
    """
    kept = _end_to_end(headers, _REMADE | _FORWARDED)
    return [*kept, (b"x-forwarded-for", source.encode()), (b"x-forwarded-proto", b"http")]


def response_headers(headers: Iterable[Header]) -> list[Header]:
    """Return what goes back of the stack's headers; the length is counted anew."""
    return list(_end_to_end(headers, {b"content-length"}))


def _end_to_end(headers: Iterable[Header], remade: set[bytes]) -> Iterator[Header]:
    listed = [(name.lower(), value) for name, value in headers]
    named = {token.strip().lower() for name, value in listed if name == b"connection" for token in value.split(b",")}
    dropped = _HOP_BY_HOP | named | remade
    return ((name, value) for name, value in listed if name not in dropped)
