# noqa: INP001 - Python itself looks for it here
"""Loaded by every Python of the local AWS: writes what functions log to one file.

On AWS it reaches CloudWatch Logs. MiniStack drops what the functions of a WebSocket API say and keeps the rest in
memory; here ``make logs`` follows all of it.
"""

import os
import sys
from typing import Any, TextIO


class _Copied:
    """A stream that is also written to a file, each line under the function's name."""

    def __init__(self, stream: TextIO, copy: TextIO, name: str) -> None:
        self._stream = stream
        self._copy = copy
        self._name = name

    def write(self, text: str) -> int:
        """Write to both; a write of whole lines is one write to the file, so functions do not mix theirs."""
        lines = [f"{self._name}: {line}\n" for line in text.splitlines() if line.strip()]
        self._copy.write("".join(lines))
        self._copy.flush()
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        return getattr(self._stream, name)


def _install() -> None:
    function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    log = os.environ.get("FUNCTIONS_LOG")
    if function and log:
        name = function.split("-")[1] if "-" in function else function
        copy = open(log, "a", encoding="utf-8")  # noqa: SIM115, PTH123 - open as long as the worker lives
        sys.stderr = _Copied(sys.stderr, copy, name)


_install()
