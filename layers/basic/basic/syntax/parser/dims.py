"""Parsing DIM, which other dialects need before a variable is used: here it only gives it a first value."""

from collections.abc import Mapping

from basic.diagnostics import Position
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.words import parse_name, parse_word
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.expressions import ArrayLiteral, Expression, Literal, MapLiteral, Name
from basic.syntax.tree.statements import Assign, Dim

_EMPTY: Mapping[str, int | str | bool] = {
    **dict.fromkeys(
        ("INT", "INTEGER", "LONG", "NUMBER", "FLOAT", "SINGLE", "DOUBLE", "DECIMAL", "CURRENCY", "MONEY"), 0
    ),
    **dict.fromkeys(("STRING", "TEXT"), ""),
    **dict.fromkeys(("BOOL", "BOOLEAN"), False),
}


def is_dim(cursor: TokenCursor) -> bool:
    """Return whether the statement is a DIM, not an expression of a variable called ``dim``."""
    return cursor.current.word == "DIM" and cursor.peek().kind is TokenKind.NAME


class DimParser:
    """Parses DIM."""

    def __init__(self, expressions: ExpressionReader) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor

    def parse(self) -> Dim:
        """Parse ``DIM name [(size)] [AS type] [= value]``, and more of them after commas.

        Raises
        ------
        ScriptSyntaxError
            If one is invalid.
        """
        position = self._cursor.advance().position
        assignments = [self._parse_variable()]
        while self._cursor.accept_sign(","):
            assignments.append(self._parse_variable())
        return Dim(position, tuple(assignments))

    def _parse_variable(self) -> Assign:
        cursor, position = self._cursor, self._cursor.current.position
        name = Name(position, parse_name(cursor, "a variable"))
        is_array = cursor.accept_sign("(", "[")
        if is_array:
            self._expressions.parse_list()
        type_name = parse_word(cursor, "the type of the variable") if cursor.accept_word("AS") else ""
        value = self._expressions.parse() if cursor.accept_sign("=") else _build_empty(position, type_name, is_array)
        return Assign(position, name, value)


def _build_empty(position: Position, type_name: str, is_array: bool) -> Expression:
    if is_array or type_name in ("ARRAY", "LIST"):
        return ArrayLiteral(position, ())
    if type_name in ("OBJECT", "MAP"):
        return MapLiteral(position, (), ())
    return Literal(position, _EMPTY.get(type_name))
