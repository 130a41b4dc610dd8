"""A message that the server has not acknowledged yet."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from general_bots_conversations.core.frames import read_attachments, read_files
from general_bots_conversations.models import Attachment, UploadedFile

_REQUIRED = {"client_message_id", "conversation", "content", "timestamp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """A message of the outbox. The storage has it as JSON, so its field names must not change.

    Attributes
    ----------
    client_message_id
        The idempotency key: the server stores a message once, however often it is sent under this id.
    conversation
        The key of its conversation; None until the server has assigned one.
    content, shown, attachments, files
        What is sent, and the text to show if it differs.
    timestamp
        When it was written: RFC 3339, in UTC.
    after
        The last ``seq`` of its conversation when it was written: its position until it gets a ``seq`` of its own. None
        while that is unknown, because the conversation was not loaded yet.
    first_sent_at
        When it was first sent, in seconds since 1970.
    failure
        Set when it has failed; it is then sent again only by ``retry``.
    """

    client_message_id: str
    conversation: str | None
    content: str
    timestamp: str
    shown: str | None = None
    attachments: tuple[Attachment, ...] = ()
    files: tuple[UploadedFile, ...] = ()
    after: int | None = None
    first_sent_at: float | None = None
    failure: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        # Not `asdict`, which copies each value and is ten times slower: every change stores all messages.
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {
            "attachments": [asdict(file) for file in self.attachments],
            "files": [asdict(file) for file in self.files],
        }

    @property
    def body(self) -> dict[str, Any]:
        """What a frame and a request have."""
        attachments = [
            *(asdict(file) for file in self.attachments),
            *({"file_id": file.file_id} for file in self.files),
        ]
        body = {"content": self.content, "client_message_id": self.client_message_id}
        return body | ({"attachments": attachments} if attachments else {})

    @property
    def shown_attachments(self) -> tuple[Attachment, ...]:
        """The references and files as the stored message will show them."""
        return (*self.attachments, *(file.attachment for file in self.files))


def read_outbox(value: object) -> tuple[OutboxMessage, ...]:
    """Return the messages that an earlier client, perhaps of another version, has left in the storage."""
    items = value if isinstance(value, list) else []
    return tuple(_read_message(item) for item in items if isinstance(item, Mapping) and item.keys() >= _REQUIRED)


def _read_message(item: Mapping[str, Any]) -> OutboxMessage:
    known = {field.name: item[field.name] for field in fields(OutboxMessage) if field.name in item}
    lists = {"attachments": read_attachments(item.get("attachments")), "files": read_files(item.get("files"))}
    return OutboxMessage(**known | lists)
