"""The lexer: text becomes tokens. It knows lines, comments and text blocks, and nothing of keywords."""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from basic.faults import FIRST, Place
from basic.values import MOST_SIZE, Number, number_of

LONGEST_SCRIPT = 1_000_000
"""Characters of the largest script (the packages' documented limit is 1 MB)."""


class Sort(Enum):
    """What a token is."""

    NAME = auto()
    NUMBER = auto()
    TEXT = auto()
    SIGN = auto()
    BLOCK = auto()
    NEWLINE = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class TextBlock:
    """The raw lines between ``BEGIN TALK`` and ``END TALK``, or their likes.

    Parameters
    ----------
    keyword
        ``BEGIN TALK``, ``BEGIN SYSTEM PROMPT`` or ``BEGIN MAIL``.
    lines
        The lines with the number of the first.
    """

    keyword: str
    first_line: int
    lines: tuple[str, ...]


class Token(NamedTuple):
    """A token; ``text`` is as written, or the comment before a NEWLINE; ``word`` is the text in upper case."""

    sort: Sort
    text: str
    place: Place
    word: str = ""
    value: str | Number | TextBlock | None = None

    @property
    def end(self) -> Place:
        """The place after its last character."""
        return Place(self.place.line, self.place.column + len(self.text))


class Problem(NamedTuple):
    """Something the lexer could not read."""

    place: Place
    sentence: str


class Tokens(NamedTuple):
    """All tokens of a script, and what could not be read."""

    tokens: list[Token]
    problems: list[Problem]


_TOKEN = re.compile(
    r"""
      (?P<blank>[ \t\r\f\v\u00a0\ufeff]+)
    | (?P<comment>'[^\n]*|//[^\n]*)
    | (?P<continuation>_[ \t\r]*(?:'[^\n]*)?(?:\n|\Z))
    | (?P<newline>\n)
    | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<text>"(?:[^"\\\n]|\\.|"")*")
    | (?P<sign>\#\{|\$\{|<>|!=|==|<=|>=|\+=|-=|&&|\|\||[-+*/\\^&%=<>()\[\]{},:;.!?])
    | (?P<hash>\#)
    | (?P<unclosed>"[^\n]*)
    | (?P<other>.)
    """,
    re.VERBOSE,
)
_BLOCK = re.compile(r"[ \t]*(BEGIN[ \t_]+(?:TALK|SYSTEM[ \t_]+PROMPT|MAIL))\b([^\n]*)(?:\n|\Z)", re.IGNORECASE)
_ESCAPES = {"\\n": "\n", "\\t": "\t", '\\"': '"', "\\\\": "\\", '""': '"'}
_ESCAPE = re.compile(r'\\[nt"\\]|""')
_CURLY_QUOTES = "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}"


class _Lexer:
    def __init__(self, text: str, start: Place) -> None:
        self.text = text
        self.line = start.line
        # The index that column 1 of the current line would have.
        self.line_start = 1 - start.column
        self.comment = ""
        self.tokens: list[Token] = []
        self.problems: list[Problem] = []

    def run(self) -> Tokens:
        position = self._blocks(0)
        while position < len(self.text):
            match = _TOKEN.match(self.text, position)
            if match is None:  # pragma: no cover - the last alternative takes every character but the newline
                break
            position = self._take(match)
        self._add(Sort.NEWLINE, position, self.comment)
        self._add(Sort.END, position, "")
        return Tokens(self.tokens, self.problems)

    def _take(self, match: re.Match[str]) -> int:  # noqa: C901, PLR0912 - one line per sort of token
        text, start, end = match[0], match.start(), match.end()
        match match.lastgroup:
            case "name" if text.upper() == "REM" and self._at_statement_start():
                newline = self.text.find("\n", end)
                return newline if newline >= 0 else len(self.text)
            case "name" if text.upper().startswith("BEGIN") and (block := _BLOCK.match(self.text, start)):
                self._problem(start, f"{_keyword_of(block)} stands in a line of its own")
                return self._block(block)
            case "name":
                self._add(Sort.NAME, start, text, word=text.upper())
            case "sign":
                self._add(Sort.SIGN, start, text)
            case "text":
                self._add(Sort.TEXT, start, text, value=unescape(text[1:-1]))
            case "number":
                self._number(start, text)
            case "comment":
                self.comment = text
            case "newline":
                self._add(Sort.NEWLINE, start, self.comment)
                self._next_line(end)
                return self._blocks(end)
            case "continuation":
                self._next_line(end)
            case "hash":
                return self._hash(start, end)
            case "unclosed":
                self._unclosed(start, text)
            case "other":
                self._other(start, text)
            case _:
                pass
        return end

    def _add(
        self, sort: Sort, start: int, text: str, *, word: str = "", value: str | Number | TextBlock | None = None
    ) -> None:
        self.tokens.append(Token(sort, text, self._place(start), word, value))

    def _place(self, index: int) -> Place:
        return Place(self.line, index - self.line_start + 1)

    def _next_line(self, index: int) -> None:
        self.line += 1
        self.line_start = index
        self.comment = ""

    def _problem(self, start: int, sentence: str) -> None:
        """Keep the first problem of a line; what follows it is mostly its echo."""
        if self.problems and self.problems[-1].place.line == self.line:
            return
        self.problems.append(Problem(self._place(start), sentence))

    def _at_statement_start(self) -> bool:
        last = self.tokens[-1] if self.tokens else None
        return last is None or last.sort is Sort.NEWLINE or last.text in (":", ";") or last.word in ("THEN", "ELSE")

    def _number(self, start: int, text: str) -> None:
        number = number_of(text)
        if number is None:
            self._problem(start, "the number is too large")
            number = 0
        self._add(Sort.NUMBER, start, text, value=number)

    def _hash(self, start: int, end: int) -> int:
        if self._at_statement_start():
            newline = self.text.find("\n", end)
            return newline if newline >= 0 else len(self.text)
        self._problem(start, "`#` starts a comment only at the start of a line; a map is written `#{...}`")
        return end

    def _unclosed(self, start: int, text: str) -> None:
        escaped = " (a backslash before a quote keeps the text open)" if text.rstrip().endswith('\\"') else ""
        self._problem(start, f'the text is not closed: a `"` is missing at its end{escaped}')
        self._add(Sort.TEXT, start, text.rstrip(), value=unescape(text[1:].rstrip()))

    def _other(self, start: int, text: str) -> None:
        if text in _CURLY_QUOTES:
            self._problem(start, f'`{text}` is a typographic quote; a text stands between straight quotes, `"`')
        else:
            self._problem(start, f"`{text}` is not a character of the language")

    def _blocks(self, position: int) -> int:
        """Take the text blocks that start here, if any, and return the position after them."""
        while match := _BLOCK.match(self.text, position):
            position = self._block(match)
        return position

    def _block(self, match: re.Match[str]) -> int:
        keyword = _keyword_of(match)
        start = match.start(1)
        place = self._place(start)
        closer = re.compile(
            r"[ \t]*END[ \t_]*" + keyword[6:].replace(" ", r"[ \t_]+") + r"[ \t\r]*(?:'.*)?", re.IGNORECASE
        )
        lines: list[str] = []
        end, closed = match.end(), False
        while end < len(self.text) and not closed:
            newline = self.text.find("\n", end)
            newline = newline if newline >= 0 else len(self.text)
            row = self.text[end:newline]
            end, closed = newline + 1, closer.fullmatch(row) is not None
            if not closed:
                lines.append(row.rstrip("\r"))
        if not closed:
            self._problem(start, f"{keyword} has no END {keyword[6:]}")
        rest = match[2].strip()
        if keyword != "BEGIN MAIL" and rest and not rest.startswith(("'", "//")):
            at = match.end(2) - len(match[2].lstrip())
            self._problem(at, f"{keyword} stands alone in its line: its text stands in the lines below it")
        self._add(Sort.BLOCK, start, match[1], word=keyword, value=TextBlock(keyword, place.line + 1, tuple(lines)))
        self._add(Sort.NEWLINE, start, "")
        end = min(len(self.text), end)
        self.line += len(lines) + closed
        self._next_line(end)
        return end


def _keyword_of(block: re.Match[str]) -> str:
    return " ".join(block[1].upper().replace("_", " ").split())


def tokenize(text: str, start: Place = FIRST) -> Tokens:
    """Cut a script, or a part of one that starts at ``start``, into tokens.

    The last two are always an empty NEWLINE and the END. What could not be read is left out and reported.
    """
    return _Lexer(text, start).run()


def unescape(text: str) -> str:
    r"""Return what a text between quotes stands for: ``\n``, ``\t``, ``\"``, ``\\`` and ``""``, all else as it is."""
    return _ESCAPE.sub(lambda match: _ESCAPES[match[0]], text[:MOST_SIZE])
