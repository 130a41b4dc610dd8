"""Parsing quoted texts: ``${expression}`` in them is filled in, unless a backslash precedes it."""

import re

from basic.diagnostics import Position
from basic.syntax.lexer import unescape
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.templates import find_closing
from basic.syntax.tokens import Token
from basic.syntax.tree.expressions import Expression, Literal, Template

MAX_UNFILLED = 20
"""Issues of one text after which the rest of it is not searched for expressions: each may be as long as the text."""

_PIECE = re.compile(r"\\(?P<dollar>\$)(?=\{)|\\.|(?P<opening>\$\{)", re.DOTALL)


class TextParser:
    """Parses quoted texts, each only once, although the forms of a keyword are tried one after the other."""

    def __init__(self, expressions: ExpressionReader) -> None:
        self._expressions = expressions
        self._parsed: dict[Position, Expression] = {}

    def parse(self, token: Token) -> Expression:
        """Return a text as a literal, or as a template if a ``${`` in it is filled in."""
        value = token.value
        if not isinstance(value, str) or "${" not in value or token.text[0] not in "\"'":
            return Literal(token.position, value if isinstance(value, str) else None)
        if token.position not in self._parsed:
            self._parsed[token.position] = _parse_template(token, self._expressions)
        return self._parsed[token.position]


def _parse_template(token: Token, expressions: ExpressionReader) -> Expression:
    """Parse a text with ``${``.

    General Bots sends texts as they are, so a ``${`` that cannot be filled in is not an error: it stays in the text.
    """
    quote = token.text[0]
    source = token.text[1:].removesuffix(quote).replace("\r\n", "\n")
    parts: list[str | Expression] = []
    unfilled: list[tuple[Position, str]] = []
    masked = source.replace(f"\\{quote}", f" {quote}")
    text, index = "", 0
    while len(unfilled) < MAX_UNFILLED and (piece := _PIECE.search(source, index)) is not None:
        text += source[index : piece.start()]
        index = piece.end()
        if piece["opening"] is None:
            text += piece["dollar"] or piece[0]
            continue
        position = _get_position(token.position, source, index)
        closing = find_closing(masked, index)
        try:
            expression = _parse_expression(source[index:closing], closing, quote, position, expressions)
        except ScriptSyntaxError as error:
            unfilled.append((position, error.message))
            text += "${"
            continue
        parts += [_unescape(text, quote), expression]
        text, index = "", (closing or index) + 1
    last = _unescape(text + source[index:], quote)
    if not parts and not unfilled:
        return Literal(token.position, last)
    parts.append(last)
    return Template(token.position, tuple(part for part in parts if part != ""), tuple(unfilled))


def _unescape(text: str, quote: str) -> str:
    return unescape(re.sub(r"[\\']'", "'", text) if quote == "'" else text)


def _parse_expression(
    source: str, closing: int | None, quote: str, position: Position, expressions: ExpressionReader
) -> Expression:
    if closing is None:
        raise ScriptSyntaxError(position, "a `}` is missing")
    # Quotes in the expression are escaped, as the text around it requires.
    return expressions.parse_source(source.replace(f"\\{quote}", quote).replace(quote * 2, quote), position)


def _get_position(start: Position, source: str, index: int) -> Position:
    """Return the position of a character of a text, whose opening quote is at ``start``."""
    lines = source.count("\n", 0, index)
    if lines:
        return Position(start.line + lines, index - source.rindex("\n", 0, index))
    return Position(start.line, start.column + 1 + index)
