"""The session of an anonymous visitor."""

from general_bots_conversations.core.environment import Environment
from general_bots_conversations.core.frames import Frame
from general_bots_conversations.core.ids import to_key

SESSION = "session"
_LIFETIME = 30 * 60
"""Seconds without a message after which a visitor's session expires (docs/api.md)."""


class Visitor:
    """Stores the token with which a visitor returns to the conversation, until it expires."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        stored = environment.read(SESSION)
        self._session = stored if isinstance(stored, dict) and stored.keys() == {"token", "key", "ends_at"} else None

    @property
    def key(self) -> str | None:
        """The key of the conversation."""
        return None if self._session is None else str(self._session["key"])

    @property
    def token(self) -> str | None:
        """The session token; None if it has expired."""
        if self._session is None or self._environment.clock.now() >= self._session["ends_at"]:
            return None
        return str(self._session["token"])

    def on_connected(self, frame: Frame) -> None:
        """Store the session that the server has opened or resumed."""
        key = to_key(frame["session_id"])
        known = self._session["token"] if self._session is not None and key == self.key else ""
        self._save(
            {
                "token": frame.get("session_token", known),
                "key": key,
                "ends_at": self._environment.clock.now() + frame.get("expires_in", _LIFETIME),
            }
        )

    def on_activity(self) -> None:
        """Extend the session after a message."""
        if self._session is not None:
            self._save(self._session | {"ends_at": self._environment.clock.now() + _LIFETIME})

    def clear(self) -> None:
        """Forget the session."""
        self._save(None)

    def _save(self, session: dict[str, object] | None) -> None:
        self._session = session
        self._environment.write(SESSION, session)
