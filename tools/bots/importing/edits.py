"""Edits of a text at the positions of its tokens."""

from collections.abc import Iterable
from dataclasses import dataclass

from basic.diagnostics import Position


@dataclass(frozen=True, slots=True)
class Edit:
    """The replacement of some characters.

    Attributes
    ----------
    position
        The first of them.
    old
        The characters; empty to insert.
    new
        What replaces them.
    """

    position: Position
    old: str
    new: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with its edits, which do not overlap."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    for edit in sorted(edits, key=lambda edit: edit.position, reverse=True):
        start = starts[edit.position.line - 1] + edit.position.column - 1
        text = text[:start] + edit.new + text[start + len(edit.old) :]
    return text
