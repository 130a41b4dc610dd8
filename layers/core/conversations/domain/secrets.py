"""Secrets that are given out: how long they are good, and what is kept of them."""

import hashlib

TICKET_LIFETIME_SECONDS = 60
"""How long a ticket for a socket is good (contract, section 2)."""


def hash_secret(secret: str) -> str:
    """Return what is stored instead of a token or ticket. They are random, so a plain SHA-256 suffices."""
    return hashlib.sha256(secret.encode()).hexdigest()
