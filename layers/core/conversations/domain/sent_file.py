"""A file that a bot has sent: a copy of the file, and a link with which the user of the conversation downloads it."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

LINK_LIFETIME = timedelta(days=7)
"""How long a link is valid; a bucket deletes the copy some days later."""

DOWNLOAD_SECONDS = 60
"""How long the bucket accepts a download after the link was opened."""

MAX_NAME_LENGTH = 255
"""Characters of the name of an attachment (contract)."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that a bot has sent.

    Attributes
    ----------
    conversation_id
        Bare id of the conversation, with which it is erased.
    id
        Its id in the conversation: the same when the turn is run again.
    key
        The secret of its link.
    name
        The name that it is downloaded with.
    content_type
        The media type of its content.
    expires_at
        When the link ends.
    """

    conversation_id: str
    id: str
    key: str
    name: str
    content_type: str
    expires_at: datetime

    def is_opened_by(self, key: str, now: datetime) -> bool:
        """Return whether a key opens the link at this time."""
        return hmac.compare_digest(self.key.encode(), key.encode()) and now < self.expires_at


def shorten_name(name: str) -> str:
    """Return a name that an attachment can have, with its suffix."""
    if len(name) <= MAX_NAME_LENGTH:
        return name
    suffix = name[name.rfind(".") :] if "." in name[-16:] else ""
    return name[: MAX_NAME_LENGTH - len(suffix)] + suffix
