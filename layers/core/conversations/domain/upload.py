"""A file that a user uploads for a message: first a form for the upload, then a file of the conversation."""

from datetime import datetime, timedelta

from conversations.data_classes import dataclass
from conversations.domain.drive import MAX_FILE_BYTES
from conversations.domain.message import Attachment
from conversations.domain.sent_file import SentFile

MAX_UPLOAD_BYTES = MAX_FILE_BYTES
"""Bytes of one file: what a script can copy into the drive of its bot."""

FORM_LIFETIME = timedelta(minutes=15)
"""How long the bucket accepts an upload: long enough for the largest file at 100 kbit/s."""

SEND_LIFETIME = timedelta(days=1)
"""How long an uploaded file can be sent. The bucket deletes it then, unless a message has it."""

MAX_OWNER_UPLOADS = 200
"""Files that a user or visitor uploads on one day (UTC)."""

MAX_CONVERSATION_UPLOADS = 100
"""Files that are uploaded for one conversation on one day (UTC)."""

MAX_BOT_BYTES = 10 * 1024 * 1024 * 1024
"""Bytes of all files that have been sent to one bot, which cost about 25 cents a month."""

HEAD_BYTES = 64 * 1024
"""Bytes of a file that its type is recognized by."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a user uploads.

    Attributes
    ----------
    conversation_id
        Bare id of the conversation, with which it is erased.
    id
        Its id in the conversation.
    bot_id
        The bot of the conversation.
    key
        The secret of its link.
    name
        The name that the user gave it.
    content_type
        The media type that the client declared; of a file that was sent, the one of its content.
    size
        In bytes.
    expires_at
        Until when it can be sent. A file that was sent stays as long as the conversation.
    etag
        Names the content that was checked when it was sent; None before.
    """

    conversation_id: str
    id: str
    bot_id: str
    key: str
    name: str
    content_type: str
    size: int
    expires_at: datetime
    etag: str | None = None

    @property
    def is_sent(self) -> bool:
        """Whether it was sent with a message: then it is a file of the conversation."""
        return self.etag is not None

    def to_sent_file(self) -> SentFile:
        """Return the file that was sent, whose link does not end before the conversation."""
        return SentFile(
            self.conversation_id, self.id, self.key, self.name, self.content_type, expires_at=None, size=self.size
        )


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A form that anyone can upload the file with, once or several times, until it expires.

    Attributes
    ----------
    url
        Where the form is sent to, as ``multipart/form-data``.
    fields
        Its fields; the file follows them.
    expires_at
        When the bucket refuses it.
    """

    url: str
    fields: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StartedUpload:
    """A file that can be uploaded now.

    Attributes
    ----------
    upload
        The file.
    form
        What the client uploads it with.
    attachment
        What a message with the file will show.
    """

    upload: Upload
    form: UploadForm
    attachment: Attachment


@dataclass(frozen=True, slots=True)
class UploadedContent:
    """What the bucket has received.

    Attributes
    ----------
    etag
        Names this content.
    size
        In bytes.
    head
        Its first ``HEAD_BYTES``.
    """

    etag: str
    size: int
    head: bytes
