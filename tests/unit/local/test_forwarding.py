"""Headers that the front door forwards."""

from local.front_door.forwarding import build_request_headers, build_response_headers


def test_hop_by_hop_headers_are_not_forwarded() -> None:
    headers = [
        (b"Connection", b"keep-alive, X-Private"),
        (b"Keep-Alive", b"timeout=5"),
        (b"X-Private", b"1"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Host", b"localhost"),
        (b"Content-Length", b"2"),
        (b"Accept", b"*/*"),
    ]

    assert build_request_headers(headers, "127.0.0.1") == [
        (b"accept", b"*/*"),
        (b"x-forwarded-for", b"127.0.0.1"),
        (b"x-forwarded-proto", b"http"),
    ]


def test_client_cannot_forge_its_address() -> None:
    headers = [(b"x-forwarded-for", b"203.0.113.9"), (b"forwarded", b"for=203.0.113.9")]

    assert (b"x-forwarded-for", b"127.0.0.2") in build_request_headers(headers, "127.0.0.2")
    assert all(b"203.0.113.9" not in value for _, value in build_request_headers(headers, "127.0.0.2"))


def test_repeated_header_is_forwarded_each_time() -> None:
    headers = [(b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2"), (b"Connection", b"close")]

    assert build_response_headers(headers) == [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
