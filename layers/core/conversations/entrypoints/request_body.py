"""The body of a REST request: UTF-8 text of bounded size.

API Gateway passes the text of a body, in which it has replaced what is not UTF-8, or with ``BinaryMediaTypes`` the
bytes in base 64. Only of bytes can be said that they are not UTF-8.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

from conversations.contract.operation import MAX_BODY_BYTES
from conversations.domain.errors import InvalidRequestError, PayloadTooLargeError, UnsupportedMediaTypeError
from conversations.entrypoints import authorizer

_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^\s";]*)', flags=re.IGNORECASE)
_UTF_8_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
"""The names of UTF-8 and of its subset ASCII."""


def read_text(event: Mapping[str, Any], max_bytes: int = MAX_BODY_BYTES) -> str:
    """Return the body of a request; empty if there is none.

    Parameters
    ----------
    event
        The request.
    max_bytes
        Largest body.

    Raises
    ------
    UnsupportedMediaTypeError
        If its headers declare a compression or another encoding than UTF-8.
    PayloadTooLargeError
        If it is larger.
    InvalidRequestError
        If it is not UTF-8.
    """
    body = event.get("body") or ""
    if not body:
        return ""
    _require_plain_utf8(event)
    try:
        data = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        if len(data) > max_bytes:
            raise PayloadTooLargeError(f"The body is over {max_bytes // 1024:,} KB.")
        return data.decode()
    except ValueError:
        raise InvalidRequestError("body: must be UTF-8 text.") from None


def _require_plain_utf8(event: Mapping[str, Any]) -> None:
    coding = (authorizer.get_header(event, "content-encoding") or "identity").strip().lower()
    if coding != "identity":
        raise UnsupportedMediaTypeError("The body must not be compressed: send it without Content-Encoding.")
    charset = _CHARSET.search(authorizer.get_header(event, "content-type") or "")
    if charset is not None and charset[1].lower() not in _UTF_8_CHARSETS:
        raise UnsupportedMediaTypeError("The body must be UTF-8: send it with no charset or with charset=utf-8.")
