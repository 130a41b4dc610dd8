"""The caller: a user with a verified token, an anonymous visitor, or another system that calls a webhook."""

import re
from dataclasses import field
from datetime import datetime

from conversations.data_classes import dataclass
from conversations.domain.errors import UnauthorizedError

_USER = "user:"

_SUBJECT = re.compile(r"[\x21-\x7e]{1,255}")
"""OpenID Connect Core 1.0, section 2: ``sub`` has at most 255 ASCII characters. Those that do not print are refused
too, because ``sub`` is a part of keys."""


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. A visitor is identified by their one conversation.

    Attributes
    ----------
    owner
        Key of everything that belongs to the caller; never shown to a client.
    expires_at
        When the credential expires, or None for a visitor, whose conversation expires instead.
    conversation_id
        Bare id of a visitor's one conversation, None for a user.
    groups
        The user's groups, from the token.
    token_hash
        Hash of the visitor token that a reconnecting visitor sent, None for a new visitor and for a user.
    """

    owner: str
    expires_at: datetime | None = None
    conversation_id: str | None = None
    groups: frozenset[str] = frozenset()
    token_hash: str | None = field(default=None, compare=False)

    @property
    def anonymous(self) -> bool:
        """Whether the caller is a visitor."""
        return self.conversation_id is not None

    def require_valid(self, now: datetime) -> None:
        """Refuse a caller whose token has expired since it was verified.

        Raises
        ------
        UnauthorizedError
            From ``expires_at`` on. API Gateway caches verified tokens, and connections outlive them.
        """
        if self.expires_at is not None and self.expires_at <= now:
            raise UnauthorizedError("The token has expired.")


def user_principal(subject: str, expires_at: datetime, groups: frozenset[str] = frozenset()) -> Principal:
    """Return the principal for the ``sub`` of a verified token."""
    return Principal(owner=build_owner(subject), expires_at=expires_at, groups=groups)


def is_subject(text: str) -> bool:
    """Return whether a text can be the ``sub`` of a user."""
    return _SUBJECT.fullmatch(text) is not None


def build_owner(subject: str) -> str:
    """Return ``Principal.owner`` of the user with this ``sub``."""
    return f"{_USER}{subject}"


def get_subject(owner: str) -> str | None:
    """Return the ``sub`` of the user an owner key names; None if it does not name a user."""
    subject = owner.removeprefix(_USER)
    return subject if subject != owner else None


def visitor_principal(conversation_id: str, token_hash: str | None = None) -> Principal:
    """Return the principal of the visitor whose conversation this is."""
    return Principal(owner=f"visitor:{conversation_id}", conversation_id=conversation_id, token_hash=token_hash)


def webhook_principal(bot_id: str) -> Principal:
    """Return the principal of a caller with the secret of a bot's webhooks."""
    return Principal(owner=f"webhook:{bot_id}")
