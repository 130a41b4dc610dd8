"""Text with ``${expression}`` in it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from basic.diagnostics import Position

_STEP = re.compile(r'"(?:[^"\\\n]|\\.|"")*"|[{}]')


class TemplatePiece(NamedTuple):
    """A piece of a template: some text, or the source of an expression and its position."""

    text: str
    position: Position | None


def split_template(line: str, start: Position) -> Iterator[TemplatePiece]:
    r"""Split one line into texts and expressions; ``\${`` is the text ``${``.

    Parameters
    ----------
    line
        The line.
    start
        The position of the line in the file.

    Raises
    ------
    UnclosedExpressionError
        If a ``${`` has no ``}``.
    """
    done = 0
    while (opening := line.find("${", done)) >= 0:
        if opening > done and line[opening - 1] == "\\":
            yield TemplatePiece(line[done : opening - 1] + "${", None)
            done = opening + 2
            continue
        closing = find_closing(line, opening + 2)
        if closing is None:
            raise UnclosedExpressionError(_move(start, opening))
        if opening > done:
            yield TemplatePiece(line[done:opening], None)
        yield TemplatePiece(line[opening + 2 : closing], _move(start, opening + 2))
        done = closing + 1
    if done < len(line):
        yield TemplatePiece(line[done:], None)


def _move(start: Position, columns: int) -> Position:
    return Position(start.line, start.column + columns)


def find_closing(line: str, start: int) -> int | None:
    """Return the index of the brace that closes an expression, ignoring braces in texts."""
    depth = 0
    for step in _STEP.finditer(line, start):
        if step[0] == "{":
            depth += 1
        elif step[0] == "}":
            if not depth:
                return step.start()
            depth -= 1
    return None


class UnclosedExpressionError(Exception):
    """A ``${`` without its ``}``."""

    def __init__(self, position: Position) -> None:
        super().__init__(position)
        self.position = position
