"""Recognition of a message that is sent again, by a hash of its content.

A message's content is stored in the same table as its hash, so a plain hash discloses nothing. The content of a
redacted message is stored nowhere, and a hash of a password could be attacked by guessing. So no hash is stored of it,
and its ``client_message_id`` alone identifies it.
"""

import hashlib
import json

from conversations.domain.message import Draft, Message

_SCRYPT_PREFIX = "scrypt$"
"""Begins the hash of a redacted message in records of earlier versions, which stored one."""


def compute(message: Draft | Message) -> str:
    """Return the hash of a message's content and attachments."""
    attachments = [attachment.model_dump() for attachment in message.attachments]
    return hashlib.sha256(json.dumps([message.content, attachments]).encode()).hexdigest()


def matches(stored_hash: str | None, draft: Draft | Message) -> bool:
    """Return whether a draft may have the content that was hashed. None is the hash of a redacted message."""
    is_redacted = stored_hash is None or stored_hash.startswith(_SCRYPT_PREFIX)
    # safeguard: redact-retry
    return is_redacted or stored_hash == compute(draft)
