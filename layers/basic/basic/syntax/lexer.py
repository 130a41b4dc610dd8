"""The lexer: cuts text into tokens. It knows lines, comments and text blocks, but no keywords."""

import re

from basic.diagnostics import START, Issue, Position, Severity
from basic.sizes import MAX_SIZE
from basic.syntax.bare_texts import find_text_end, match_bare_text
from basic.syntax.joined_lines import join_lines
from basic.syntax.long_texts import find_closing_quote, find_next_statement
from basic.syntax.single_quotes import match_single_quoted
from basic.syntax.text_blocks import find_unknown_block, get_block_keyword, match_text_block, read_text_block
from basic.syntax.tokens import LexResult, TextBlock, Token, TokenKind
from basic.values import Number, parse_numeric

MAX_SCRIPT_LENGTH = 1_000_000
"""Characters of the largest script (the packages' documented limit is 1 MB)."""

_MAX_LONG_TEXT_SEARCHES = 20
"""Issues after which a quote that is not closed in its line is not searched for in the next ones: it takes long."""

_MAX_UNKNOWN_BLOCKS = 20
"""Unknown blocks whose END is searched for: it takes long."""

_TOKEN = re.compile(
    r"""
      (?P<blank>[ \t\r\f\v\u00a0\ufeff]+)
    | (?P<comment>'[^\n]*|//[^\n]*)
    | (?P<continuation>_[ \t\r]*(?:'[^\n]*)?(?:\n|\Z))
    | (?P<newline>\n)
    | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<text>"(?:[^"\\\n]|\\.|"")*")
    | (?P<sign>\#\{|\$\{|\?\?|\?\.(?!\d)|<>|!=|==|<=|>=|\+=|-=|&&|\|\||[-+*/\\^&%=<>()\[\]{},:;.!?])
    | (?P<hash>\#)
    | (?P<unclosed>"[^\n]*)
    | (?P<curly>[\u201c\u201d\u201e][^"\u201c\u201d\u201e\n]*["\u201c\u201d]
        |[\u2018\u201a][^\u2018\u2019\u201a\n]*[\u2018\u2019])
    | (?P<other>.)
    """,
    re.VERBOSE,
)
_ESCAPES = {"\\n": "\n", "\\t": "\t", '\\"': '"', "\\\\": "\\", '""': '"'}
_ESCAPE = re.compile(r'\\[nt"\\]|""')
_CURLY_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u201a"


class Lexer:
    """Cuts one text into tokens.

    Parameters
    ----------
    text
        A script, or a part of one.
    start
        The position of the text in the file.
    """

    def __init__(self, text: str, start: Position = START) -> None:
        self._text = text
        self._line = start.line
        # The index that column 1 of the current line would have.
        self._line_start = 1 - start.column
        self._comment = ""
        self._tokens: list[Token] = []
        # The index of the first token of the current line.
        self._line_tokens_start = 0
        self._issues: list[Issue] = []
        self._unknown_blocks = 0
        self._has_curly_quotes = False

    def run(self) -> LexResult:
        """Read the entire text."""
        index = self._read_text_blocks(0)
        while index < len(self._text):
            match = _TOKEN.match(self._text, index)
            if match is None:  # pragma: no cover - the last alternative matches any character but the newline
                break
            index = self._read_token(match)
        self._add(TokenKind.NEWLINE, index, self._comment)
        self._add(TokenKind.END, index, "")
        return LexResult(join_lines(self._tokens), self._issues)

    def _read_token(self, match: re.Match[str]) -> int:  # noqa: C901, PLR0911, PLR0912 - one case per kind of token
        """Add a matched token and return the index after it."""
        text, start, end = match[0], match.start(), match.end()
        match match.lastgroup:
            case "name" if text.upper() == "REM" and self._is_statement_start():
                return self._find_line_end(end)
            case "name" if text.upper() in ("DESCRIPTION", "LIKE") and (bare := self._match_bare_text(start)):
                return self._read_bare_text(bare)
            case "name" if text.upper().startswith("BEGIN") and (block := match_text_block(self._text, start)):
                self._report(start, f"{get_block_keyword(block)} must be on its own line")
                return self._read_text_block(block)
            case "name":
                self._add(TokenKind.NAME, start, text, word=text.upper())
            case "sign":
                self._add(TokenKind.SIGN, start, text)
            case "text":
                self._add(TokenKind.TEXT, start, text, value=unescape(text[1:-1]))
            case "number":
                self._read_number(start, text)
            case "comment" if text[0] == "'" and (quoted := match_single_quoted(self._text, start, self._tokens)):
                self._add(TokenKind.TEXT, start, quoted[0], value=unescape(re.sub(r"[\\']'", "'", quoted[1])))
                return quoted.end()
            case "comment":
                self._comment = text
            case "newline":
                self._add(TokenKind.NEWLINE, start, self._comment)
                self._start_line(end)
                self._line_tokens_start = len(self._tokens)
                return self._read_text_blocks(end)
            case "continuation":
                self._start_line(end)
            case "hash":
                return self._read_hash(start, end)
            case "curly":
                self._warn_of_curly_quotes(start, text[0])
                self._add(TokenKind.TEXT, start, text, value=text[1:-1])
            case "unclosed":
                return self._read_long_text(start) or self._skip_unclosed_text(start, text)
            case "other":
                self._report_character(start, text)
            case _:
                pass
        return end

    def _add(
        self, kind: TokenKind, start: int, text: str, *, word: str = "", value: str | Number | TextBlock | None = None
    ) -> None:
        self._tokens.append(Token(kind, text, self._get_position(start), word, value))

    def _get_position(self, index: int) -> Position:
        return Position(self._line, index - self._line_start + 1)

    def _start_line(self, index: int, lines: int = 1) -> None:
        self._line += lines
        self._line_start = index
        self._comment = ""

    def _find_line_end(self, index: int) -> int:
        newline = self._text.find("\n", index)
        return newline if newline >= 0 else len(self._text)

    def _report(self, start: int, message: str) -> None:
        """Record the first issue of a line; those after it are mostly consequences of it."""
        last = self._issues[-1] if self._issues else None
        if last is not None and last.position.line == self._line and last.severity is Severity.ERROR:
            return
        self._issues.append(Issue(self._get_position(start), message))

    def _is_statement_start(self) -> bool:
        last = self._tokens[-1] if self._tokens else None
        if last is None or last.kind is TokenKind.NEWLINE:
            return True
        return last.text in (":", ";") or last.word in ("THEN", "ELSE")

    def _read_number(self, start: int, text: str) -> None:
        number = parse_numeric(text)
        if number is None:
            self._report(start, "the number is too large")
            number = 0
        self._add(TokenKind.NUMBER, start, text, value=number)

    def _read_hash(self, start: int, end: int) -> int:
        if self._is_statement_start() or self._text[start - 1].isspace():
            return self._find_line_end(end)
        self._report(start, "`#` starts a comment only after a blank; a map is written `#{...}`")
        return end

    def _read_long_text(self, start: int) -> int | None:
        """Add a text over several lines and return the index after it; None if no quote closes it."""
        is_search_allowed = len(self._issues) < _MAX_LONG_TEXT_SEARCHES
        closing = find_closing_quote(self._text, start + 1) if is_search_allowed else None
        if closing is None:
            return None
        text = self._text[start : closing + 1]
        self._add(TokenKind.TEXT, start, text, value=unescape(text[1:-1].replace("\r\n", "\n")))
        self._start_line(start + text.rindex("\n") + 1, text.count("\n"))
        return closing + 1

    def _skip_unclosed_text(self, start: int, text: str) -> int:
        """Report a text that has no end, and return the index of the line end after the lines that belong to it."""
        escaped = " (a backslash escapes the quote after it)" if text.rstrip().endswith('\\"') else ""
        self._report(start, f'unterminated text: a `"` is missing at its end{escaped}')
        self._add(TokenKind.TEXT, start, text.rstrip(), value=unescape(text[1:].rstrip()))
        line_end = self._find_line_end(start)
        next_statement = find_next_statement(self._text, line_end + 1)
        if next_statement <= line_end + 1:
            return line_end
        if next_statement == len(self._text):
            return next_statement
        last_start = self._text.rindex("\n", 0, next_statement - 1) + 1
        self._start_line(last_start, self._text.count("\n", line_end, last_start))
        return next_statement - 1

    def _match_bare_text(self, start: int) -> re.Match[str] | None:
        line = self._line_tokens_start
        first_word = self._tokens[line].word if line < len(self._tokens) else ""
        return match_bare_text(self._text, start, first_word)

    def _read_bare_text(self, bare: re.Match[str]) -> int:
        """Add DESCRIPTION or LIKE and the text after it, which has no quotes."""
        word, start = bare[0].split(None, 1)[0], bare.start("text")
        end = find_text_end(self._text, bare.end("text")) if self._is_header(bare.start()) else bare.end("text")
        text = self._text[start:end].rstrip()
        self._add(TokenKind.NAME, bare.start(), word, word=word.upper())
        message = f'the text after {word.upper()} has no quotes; write `{word.upper()} "..."`'
        self._issues.append(Issue(self._get_position(start), message, Severity.WARNING))
        self._add(TokenKind.TEXT, start, text, value=" ".join(text.split("\n"))[:MAX_SIZE])
        if "\n" in text:
            self._start_line(self._text.rindex("\n", 0, end) + 1, text.count("\n"))
        return end

    def _is_header(self, start: int) -> bool:
        """Return whether a word is the first of its line."""
        return not self._text[self._text.rfind("\n", 0, start) + 1 : start].strip()

    def _warn_of_curly_quotes(self, start: int, quote: str) -> None:
        """Warn of the first text between typographic quotes; those after it were typed with the same program."""
        if not self._has_curly_quotes:
            message = f'`{quote}` is a typographic quote; use straight quotes, `"`, in the entire script'
            self._issues.append(Issue(self._get_position(start), message, Severity.WARNING))
        self._has_curly_quotes = True

    def _report_character(self, start: int, text: str) -> None:
        if text in _CURLY_QUOTES:
            self._report(start, f'`{text}` is a typographic quote without a second one; use straight quotes, `"`')
        else:
            self._report(start, f"invalid character `{text}`")

    def _read_text_blocks(self, index: int) -> int:
        """Add the text blocks that start at an index, if any, and return the index after them."""
        while True:
            if match := match_text_block(self._text, index):
                index = self._read_text_block(match)
            elif (end := self._skip_unknown_block(index)) is not None:
                index = end
            else:
                return index

    def _skip_unknown_block(self, start: int) -> int | None:
        """Report a block that is no text block, whose lines are no statements, and return the index after it."""
        is_opening = self._text[start : start + 200].lstrip(" \t")[:5].upper() == "BEGIN"
        if not is_opening or self._unknown_blocks >= _MAX_UNKNOWN_BLOCKS:
            return None
        self._unknown_blocks += 1
        block = find_unknown_block(self._text, start)
        if block is None:
            return None
        name, end = block
        message = (
            f"unknown block BEGIN {name}; texts are between BEGIN TALK, BEGIN SYSTEM PROMPT or BEGIN MAIL and their END"
        )
        self._report(start, message)
        self._start_line(end, self._text.count("\n", start, end))
        return end

    def _read_text_block(self, match: re.Match[str]) -> int:
        block, end, is_closed = read_text_block(self._text, match, self._get_position(match.start(1)))
        name = block.keyword.removeprefix("BEGIN ")
        start = match.start(1)
        if not is_closed:
            self._report(start, f"{block.keyword} has no END {name}")
        rest = match[2].strip()
        if name != "MAIL" and rest and not rest.startswith(("'", "//")):
            rest_start = match.end(2) - len(match[2].lstrip())
            self._report(rest_start, f"{block.keyword} must be alone on its line; its text follows on the lines below")
        self._add(TokenKind.BLOCK, start, match[1], word=block.keyword, value=block)
        self._add(TokenKind.NEWLINE, start, "")
        self._start_line(end, len(block.lines) + is_closed + 1)
        return end


def tokenize(text: str, start: Position = START) -> LexResult:
    """Cut a script, or a part of one at a position, into tokens.

    The last two are always an empty NEWLINE and the END. Invalid characters are left out and reported.
    """
    return Lexer(text, start).run()


def unescape(text: str) -> str:
    r"""Return a quoted text with ``\n``, ``\t``, ``\"``, ``\\`` and ``""`` replaced by the characters they mean."""
    return _ESCAPE.sub(lambda match: _ESCAPES[match[0]], text[:MAX_SIZE])
