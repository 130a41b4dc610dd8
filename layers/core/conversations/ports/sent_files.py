"""The files of conversations: those that bots have sent, and those that users have sent after an upload."""

from typing import Protocol

from conversations.domain.drive import StoredFile
from conversations.domain.sent_file import SentFile


class SentFileStore(Protocol):
    """Stores copies of files that bots have sent, and finds, reads and erases those of users, too.

    All methods raise ``UnavailableError`` if a service does not answer; a retry is safe.
    """

    def add(self, file: StoredFile, sent: SentFile) -> SentFile | None:
        """Copy a file, and store its link. Return the one that is stored already, if the effect is repeated.

        Return None if the file has been replaced or deleted meanwhile.
        """
        ...

    def find(self, conversation_id: str, file_id: str) -> SentFile | None:
        """Return a sent file, None if there is none."""
        ...

    def read(self, sent: SentFile) -> bytes | None:
        """Return the content of a sent file, None if it is gone."""
        ...

    def build_download_url(self, sent: SentFile) -> str:
        """Return the address at which anyone can download the content for ``DOWNLOAD_SECONDS``."""
        ...

    def erase_by_conversation(self, conversation_id: str) -> bool:
        """Erase some of the files of a conversation, sent or not, and return whether none is left."""
        ...
