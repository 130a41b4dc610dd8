"""A drive in memory, for the terminal and for tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from conversations.domain.drive import (
    MAX_DRIVE_BYTES,
    MAX_FILES,
    DriveError,
    DriveWriter,
    StoredFile,
    build_blob_name,
    list_replaced,
    require_movable,
    require_replaceable,
)
from conversations.domain.errors import UnavailableError
from conversations.domain.page import Page
from conversations.ports.drive import DriveStore

BOT_ID = "bot"
"""The bot of a session in the terminal."""


def _always(_writer: DriveWriter) -> bool:
    return True


@dataclass(slots=True)
class InMemoryDriveStore(DriveStore):
    """``DriveStore`` that lives as long as the process.

    Attributes
    ----------
    may_write
        Whether the conversation of a writer still belongs to it.
    files
        The files by bot and path.
    contents
        The contents by bot and blob.
    """

    may_write: Callable[[DriveWriter], bool] = _always
    files: dict[tuple[str, str], StoredFile] = field(default_factory=dict)
    contents: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def find(self, bot_id: str, path: str) -> StoredFile | None:
        """See ``DriveStore.find``."""
        return self.files.get((bot_id, path))

    def read(self, file: StoredFile) -> bytes | None:
        """See ``DriveStore.read``."""
        return self.contents.get((file.bot_id, file.blob))

    def list_folder(self, bot_id: str, folder: str, *, limit: int) -> Sequence[StoredFile]:
        """See ``DriveStore.list_folder``."""
        keys = sorted(self.files, key=lambda key: key[1].encode())
        return [self.files[key] for key in keys if key[0] == bot_id and key[1].startswith(folder)][:limit]

    def write(self, bot_id: str, path: str, content: bytes, content_type: str, writer: DriveWriter) -> StoredFile:
        """See ``DriveStore.write``."""
        before = self.find(bot_id, path)
        if before is not None and before.effect == writer.effect:
            return before
        require_replaceable(before, anonymous=writer.anonymous)
        self._require_conversation(writer)
        self._require_space(bot_id, before, len(content))
        blob = build_blob_name(writer.effect, path)
        file = StoredFile(
            bot_id=bot_id,
            path=path,
            blob=blob,
            size=len(content),
            content_type=content_type,
            written_at=writer.now,
            owner=writer.owner,
            anonymous=writer.anonymous,
            effect=writer.effect,
            replaced=list_replaced(before),
        )
        self._forget(before)
        self.contents[bot_id, blob] = content
        self.files[bot_id, path] = file
        return file

    def move(self, bot_id: str, source: str, target: str, writer: DriveWriter) -> StoredFile:
        """See ``DriveStore.move``."""
        moved, replaced = self.find(bot_id, source), self.find(bot_id, target)
        if replaced is not None and replaced.effect == writer.effect:
            return replaced
        moved = require_movable(moved, source, replaced)
        self._require_conversation(writer)
        self._forget(replaced)
        del self.files[bot_id, source]
        file = replace(moved, path=target, effect=writer.effect, replaced=list_replaced(replaced))
        self.files[bot_id, target] = file
        return file

    def delete(self, bot_id: str, path: str, writer: DriveWriter) -> None:
        """See ``DriveStore.delete``."""
        if (bot_id, path) in self.files:
            self._require_conversation(writer)
            self._delete(bot_id, path)

    def list_by_owner(self, owner: str, *, limit: int, after: tuple[str, str] | None = None) -> Page[StoredFile]:
        """See ``DriveStore.list_by_owner``."""
        owned = [
            key for key, file in self.files.items() if file.owner == owner and (after is None or _is_after(key, after))
        ]
        page = sorted(owned, key=_sort_key)
        return Page(tuple(self.files[key] for key in page[:limit]), len(page) > limit)

    def erase_by_owner(self, owner: str) -> bool:
        """See ``DriveStore.erase_by_owner``."""
        for file in self.list_by_owner(owner, limit=len(self.files)).items:
            self._delete(file.bot_id, file.path)
        return True

    def transfer(self, visitor: str, owner: str) -> None:
        """See ``DriveStore.transfer``."""
        for key, file in self.files.items():
            if file.owner == visitor:
                self.files[key] = replace(file, owner=owner, anonymous=False)

    def _delete(self, bot_id: str, path: str) -> None:
        self._forget(self.files.pop((bot_id, path), None))

    def _require_conversation(self, writer: DriveWriter) -> None:
        if writer.conversation_id is not None and not self.may_write(writer):
            raise UnavailableError

    def _require_space(self, bot_id: str, before: StoredFile | None, size: int) -> None:
        others = [file for file in self.files.values() if file.bot_id == bot_id and file is not before]
        total = sum(file.size for file in others) + size
        if (before is None and len(others) >= MAX_FILES) or total > MAX_DRIVE_BYTES:
            raise DriveError(f"the drive of the bot has {MAX_FILES:,} files or {MAX_DRIVE_BYTES >> 20:,} MB at most")

    def _forget(self, file: StoredFile | None) -> None:
        if file is not None:
            self.contents.pop((file.bot_id, file.blob), None)


def _sort_key(key: tuple[str, str]) -> bytes:
    return f"{key[0]}#{key[1]}".encode()


def _is_after(key: tuple[str, str], after: tuple[str, str]) -> bool:
    return _sort_key(key) > _sort_key(after)
