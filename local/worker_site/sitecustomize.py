# noqa: INP001 - Python imports it from here at startup
"""Loaded by every Python process of the emulator: writes the log output of the functions to one file.

On AWS the output goes to CloudWatch Logs. MiniStack discards the output of the functions of a WebSocket API and stores
the rest in memory only; ``make logs`` follows all of it.
"""

import os
import sys
from typing import Any, TextIO


class _LoggedStream:
    """A stream that also writes each line to a file, prefixed with the name of the function."""

    def __init__(self, stream: TextIO, copy: TextIO, name: str) -> None:
        self._stream = stream
        self._copy = copy
        self._name = name

    def write(self, text: str) -> int:
        """Write to both. All lines are written to the file at once, so that lines of several functions do not mix."""
        lines = [f"{self._name}: {line}\n" for line in text.splitlines() if line.strip()]
        self._copy.write("".join(lines))
        self._copy.flush()
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any attribute of the stream
        return getattr(self._stream, name)


def _install() -> None:
    function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    log = os.environ.get("FUNCTIONS_LOG")
    if function and log:
        name = function.split("-")[1] if "-" in function else function
        copy = open(log, "a", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the worker ends
        sys.stderr = _LoggedStream(sys.stderr, copy, name)


_install()
