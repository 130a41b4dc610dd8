"""A file of a conversation, which a bot or its user has sent, and the link with which the user downloads it."""

import hmac
from datetime import datetime, timedelta

from conversations.data_classes import dataclass
from conversations.domain import ids

LINK_LIFETIME = timedelta(days=7)
"""How long a link is valid; a bucket deletes the copy some days later."""

DOWNLOAD_SECONDS = 60
"""How long the bucket accepts a download after the link was opened."""

MAX_NAME_LENGTH = 255
"""Characters of the name of an attachment (contract)."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that was sent in a conversation: by a bot a copy, by the user an upload.

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
        When the link ends; None for a file of the user, whose link ends with the conversation.
    size
        Of a file of the user, in bytes.
    """

    conversation_id: str
    id: str
    key: str
    name: str
    content_type: str
    expires_at: datetime | None
    size: int | None = None

    def is_opened_by(self, key: str, now: datetime) -> bool:
        """Return whether a key opens the link at this time."""
        is_over = self.expires_at is not None and now >= self.expires_at
        return hmac.compare_digest(self.key.encode(), key.encode()) and not is_over

    def build_link(self, base_url: str) -> str:
        """Return the link, given the address of the REST API."""
        return f"{build_link_prefix(base_url, self.conversation_id)}{self.id}?key={self.key}"


def build_link_prefix(base_url: str, conversation_id: str) -> str:
    """Return what all links to files of a conversation begin with."""
    return f"{base_url}/conversations/{ids.format_conversation_id(conversation_id)}/files/"


def shorten_name(name: str) -> str:
    """Return a name that an attachment can have, with its suffix."""
    if len(name) <= MAX_NAME_LENGTH:
        return name
    suffix = name[name.rfind(".") :] if "." in name[-16:] else ""
    return name[: MAX_NAME_LENGTH - len(suffix)] + suffix
