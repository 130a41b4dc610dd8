"""Signatures of requests to bot servers: Standard Webhooks 1.0, symmetric (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

_PREFIX = "whsec_"

MIN_SECRET_BYTES, MAX_SECRET_BYTES = 24, 64
"""Bytes of a secret (Standard Webhooks, section "Symmetric")."""


class InvalidSecretError(ValueError):
    """A text is not a secret. The message does not contain it."""


def make_secret() -> str:
    """Return a new random secret: ``whsec_`` and 32 bytes in Base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def parse_secret(text: str) -> bytes:
    """Return the bytes of a secret.

    Raises
    ------
    InvalidSecretError
        If it is not ``whsec_`` and 24 to 64 bytes in Base64.
    """
    encoded = text.strip()
    if not encoded.startswith(_PREFIX):
        raise InvalidSecretError(f"a secret begins with {_PREFIX}")
    try:
        key = base64.b64decode(encoded.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidSecretError(f"a secret is {_PREFIX} and Base64") from None
    # safeguard: signature-secret
    if not MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
        raise InvalidSecretError(f"a secret has {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} bytes")
    return key


def sign(request_id: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the headers that sign a request.

    Parameters
    ----------
    request_id
        The id of what is sent: the same when it is sent again.
    timestamp
        The current time in seconds since 1970; receivers refuse old requests.
    body
        The body, exactly as sent.
    keys
        The bytes of the secrets. There is a signature for each, and the receiver accepts a request if it knows one.
    """
    content = f"{request_id}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode() for key in keys)
    return {
        "webhook-id": request_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
