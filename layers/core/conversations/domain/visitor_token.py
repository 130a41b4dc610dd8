"""The visitor token (``session_token``): lets an anonymous visitor reconnect to their conversation.

Its format is the bare id of the conversation, a dot, and 256 random bits in URL-safe Base64. Only its hash is stored.
"""

import re
import secrets

from conversations.domain import ids
from conversations.domain.errors import InvalidRequestError

_SEPARATOR = "."

_RANDOM_BYTES = 32
"""256 bits."""

PATTERN = f"^{ids.UUID_PATTERN}\\.[A-Za-z0-9_-]{{43}}$"
"""The format as a regular expression, for the API documents."""


_TOKEN = re.compile(PATTERN.removeprefix("^").removesuffix("$"))


def make(conversation_id: str) -> str:
    """Return a new random token for the conversation."""
    return f"{conversation_id}{_SEPARATOR}{secrets.token_urlsafe(_RANDOM_BYTES)}"


def parse(token: str) -> str:
    """Return the bare id of the conversation a token names. This checks the form of the token and no more.

    Raises
    ------
    InvalidRequestError
        If it is not of the form of a token.
    """
    # safeguard: visitor-token-form
    if not _TOKEN.fullmatch(token):
        raise InvalidRequestError("Invalid session_token.", field="session_token")
    return ids.parse_conversation_id(ids.format_session_id(token.partition(_SEPARATOR)[0]))
