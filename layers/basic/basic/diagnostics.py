"""Diagnostics: what the front end reports about a script before it runs."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import NamedTuple


class Position(NamedTuple):
    """A position in a file; lines and columns count from 1."""

    line: int
    column: int


START = Position(1, 1)
"""The first character of a file."""


class Severity(StrEnum):
    """The severity of a diagnostic."""

    ERROR = "error"
    """The script cannot run."""
    UNSUPPORTED = "not supported"
    """The statement is part of the language, but this runtime does not run it yet."""
    WARNING = "warning"
    """The script can run, but probably does not do what its author meant."""


class Issue(NamedTuple):
    """An issue at a position of a script, before the file is known."""

    position: Position
    message: str
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One diagnostic for one file.

    Parameters
    ----------
    file
        The file, as its author knows it.
    position
        Where the issue is; None if it is about the file or folder as a whole.
    message
        What is wrong and, where it is likely, how to fix it.
    source
        The line of the file.
    severity
        Whether the file is invalid, suspicious, or ahead of this runtime.
    """

    file: str
    position: Position | None
    message: str
    source: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Format the diagnostic with its line and a caret below it."""
        if self.position is None:
            return f"{self.file}: {self.severity}: {self.message}"
        head = f"{self.file}:{self.position.line}:{self.position.column}: {self.severity}: {self.message}"
        # Tabs stay tabs, so that the caret is below the character in every editor.
        before = self.source[: self.position.column - 1]
        indent = "".join("\t" if character == "\t" else " " for character in before)
        return f"{head}\n  {self.source}\n  {indent}^" if self.source else head


def locate_issues(file: str, text: str, issues: Iterable[Issue]) -> list[Diagnostic]:
    """Return issues as diagnostics of a file with the lines they are in, sorted and without duplicates."""
    lines = text.split("\n")
    return [
        Diagnostic(
            file,
            position,
            message,
            lines[position.line - 1].rstrip("\r") if position.line <= len(lines) else "",
            severity,
        )
        for position, message, severity in sorted(set(issues))
    ]


MAX_CANDIDATES = 1_000
"""Names that are compared with a misspelled one; comparing more would take minutes."""


def suggest_name(name: str, candidates: Iterable[str]) -> str:
    """Return the end of a message that proposes the most similar candidate, or an empty text."""
    by_case = {candidate.upper(): candidate for candidate in islice(candidates, MAX_CANDIDATES)}
    close = difflib.get_close_matches(name.upper(), by_case, n=1, cutoff=0.7)
    return f"; did you mean `{by_case[close[0]]}`?" if close else ""
