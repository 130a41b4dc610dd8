"""Headers on their way through the front door."""

from local.front_door.forwarding import request_headers, response_headers


def test_what_belongs_to_the_connection_stays_behind() -> None:
    headers = [
        (b"Connection", b"keep-alive, X-Private"),
        (b"Keep-Alive", b"timeout=5"),
        (b"X-Private", b"1"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Host", b"localhost"),
        (b"Content-Length", b"2"),
        (b"Accept", b"*/*"),
    ]

    assert request_headers(headers, "127.0.0.1") == [
        (b"accept", b"*/*"),
        (b"x-forwarded-for", b"127.0.0.1"),
        (b"x-forwarded-proto", b"http"),
    ]


def test_nobody_chooses_the_address_they_come_from() -> None:
    headers = [(b"x-forwarded-for", b"203.0.113.9"), (b"forwarded", b"for=203.0.113.9")]

    assert (b"x-forwarded-for", b"127.0.0.2") in request_headers(headers, "127.0.0.2")
    assert all(b"203.0.113.9" not in value for _, value in request_headers(headers, "127.0.0.2"))


def test_a_header_sent_twice_arrives_twice() -> None:
    headers = [(b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2"), (b"Connection", b"close")]

    assert response_headers(headers) == [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
