"""Uploads in memory, for tests."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from conversations.domain.conversation import Conversation
from conversations.domain.errors import ConflictError, DailyLimitError, NotFoundError
from conversations.domain.upload import (
    FORM_LIFETIME,
    HEAD_BYTES,
    MAX_BOT_BYTES,
    MAX_CONVERSATION_UPLOADS,
    MAX_OWNER_UPLOADS,
    Upload,
    UploadedContent,
    UploadForm,
)
from conversations.ports.uploads import UploadStore
from tools.bots.memory_sent_files import InMemorySentFileStore


@dataclass(slots=True)
class InMemoryUploadStore(UploadStore):
    """``UploadStore`` that lives as long as the process.

    Attributes
    ----------
    sent_files
        The files of conversations.
    get_conversation
        Returns a conversation by its id.
    """

    sent_files: InMemorySentFileStore
    get_conversation: Callable[[str], Conversation | None]
    _counts: Counter[tuple[date, str]] = field(default_factory=Counter)

    def add(self, upload: Upload, owner: str, now: datetime) -> None:
        """See ``UploadStore.add``."""
        self._require_owner(upload, owner, now)
        limits = ((owner, MAX_OWNER_UPLOADS), (upload.conversation_id, MAX_CONVERSATION_UPLOADS))
        if any(self._counts[now.date(), subject] >= limit for subject, limit in limits):
            raise DailyLimitError("Too many files per day.", retry_after=1)
        self._counts.update((now.date(), subject) for subject, _ in limits)
        self.sent_files.uploads[upload.conversation_id, upload.id] = upload

    def sign(self, upload: Upload, now: datetime) -> UploadForm:
        """See ``UploadStore.sign``."""
        return UploadForm("https://drive.example/", {"key": upload.id}, now + FORM_LIFETIME)

    def receive(self, upload: Upload, content: bytes) -> None:
        """Receive a content, as the bucket does."""
        self.sent_files.received[upload.conversation_id, upload.id] = content

    def find(self, conversation_id: str, file_id: str) -> Upload | None:
        """See ``UploadStore.find``."""
        return self.sent_files.uploads.get((conversation_id, file_id))

    def read_content(self, upload: Upload) -> UploadedContent | None:
        """See ``UploadStore.read_content``."""
        content = self.sent_files.received.get((upload.conversation_id, upload.id))
        return None if content is None else UploadedContent(_hash(content), len(content), content[:HEAD_BYTES])

    def keep(self, upload: Upload, owner: str, now: datetime) -> bool:
        """See ``UploadStore.keep``."""
        key = (upload.conversation_id, upload.id)
        stored = self.sent_files.uploads.get(key)
        if stored is None:
            raise NotFoundError("The conversation or the file does not exist.")
        if stored.is_sent:
            return stored.etag == upload.etag
        self._require_owner(upload, owner, now)
        used = sum(
            each.size for each in self.sent_files.uploads.values() if each.is_sent and each.bot_id == upload.bot_id
        )
        if used + upload.size > MAX_BOT_BYTES:
            raise ConflictError("The files of this bot have no space left.")
        content = self.sent_files.received.get(key)
        if content is None or _hash(content) != upload.etag:
            return False
        self.sent_files.uploads[key] = upload
        self.sent_files.files[key], self.sent_files.contents[key] = upload.to_sent_file(), content
        return True

    def _require_owner(self, upload: Upload, owner: str, now: datetime) -> None:
        conversation = self.get_conversation(upload.conversation_id)
        if conversation is None or conversation.is_gone(now) or conversation.owner != owner:
            raise NotFoundError("The conversation does not exist.")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
