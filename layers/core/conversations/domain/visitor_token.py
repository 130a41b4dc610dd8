"""The visitor token (``session_token``): lets an anonymous visitor reconnect to their conversation.

Its format is the bare id of the conversation, a dot, and 256 random bits in URL-safe Base64. Only its hash is stored.
"""

import secrets

from conversations.domain import ids
from conversations.domain.errors import InvalidRequestError

_SEPARATOR = "."

_RANDOM_BYTES = 32
"""256 bits."""

PATTERN = f"^{ids.UUID_PATTERN}\\.[A-Za-z0-9_-]{{43}}$"
"""The format as a regular expression, for the API documents."""


def make(conversation_id: str) -> str:
    """Return a new random token for the conversation."""
    return f"{conversation_id}{_SEPARATOR}{secrets.token_urlsafe(_RANDOM_BYTES)}"


def parse(token: str) -> str:
    """Return the bare id of the conversation a token names. This does not verify the token.

    Raises
    ------
    InvalidRequestError
        If the token does not begin with a conversation id.
    """
    conversation_id = token.partition(_SEPARATOR)[0]
    try:
        return ids.parse_conversation_id(ids.format_session_id(conversation_id))
    except InvalidRequestError:
        raise InvalidRequestError("Invalid session_token.", field="session_token") from None
