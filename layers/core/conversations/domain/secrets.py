"""Issued secrets: their lifetime, and the hash that is stored instead of them."""

import hashlib

TICKET_LIFETIME_SECONDS = 60
"""How long a WebSocket ticket is valid (contract, section 2)."""


def hash_secret(secret: str) -> str:
    """Return what is stored instead of a token or ticket. They are random, so a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
