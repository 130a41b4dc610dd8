"""The grammar of the targets of requests that a client sends without normalising them, and such a client."""

import socket
from urllib.parse import urlsplit

from hypothesis import strategies as st

from tests.stack.connection import TIMEOUT_SECONDS

_DOTS = [".", "..", "%2e", "%2e%2e", "%2E.", ".%2e", "..;", "...", "%252e%252e"]
_NAMES = [
    "_ministack",
    "health",
    "reset",
    "_aws",
    "execute-api",
    "2015-03-31",
    "functions",
    "conversations",
    "config.json",
]
_ODD = ["", "%2f", "%5c", "\\", "#", "?", "*", "%00", "%ff", "%zz", "@127.0.0.1", ":80", "a" * 300]
_segments = st.sampled_from(_DOTS) | st.sampled_from(_NAMES) | st.sampled_from(_ODD)
_separators = st.sampled_from(["/", "/", "/", "//", "%2f", "\\", ""])
TARGETS = st.lists(st.tuples(_separators, _segments), max_size=10).map(
    lambda parts: "/api" + "".join(separator + segment for separator, segment in parts)
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "X"])


def send_request(base_url: str, method: str, target: str) -> tuple[int, str, bytes]:
    """Send a request line as it is. Return the status, the media type and the body."""
    address = urlsplit(base_url)
    with socket.create_connection((address.hostname, address.port), TIMEOUT_SECONDS) as connection:
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(head.encode())
        with connection.makefile("rb") as answer:
            received, _, body = answer.read().partition(b"\r\n\r\n")
    first, *lines = received.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(first.split()[1]), headers.get("content-type", ""), body
