"""Who is calling: a user with a verified token, or an anonymous visitor, who *is* their session."""

from dataclasses import dataclass, field
from datetime import datetime

from conversations.domain.errors import UnauthorizedError

_USER = "user:"


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller somebody vouched for.

    Attributes
    ----------
    owner
        Key of everything that belongs to the caller; never shown to a client.
    expires_at
        When the credential runs out, or None for a visitor, whose conversation has an end of its own.
    session_id
        Bare id of a visitor's one conversation, None for a user.
    groups
        What the token says the user belongs to.
    token_hash
        Hash of the session token a visitor came back with, None for a new visitor and for a user.
    """

    owner: str
    expires_at: datetime | None = None
    session_id: str | None = None
    groups: frozenset[str] = frozenset()
    token_hash: str | None = field(default=None, compare=False)

    @property
    def anonymous(self) -> bool:
        """Whether this is a visitor."""
        return self.session_id is not None

    def require_valid(self, now: datetime) -> None:
        """Refuse a caller whose token has run out since it was verified.

        Raises
        ------
        UnauthorizedError
            From ``expires_at`` on. Verified tokens are cached by API Gateway, and sockets outlive them.
        """
        if self.expires_at is not None and self.expires_at <= now:
            raise UnauthorizedError("The token has expired.")


def user_principal(subject: str, expires_at: datetime, groups: frozenset[str] = frozenset()) -> Principal:
    """Return the principal of a verified token's ``sub``."""
    return Principal(owner=f"{_USER}{subject}", expires_at=expires_at, groups=groups)


def get_subject(owner: str) -> str | None:
    """Return the ``sub`` of the user whom an owner's key means; None if it means nobody who is signed in."""
    subject = owner.removeprefix(_USER)
    return subject if subject != owner else None


def visitor_principal(session_id: str, token_hash: str | None = None) -> Principal:
    """Return the principal of an anonymous session."""
    return Principal(owner=f"visitor:{session_id}", session_id=session_id, token_hash=token_hash)


def webhook_principal(bot_id: str) -> Principal:
    """Return the principal of whoever brought the secret of a bot's webhooks."""
    return Principal(owner=f"webhook:{bot_id}")
