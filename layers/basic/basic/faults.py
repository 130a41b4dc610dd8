"""What is wrong with a script, said before anybody meets it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import NamedTuple


class Place(NamedTuple):
    """Where something stands in a file; both count from 1."""

    line: int
    column: int


FIRST = Place(1, 1)
"""Where a script starts."""


class Kind(StrEnum):
    """How bad a fault is."""

    ERROR = "error"
    """The script cannot run."""
    UNSUPPORTED = "not supported"
    """The statement is in the language, but this runtime does not run it yet."""
    WARNING = "warning"
    """The script can run, but it hardly means what it says."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault of one script.

    Parameters
    ----------
    file
        The script's file, as its author knows it.
    place
        Where the fault is.
    sentence
        What is wrong and, where it is likely, how to mend it.
    source
        The line of the script.
    kind
        Whether the script is wrong, or ahead of this runtime.
    """

    file: str
    place: Place
    sentence: str
    source: str = ""
    kind: Kind = Kind.ERROR

    def __str__(self) -> str:
        """Show the fault with its line and a caret below it."""
        head = f"{self.file}:{self.place.line}:{self.place.column}: {self.kind}: {self.sentence}"
        # Tabs stay tabs, so that the caret stands where the editor shows the fault.
        indent = "".join("\t" if character == "\t" else " " for character in self.source[: self.place.column - 1])
        return f"{head}\n  {self.source}\n  {indent}^" if self.source else head


MOST_CANDIDATES = 1_000
"""Names that are looked at for a similar one; a script with more of them would take minutes."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that proposes the most similar known name, or nothing."""
    by_case = {candidate.upper(): candidate for candidate in islice(known, MOST_CANDIDATES)}
    close = difflib.get_close_matches(name.upper(), by_case, n=1, cutoff=0.7)
    return f"; did you mean `{by_case[close[0]]}`?" if close else ""
