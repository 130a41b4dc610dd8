"""The drives of bots."""

from collections.abc import Sequence
from typing import Protocol

from conversations.domain.drive import DriveWriter, StoredFile
from conversations.domain.page import Page


class DriveStore(Protocol):
    """Stores the files of bots, each with the owner for whom it was written.

    Every change is atomic, and repeating it with the same ``DriveWriter.effect`` changes nothing. All methods raise
    ``UnavailableError`` if a service does not answer; a retry is safe.
    """

    def find(self, bot_id: str, path: str) -> StoredFile | None:
        """Return the file with a path, None if there is none."""
        ...

    def read(self, file: StoredFile) -> bytes | None:
        """Return the content of a file, None if it has been replaced or deleted meanwhile."""
        ...

    def list_folder(self, bot_id: str, folder: str, *, limit: int) -> Sequence[StoredFile]:
        """Return the files whose paths begin with ``folder``, which is empty or ends with a slash, in their order."""
        ...

    def write(self, bot_id: str, path: str, content: bytes, content_type: str, writer: DriveWriter) -> StoredFile:
        """Write a file, or replace it.

        Raises
        ------
        DriveError
            If the bot would have too many files or bytes, or a visitor's file would replace one that stays.
        UnavailableError
            Also if the conversation was deleted, has expired or was claimed, or the turn is over; the turn must be run
            again.
        """
        ...

    def move(self, bot_id: str, source: str, target: str, writer: DriveWriter) -> StoredFile:
        """Move a file, replacing that with the path ``target``. The file keeps its owner.

        Raises
        ------
        DriveError
            If there is no file ``source``, or a visitor's file would replace one that stays.
        UnavailableError
            As ``write``.
        """
        ...

    def delete(self, bot_id: str, path: str, writer: DriveWriter) -> None:
        """Delete a file, if there is one.

        Raises
        ------
        UnavailableError
            As ``write``.
        """
        ...

    def list_by_owner(self, owner: str, *, limit: int, after: tuple[str, str] | None = None) -> Page[StoredFile]:
        """Return a page of the files of an owner, of all bots, in a stable order.

        Parameters
        ----------
        owner
            ``Principal.owner`` of the user or visitor.
        limit
            Maximum number of files.
        after
            Start after this bot and path, which need not exist any more.
        """
        ...

    def erase_by_owner(self, owner: str) -> bool:
        """Erase some files of an owner, and return whether none is left."""
        ...

    def transfer(self, visitor: str, owner: str) -> None:
        """Give the files of a visitor to the user who has claimed the visitor's conversation."""
        ...
