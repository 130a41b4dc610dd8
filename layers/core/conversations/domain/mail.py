"""Mails that bots send."""

from conversations.data_classes import dataclass


@dataclass(frozen=True, slots=True)
class MailAttachment:
    """A file that is sent with a mail.

    Attributes
    ----------
    name
        Its name, without folders.
    content_type
        The media type of its content.
    content
        Its content.
    """

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class MailParts:
    """What a mail has beside its plain text.

    Attributes
    ----------
    attachments
        Its attachments.
    html
        The text as HTML; empty if there is none.
    """

    attachments: tuple[MailAttachment, ...] = ()
    html: str = ""


TEXT_ONLY = MailParts()

MAX_ATTACHED_BYTES = 7 * 1024 * 1024
"""Bytes of all attachments of a mail: with the encoding 9.4 MB, and most mail services refuse more than 10 MB."""
