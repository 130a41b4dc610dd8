"""The files of `<bot>.gbdrive` in a package: published into the drive of the bot, where its scripts read them.

A published file belongs to the bot, not to a user. Its effect is a digest of its content, so publishing again changes
nothing, and completes what an interrupted run has left. A file that a script has written is never removed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from basic.diagnostics import Diagnostic
from conversations.domain import timestamps
from conversations.domain.content_types import detect_content_type
from conversations.domain.drive import MAX_FILES, DriveError, DriveWriter, normalize_path
from conversations.ports.drive import DriveStore
from tools.bots.memory_drive import BOT_ID, InMemoryDriveStore

FOLDER_KIND = "gbdrive"
_EFFECT = "published:"


def read_drive(folder: Path, paths: Sequence[Path]) -> tuple[Mapping[str, Path], list[Diagnostic]]:
    """Return the files of a package by their paths in the drive, and an error for each that the drive refuses.

    Parameters
    ----------
    folder
        The folder `<bot>.gbdrive` of the package.
    paths
        All files of the package.
    """
    files: dict[str, Path] = {}
    errors = []
    for path in paths:
        if path.is_relative_to(folder):
            try:
                name = normalize_path(path.relative_to(folder).as_posix())
                detect_content_type(name, path.read_bytes())
                files[name] = path
            except DriveError as error:
                errors.append(Diagnostic(str(path), None, str(error)))
    return files, errors


def describe_drive(folder_name: str, files: Mapping[str, Path]) -> dict[str, str]:
    """Return a line for each file, in the place of its content, for comparing versions."""
    return {f"{folder_name}/{name}": f"sha256 {_hash(path.read_bytes())}" for name, path in files.items()}


def fill_drive(store: DriveStore, bot_id: str, files: Mapping[str, Path], now: datetime) -> None:
    """Write the files of a package into a drive, and delete published files that it has no more."""
    stored = {file.path: file for file in store.list_folder(bot_id, "", limit=MAX_FILES)}
    for name, path in files.items():
        content = path.read_bytes()
        store.write(bot_id, name, content, detect_content_type(name, content), _build_writer(content, now))
    for name, file in stored.items():
        if name not in files and file.effect.startswith(_EFFECT):
            store.delete(bot_id, name, _build_writer(b"", now))


def build_drive(files: Mapping[str, Path]) -> InMemoryDriveStore:
    """Return a drive in memory with the files of a package."""
    store = InMemoryDriveStore()
    fill_drive(store, BOT_ID, files, timestamps.now())
    return store


def _build_writer(content: bytes, now: datetime) -> DriveWriter:
    effect = f"{_EFFECT}{_hash(content)}"
    return DriveWriter(owner=None, conversation_id=None, anonymous=False, effect=effect, now=now)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
