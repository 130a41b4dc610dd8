"""Text with ``${expression}`` in it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from basic.faults import Place

_STEP = re.compile(r'"(?:[^"\\\n]|\\.|"")*"|[{}]')


class Piece(NamedTuple):
    """A part of a template: some text, or the source of an expression and where it starts."""

    text: str
    at: Place | None


def pieces(line: str, at: Place) -> Iterator[Piece]:
    """Cut one line, which starts at a place, into texts and expressions.

    Raises
    ------
    UnclosedError
        If a ``${`` has no ``}``.
    """
    done = 0
    while (start := line.find("${", done)) >= 0:
        end = _closing(line, start + 2)
        if end is None:
            raise UnclosedError(Place(at.line, at.column + start))
        if start > done:
            yield Piece(line[done:start], None)
        yield Piece(line[start + 2 : end], Place(at.line, at.column + start + 2))
        done = end + 1
    if done < len(line):
        yield Piece(line[done:], None)


def _closing(line: str, start: int) -> int | None:
    depth = 0
    for step in _STEP.finditer(line, start):
        if step[0] == "{":
            depth += 1
        elif step[0] == "}":
            if not depth:
                return step.start()
            depth -= 1
    return None


class UnclosedError(Exception):
    """A ``${`` without its ``}``."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.place = place
