"""Selects the headers that the proxy forwards."""

from collections.abc import Iterable, Iterator

from local.emulator.browser_guard import rename_browser_headers

Header = tuple[bytes, bytes]

# RFC 9110, 7.6.1: hop-by-hop headers apply to one connection and are not forwarded.
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
_REPLACED = {b"host", b"content-length"}
_FORWARDED = {b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-proto"}


def build_request_headers(headers: Iterable[Header], source: str) -> list[Header]:
    """Build the headers of a forwarded request, with the client's address in X-Forwarded-For.

    API Gateway appends the address to the client's X-Forwarded-For and reads the caller from the connection. MiniStack
    reads the caller from the first entry, which must therefore be the real address.
    """
    forwarded = rename_browser_headers(_select_end_to_end(headers, _REPLACED | _FORWARDED))
    return [*forwarded, (b"x-forwarded-for", source.encode()), (b"x-forwarded-proto", b"http")]


def build_response_headers(headers: Iterable[Header]) -> list[Header]:
    """Build the headers of a forwarded response, without the length, which is computed again."""
    return list(_select_end_to_end(headers, {b"content-length"}))


def _select_end_to_end(headers: Iterable[Header], replaced: set[bytes]) -> Iterator[Header]:
    lowered = [(name.lower(), value) for name, value in headers]
    connection_tokens = {
        token.strip().lower() for name, value in lowered if name == b"connection" for token in value.split(b",")
    }
    dropped = _HOP_BY_HOP | connection_tokens | replaced
    return ((name, value) for name, value in lowered if name not in dropped)
