"""Knowing a message again that is sent once more, by what is kept of its content.

The content of a message lies in the same table, so a plain hash tells nothing more. Of a message that was redacted the
table has nothing else: people's passwords can be guessed, and a plain hash says which guess was right. So its hash is
one for passwords, with a salt of its own. Not keeping any would hide it still better for the day that the marker lives,
but then another content under the same id would be acknowledged and lost. A key would have to be kept and turned
somewhere, for the sake of that day.
"""

import hashlib
import hmac
import json
import secrets

from conversations.domain.message import Draft, Message

_SLOW = "scrypt"
_SALT_BYTES = 16
_WORK = {"n": 2**14, "r": 8, "p": 5}
"""OWASP's Password Storage Cheat Sheet, for 16 MB of memory; a fifth of a second of a whole processor."""


def compute(said: Draft | Message) -> str:
    """Return what is the same for the same content and for no other."""
    return hashlib.sha256(_content(said)).hexdigest()


def slow(said: Draft | Message) -> str:
    """Return what tells the same from which the content cannot be guessed at any speed."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"{_SLOW}${salt.hex()}${_stretched(said, salt)}"


def matches(fingerprint: str, said: Draft | Message) -> bool:
    """Tell whether this is the content that a fingerprint, of either kind, was taken of."""
    kind, _, rest = fingerprint.partition("$")
    if kind != _SLOW:
        return fingerprint == compute(said)
    salt, _, stretched = rest.partition("$")
    return hmac.compare_digest(stretched, _stretched(said, bytes.fromhex(salt)))


def _stretched(said: Draft | Message, salt: bytes) -> str:
    return hashlib.scrypt(_content(said), salt=salt, **_WORK).hex()


def _content(said: Draft | Message) -> bytes:
    return json.dumps([said.content, [attachment.model_dump() for attachment in said.attachments]]).encode()
