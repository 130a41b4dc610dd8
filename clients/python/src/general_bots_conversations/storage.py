"""Where a client keeps what survives a crash: unsent messages, and the session of a visitor."""

import json
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol

from general_bots_conversations.errors import ConversationsError


class Storage(Protocol):
    """Named JSON values. Only one client at a time uses a storage."""

    def read(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return a value, or None if the name has no value."""

    def write(self, name: str, value: Any) -> None:  # noqa: ANN401 - JSON
        """Store a value; None removes it. It is stored when this method returns."""

    def close(self) -> None:
        """Release the storage for another client."""


class MemoryStorage:
    """A storage that lives as long as the process."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def read(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return a value, or None if the name has no value."""
        return json.loads(self._values.get(name, "null"))

    def write(self, name: str, value: Any) -> None:  # noqa: ANN401 - JSON
        """Store a value; None removes it."""
        if value is None:
            self._values.pop(name, None)
        else:
            self._values[name] = json.dumps(value)

    def close(self) -> None:
        """Keep the values for another client of this process."""


class StorageInUseError(ConversationsError):
    """Another process uses the file: both would send its messages."""


class FileStorage:
    """A storage in a file that only the user can read, because it has the token of a visitor's session.

    Every change replaces the file at once, so a crash leaves the old values or the new ones.

    Parameters
    ----------
    path
        The file. It and its folder are created if they do not exist.

    Raises
    ------
    StorageInUseError
        If another client has it open.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock: IO[bytes] | None = _lock(self._path.with_name(f"{self._path.name}.lock"))
        self._values: dict[str, Any] = {}
        # A file that is no JSON was not written by this class: it is replaced.
        with suppress(FileNotFoundError, ValueError):
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            self._values = stored if isinstance(stored, dict) else {}

    def read(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return a value, or None if the name has no value."""
        return self._values.get(name)

    def write(self, name: str, value: Any) -> None:  # noqa: ANN401 - JSON
        """Store a value; None removes it. It is on the disk when this method returns."""
        if self._values.get(name) == value:
            return
        self._values = {key: old for key, old in self._values.items() if key != name}
        if value is not None:
            self._values[name] = value
        self._replace_file(json.dumps(self._values).encode())

    def close(self) -> None:
        """Release the file for another client."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _replace_file(self, content: bytes) -> None:
        # mkstemp creates a file that only the user can read.
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _lock(path: Path) -> IO[bytes]:
    """Lock a file until it is closed or the process ends, however it ends."""
    file = path.open("ab")
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - exists on Windows only

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - does not exist on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise StorageInUseError(f"{path.with_suffix('')} is used by another process.") from None
    return file
