"""Sent files in memory, for the terminal and for tests."""

from dataclasses import dataclass, field

from conversations.domain.drive import StoredFile
from conversations.domain.sent_file import SentFile
from conversations.domain.upload import Upload
from conversations.ports.drive import DriveStore
from conversations.ports.sent_files import SentFileStore


@dataclass(slots=True)
class InMemorySentFileStore(SentFileStore):
    """``SentFileStore`` that lives as long as the process.

    Attributes
    ----------
    drive
        The store of the files that are sent.
    files
        The sent files by conversation and id.
    contents
        Their contents.
    uploads, received
        The uploads by conversation and id, and what was uploaded.
    """

    drive: DriveStore
    files: dict[tuple[str, str], SentFile] = field(default_factory=dict)
    contents: dict[tuple[str, str], bytes] = field(default_factory=dict)
    uploads: dict[tuple[str, str], Upload] = field(default_factory=dict)
    received: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def add(self, file: StoredFile, sent: SentFile) -> SentFile | None:
        """See ``SentFileStore.add``."""
        key = (sent.conversation_id, sent.id)
        if key not in self.files:
            content = self.drive.read(file)
            if content is None:
                return None
            self.files[key], self.contents[key] = sent, content
        return self.files[key]

    def find(self, conversation_id: str, file_id: str) -> SentFile | None:
        """See ``SentFileStore.find``."""
        return self.files.get((conversation_id, file_id))

    def read(self, sent: SentFile) -> bytes | None:
        """See ``SentFileStore.read``."""
        return self.contents.get((sent.conversation_id, sent.id))

    def build_download_url(self, sent: SentFile) -> str:
        """See ``SentFileStore.build_download_url``."""
        return f"https://drive.example/{sent.conversation_id}/{sent.id}"

    def erase_by_conversation(self, conversation_id: str) -> bool:
        """See ``SentFileStore.erase_by_conversation``."""
        for files in (self.files, self.contents, self.uploads, self.received):
            for key in [key for key in files if key[0] == conversation_id]:
                del files[key]
        return True
