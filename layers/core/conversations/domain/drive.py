"""The drive of a bot: the files that its scripts read and write, their paths and their limits."""

import hashlib
import re
import unicodedata
from datetime import datetime

from conversations.data_classes import dataclass

MAX_FILE_BYTES = 10 * 1024 * 1024
"""Bytes of one file: a function of 512 MB holds several copies of it while it compresses or converts it."""

MAX_FILES = 10_000
"""Files of one bot."""

MAX_DRIVE_BYTES = 1024 * 1024 * 1024
"""Bytes of all files of one bot, which cost about two cents a month."""

MAX_TURN_OPERATIONS = 100
"""Operations on files of one turn: some hundredths of a second each."""

MAX_TURN_BYTES = 50 * 1024 * 1024
"""Bytes that one turn reads and writes."""

MAX_LISTED_FILES = 1_000
"""Files and folders that LIST returns."""

MAX_PATH_LENGTH = 400
"""Characters of a path. With a bot's id it fits into the key of an item (DynamoDB: 1,024 bytes)."""

_MAX_PATH_BYTES = 900
_DRIVE_FOLDER = ".gbdrive"
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Characters that change the direction of writing make `exe.pdf` of `fdp.exe`.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class DriveError(Exception):
    """An operation on a file is refused. The sentence is for the bot's author."""


@dataclass(frozen=True, slots=True)
class DriveWriter:
    """Who writes a file.

    Attributes
    ----------
    owner
        ``Principal.owner`` of the user or visitor in whose conversation the script runs; None for a webhook. The file
        is erased with everything else of this owner.
    conversation_id
        Bare id of that conversation. Nothing is written for a conversation that is deleted or expired.
    anonymous
        Whether the owner is a visitor.
    effect
        Identifies the effect: the same when the turn is run again.
    now
        The time of the turn.
    message_id
        Bare id of the message that the turn answers; None for the greeting. Nothing is written when the turn is over:
        a function that went on after another one had completed the turn would undo what came later.
    """

    owner: str | None
    conversation_id: str | None
    anonymous: bool
    effect: str
    now: datetime
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a drive.

    Attributes
    ----------
    bot_id
        The bot.
    path
        Its path, as ``normalize_path`` returns it.
    blob
        Names the content, which never changes: another content of the same path has another name.
    size
        In bytes.
    content_type
        The media type of its content.
    written_at
        The time of the turn that wrote it.
    owner
        ``Principal.owner`` of the user or visitor for whom it was written, None if it belongs to the bot only.
    anonymous
        Whether the owner is a visitor.
    effect
        ``DriveWriter.effect`` of the last write or move.
    replaced
        The contents that the last writes replaced and that may not be deleted yet, the newest first.
    """

    bot_id: str
    path: str
    blob: str
    size: int
    content_type: str
    written_at: datetime
    owner: str | None = None
    anonymous: bool = False
    effect: str = ""
    replaced: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class FileCursor:
    """A position in the list of a user's files: after this bot and path, or None for the beginning."""

    after: tuple[str, str] | None


def normalize_path(path: str) -> str:
    """Return the path of a file, with single slashes between its parts and in the normal form of Unicode.

    The name of the drive's own folder (``bot.gbdrive/``) may begin it, as in the packages of General Bots.

    Raises
    ------
    DriveError
        If it is empty or too long, has control characters, or leaves the drive.
    """
    normalized = _normalize(path)
    if not normalized:
        raise DriveError(f"{_quote(path)} is not the path of a file")
    return normalized


def normalize_folder(path: str) -> str:
    """Return the path of a folder with a slash at its end; empty for the drive itself.

    Raises
    ------
    DriveError
        As ``normalize_path``, but a folder may be empty.
    """
    normalized = _normalize(path)
    return f"{normalized}/" if normalized else ""


def _normalize(path: str) -> str:
    text = unicodedata.normalize("NFC", path.replace("\\", "/")).strip()
    if any(unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in text) or _DIRECTION.search(text):
        raise DriveError("the path of a file has control characters")
    parts = [part for part in (each.strip() for each in text.split("/")) if part not in ("", ".")]
    if ".." in parts:
        raise DriveError(f"the path {_quote(path)} leaves the drive of the bot")
    if parts and parts[0].lower().endswith(_DRIVE_FOLDER):
        del parts[0]
    normalized = "/".join(parts)
    if len(normalized) > MAX_PATH_LENGTH or len(normalized.encode()) > _MAX_PATH_BYTES:
        raise DriveError(f"the path of a file has more than {MAX_PATH_LENGTH} characters")
    return normalized


def _quote(path: str) -> str:
    return f'"{path[:40]}"'


MAX_REPLACED = 2
"""Replaced contents that a file names: those of two writes that were interrupted one after the other."""


def list_replaced(before: StoredFile | None) -> tuple[str, ...]:
    """Return the contents that a file names after it has replaced another one."""
    return () if before is None else (before.blob, *before.replaced)[:MAX_REPLACED]


def build_blob_name(effect: str, path: str) -> str:
    """Return the name of the content that an effect writes to a path: the same when the turn is run again."""
    return hashlib.sha256(f"{effect}\0{path}".encode()).hexdigest()[:40]


def require_replaceable(before: StoredFile | None, *, anonymous: bool) -> None:
    """Refuse to replace a file that stays by one that is erased with a visitor.

    Raises
    ------
    DriveError
        If there is such a file.
    """
    if before is not None and anonymous and not before.anonymous:
        raise DriveError(f"the file {before.path} was not written for a visitor, so a visitor's file cannot replace it")


def require_movable(moved: StoredFile | None, source: str, replaced: StoredFile | None) -> StoredFile:
    """Return the file at the path ``source``, which may be moved to the path of ``replaced``.

    Raises
    ------
    DriveError
        If there is no such file, or if it cannot replace the other one.
    """
    if moved is None:
        raise DriveError(f"there is no file {source}")
    require_replaceable(replaced, anonymous=moved.anonymous)
    return moved


def check_file_size(path: str, size: int) -> None:
    """Refuse a file that is too large.

    Raises
    ------
    DriveError
        If it is larger than ``MAX_FILE_BYTES``.
    """
    if size > MAX_FILE_BYTES:
        raise DriveError(f"the file {path} is larger than {MAX_FILE_BYTES >> 20} MB")
