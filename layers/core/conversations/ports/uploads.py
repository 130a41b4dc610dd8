"""The files that users upload."""

from datetime import datetime
from typing import Protocol

from conversations.domain.upload import Upload, UploadedContent, UploadForm


class UploadStore(Protocol):
    """Stores files that users upload for messages; ``SentFileStore`` has those that were sent.

    All methods raise ``UnavailableError`` if a service does not answer; a retry is safe.
    """

    def add(self, upload: Upload, owner: str, now: datetime) -> None:
        """Store that a file will be uploaded.

        Raises
        ------
        NotFoundError
            If the conversation is deleted or expired, or does not belong to ``owner``.
        DailyLimitError
            If the owner, or the conversation, has too many uploads on this day.
        """
        ...

    def sign(self, upload: Upload, now: datetime) -> UploadForm:
        """Return the form that uploads the file; it accepts nothing of another size or declared type."""
        ...

    def find(self, conversation_id: str, file_id: str) -> Upload | None:
        """Return an upload, None if there is none. One that can no longer be sent may still be found."""
        ...

    def read_content(self, upload: Upload) -> UploadedContent | None:
        """Return what was uploaded, None if nothing was."""
        ...

    def keep(self, upload: Upload, owner: str, now: datetime) -> bool:
        """Keep the content ``upload.etag`` as a file of the conversation. Repeating it changes nothing.

        Return False if that content is gone: another one was uploaded in its place, or it has expired.

        Raises
        ------
        NotFoundError
            If the conversation is deleted or expired, or does not belong to ``owner``.
        ConflictError
            If the files of the bot have no space left.
        """
        ...
