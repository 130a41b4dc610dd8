"""Cursors: opaque places in something long.

A cursor carries a check sum over itself, its owner and what it is a place in, so one that was made up, changed, or
taken from somebody else's list is refused. It is no secret: whatever it says, only the caller's own rows are looked up
with it.
"""

import base64
import hashlib
import json
from collections.abc import Sequence

from conversations.domain.errors import InvalidRequestError

_CHECK_BYTES = 9


def encode(parts: Sequence[str | None], *, owner: str, purpose: str) -> str:
    """Return a cursor of URL-safe characters.

    Parameters
    ----------
    parts
        The place.
    owner
        Whose it is.
    purpose
        What it is a place in, with the filters that made it.
    """
    text = json.dumps(list(parts), separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_check(text, owner, purpose) + text).decode().rstrip("=")


def decode(cursor: str, *, owner: str, purpose: str, length: int) -> list[str | None]:
    """Return the ``length`` parts of a cursor.

    Raises
    ------
    InvalidRequestError
        If it was not made for this owner and purpose.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    check, text = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
    if not text or check != _check(text, owner, purpose):
        raise InvalidRequestError("cursor is not one of this list.", field="cursor")
    parts: list[str | None] = json.loads(text)
    if len(parts) != length:
        raise InvalidRequestError("cursor is not one of this list.", field="cursor")
    return parts


def _check(text: bytes, owner: str, purpose: str) -> bytes:
    return hashlib.sha256(b"\0".join([text, owner.encode(), purpose.encode()])).digest()[:_CHECK_BYTES]
