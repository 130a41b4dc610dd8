"""Watches the files of a package while its author talks to the bot.

The modification times are compared twice a second: a package has at most 1,000 files, so that costs a few milliseconds,
works on every system and network drive, and needs no library.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

POLL_SECONDS = 0.5


class FilesChangedError(Exception):
    """Files were changed, created or deleted; the text names them."""


class TypedLines:
    """The lines that the user types. A thread reads them, so that waiting for one can be interrupted."""

    def __init__(self) -> None:
        self._lines: Queue[str | None] = Queue()
        Thread(target=self._read, daemon=True).start()

    def get(self, seconds: float) -> str | None:
        """Return the next line; None at the end of the input.

        Raises
        ------
        queue.Empty
            If there is none within some seconds.
        """
        line = self._lines.get(timeout=seconds)
        if line is None:
            self._lines.put(None)
        return line

    def _read(self) -> None:
        for line in sys.stdin:
            self._lines.put(line)
        self._lines.put(None)


@dataclass
class Watcher:
    """Compares the files of a package with those at the beginning of the conversation.

    Attributes
    ----------
    folder
        The package.
    """

    folder: Path
    _before: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Remember the files as they are."""
        self._before = self._list_times()

    def require_unchanged(self) -> None:
        """Require that no file has changed since `begin`.

        Raises
        ------
        FilesChangedError
            If one has.
        """
        now = self._list_times()
        changed = sorted(name for name, _ in self._before.items() ^ now.items())
        if changed:
            raise FilesChangedError(", ".join(dict.fromkeys(changed)))

    def wait(self, lines: TypedLines) -> None:
        """Wait until the end of the input; lines are ignored.

        Raises
        ------
        FilesChangedError
            When a file changes.
        """
        while self._wait_for_line(lines) is not None:
            continue

    def read_input(self, lines: TypedLines) -> Iterator[str]:
        """Yield the lines that the user types until the end of the input.

        Raises
        ------
        FilesChangedError
            When a file changes while the bot waits for a line.
        """
        while True:
            print("You: ", end="", flush=True)
            line = self._wait_for_line(lines)
            if line is None:
                print()
                return
            yield line

    def _wait_for_line(self, lines: TypedLines) -> str | None:
        while True:
            self.require_unchanged()
            try:
                return lines.get(POLL_SECONDS)
            except Empty:
                continue

    def _list_times(self) -> dict[str, int]:
        times: dict[str, int] = {}
        for path in self.folder.rglob("*"):
            try:
                if path.is_file():
                    times[path.relative_to(self.folder).as_posix()] = path.stat().st_mtime_ns
            except FileNotFoundError:
                continue  # deleted in the meantime
        return times
