"""Tokens: what the lexer cuts a script into."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from basic.diagnostics import START, Issue, Position
from basic.values import Number


class TokenKind(Enum):
    """The kind of a token."""

    NAME = auto()
    NUMBER = auto()
    TEXT = auto()
    SIGN = auto()
    BLOCK = auto()
    NEWLINE = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class TextBlock:
    """The raw lines between ``BEGIN TALK`` and ``END TALK``, and of the blocks like it.

    Parameters
    ----------
    keyword
        ``BEGIN TALK``, ``BEGIN SYSTEM PROMPT`` or ``BEGIN MAIL``.
    first_line
        The line number of the first line.
    lines
        The lines.
    rest
        What follows the keyword on its line.
    rest_position
        Where it is.
    """

    keyword: str
    first_line: int
    lines: tuple[str, ...]
    rest: str = ""
    rest_position: Position = START


class Token(NamedTuple):
    """A token; ``text`` is its source, or the comment before a NEWLINE; ``word`` is a name's text in upper case."""

    kind: TokenKind
    text: str
    position: Position
    word: str = ""
    value: str | Number | TextBlock | None = None

    @property
    def end(self) -> Position:
        """The position after its last character."""
        *lines, last = self.text.split("\n")
        if lines:
            return Position(self.position.line + len(lines), len(last) + 1)
        return Position(self.position.line, self.position.column + len(self.text))

    @property
    def shown(self) -> str:
        """Its source for a message, without the lines after the first."""
        first, newline, _ = self.text.partition("\n")
        return f"{first.rstrip()} …" if newline else first


class LexResult(NamedTuple):
    """All tokens of a script, and the issues of invalid characters."""

    tokens: list[Token]
    issues: list[Issue]
