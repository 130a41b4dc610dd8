"""Decides which targets of requests the front door forwards: none that could leave the REST API."""

import re
from urllib.parse import unquote_to_bytes

# The methods that API Gateway's REST APIs can have; OpenAPI has no others.
_METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
# API Gateway's quota for the request line and all header values; here it is applied to the target alone.
_MAX_TARGET_BYTES = 10_240
_DOT_SEGMENTS = {b".", b".."}


def find_refusal(method: str, raw_path: bytes, query: bytes) -> str | None:
    """Return the type of the gateway response that refuses a request. Return None if it can be forwarded.

    A path with dot segments names, after their removal, another resource of the emulator. API Gateway does not remove
    them and has no such resource.
    """
    if len(raw_path) + len(query) > _MAX_TARGET_BYTES:
        return "DEFAULT_4XX"
    segments = re.split(rb"[/\\]", unquote_to_bytes(raw_path))
    if method not in _METHODS or not _DOT_SEGMENTS.isdisjoint(segments):
        return "MISSING_AUTHENTICATION_TOKEN"
    return None
