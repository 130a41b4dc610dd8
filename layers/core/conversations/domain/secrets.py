"""Issued secrets: their lifetime, and the hash that is stored instead of them; and codes of scripts."""

import hashlib
import re
import secrets

TICKET_LIFETIME_SECONDS = 60
"""How long a WebSocket ticket is valid (contract, section 2)."""


def make_ticket() -> str:
    """Return a new random ticket: 256 bits in URL-safe Base64."""
    return secrets.token_urlsafe(32)


def draw_digits(count: int) -> str:
    """Return random digits, for a code that proves an address."""
    return "".join(secrets.choice("0123456789") for _ in range(count))


def is_ticket(text: str) -> bool:
    """Return whether a text has the form of a ticket. It says nothing about whether it was issued."""
    return re.fullmatch(r"[A-Za-z0-9_-]{43}", text) is not None


def hash_secret(secret: str) -> str:
    """Return what is stored instead of a token or ticket. They are random, so a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
