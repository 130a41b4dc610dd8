"""Lines that the user types, or that a pipe has."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

if sys.platform != "win32":
    import termios

_CHUNK_BYTES = 4096


class Keyboard:
    """Reads lines in a thread, so that messages can be printed meanwhile.

    The thread reads the file descriptor and not ``sys.stdin``, whose lock would be held when the process ends.
    """

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._descriptor = sys.stdin.fileno()
        self.is_terminal = os.isatty(self._descriptor)
        Thread(target=self._read, name="keyboard", daemon=True).start()

    async def read_line(self) -> str | None:
        """Return the next line; None at the end."""
        return await self._lines.get()

    @contextmanager
    def hiding_input(self) -> Iterator[None]:
        """Show nothing of what is typed."""
        if sys.platform == "win32" or not self.is_terminal:
            yield
            return
        before = termios.tcgetattr(self._descriptor)
        hidden = [*before]
        hidden[3] &= ~termios.ECHO
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, hidden)
        try:
            yield
        finally:
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, before)

    def _read(self) -> None:
        rest = b""
        # The loop is closed when the command ends.
        with suppress(RuntimeError):
            while data := self._read_chunk():
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._put(line.decode(errors="replace").removesuffix("\r"))
            if rest:
                self._put(rest.decode(errors="replace"))
            self._put(None)

    def _read_chunk(self) -> bytes:
        try:
            return os.read(self._descriptor, _CHUNK_BYTES)
        except OSError:
            return b""

    def _put(self, line: str | None) -> None:
        self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
