"""What reading a document may take. A document of a stranger may be made to take much more than its size says."""

import time

from basic.errors import ScriptError

MAX_PAGES = 500
"""Pages of a PDF."""

MAX_UNPACKED_BYTES = 20 * 1024 * 1024
"""Bytes of all parts of an office document that are read, and of one stream of a PDF, as they are decompressed."""

MAX_TEXT = 4 * 1024 * 1024
"""Characters of the text of a document: about 1,500 pages."""

MAX_ROWS = 10_000
"""Rows of a spreadsheet."""

MAX_CELLS = 200_000
"""Cells of a spreadsheet that have a value."""

MAX_SECONDS = 15.0
"""Seconds that a document may take; a turn of a script has 25."""


class Deadline:
    """The end of the time that a document may take.

    Parameters
    ----------
    name
        The name of the document, for the message.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._end = time.monotonic() + MAX_SECONDS

    def check(self) -> None:
        """Check the time.

        Raises
        ------
        ScriptError
            If it is over.
        """
        if time.monotonic() > self._end:
            raise ScriptError(f"reading {self._name} takes more than {MAX_SECONDS:.0f} seconds")


def check_text(name: str, length: int) -> None:
    """Refuse a document with too much text.

    Raises
    ------
    ScriptError
        If it has more than ``MAX_TEXT`` characters.
    """
    if length > MAX_TEXT:
        raise ScriptError(f"{name} has more than {MAX_TEXT >> 20} million characters")
