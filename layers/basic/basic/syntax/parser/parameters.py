"""Parsing PARAM."""

from dataclasses import dataclass

from basic.keywords import Keyword
from basic.syntax.forms import describe_syntax
from basic.syntax.parser.constants import parse_constant
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.words import parse_name, parse_text, parse_word
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.definitions import Parameter
from basic.values import Value

_TYPES = {
    **dict.fromkeys(("INT", "INTEGER", "NUMBER"), "integer"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "number"),
    **dict.fromkeys(("BOOL", "BOOLEAN"), "boolean"),
    **dict.fromkeys(("ARRAY", "LIST"), "array"),
    **dict.fromkeys(("OBJECT", "MAP"), "object"),
    **dict.fromkeys(("DATE", "DATETIME"), "date"),
}


@dataclass(slots=True)
class _Clauses:
    """The clauses after the type of a PARAM."""

    example: Value = None
    description: str = ""
    options: tuple[Value, ...] = ()
    required: bool = True
    default: Value = None


class ParameterParser:
    """Parses what follows PARAM."""

    def __init__(self, expressions: ExpressionReader) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor

    def parse(self, keyword: Keyword) -> list[Parameter]:
        """Parse the parameters of a line; PARAM was read.

        Raises
        ------
        ScriptSyntaxError
            If one is invalid.
        """
        parameters = self._parse_group(keyword)
        while self._cursor.accept_sign(","):
            parameters += self._parse_group(keyword)
        return parameters

    def _parse_group(self, keyword: Keyword) -> list[Parameter]:
        """Parse ``name [, name] [AS type] [clauses]``: the type and the clauses are those of all the names."""
        cursor, clauses = self._cursor, _Clauses()
        names = [(cursor.current.position, parse_name(cursor, "the parameter"))]
        while cursor.accept_sign(","):
            names.append((cursor.current.position, parse_name(cursor, "the parameter")))
        type_name = self._parse_type(clauses) if cursor.accept_word("AS") else "string"
        while not cursor.is_statement_end() and not cursor.is_sign(","):
            self._parse_clause(clauses, keyword)
        return [
            Parameter(
                position,
                name,
                type_name,
                clauses.example,
                clauses.description,
                clauses.options,
                clauses.required,
                clauses.default,
            )
            for position, name in names
        ]

    def _parse_type(self, clauses: _Clauses) -> str:
        """Parse a type, or the texts that the parameter may be."""
        if self._cursor.current.kind is TokenKind.TEXT:
            options = self._parse_options()
            if len(options) == 1:
                # One text leaves no choice: General Bots takes the text as the description.
                clauses.description = str(options[0])
            else:
                clauses.options = options
            return "string"
        return _TYPES.get(parse_word(self._cursor, "the parameter's type"), "string")

    def _parse_options(self) -> tuple[Value, ...]:
        """Parse an array of options, or options separated by commas."""
        first = parse_constant(self._expressions, "the values of an ENUM")
        options: list[Value] = first if isinstance(first, list) else [first]
        while self._cursor.is_sign(",") and self._cursor.peek().kind in (TokenKind.TEXT, TokenKind.NUMBER):
            self._cursor.advance()
            options.append(parse_constant(self._expressions, "the values of an ENUM"))
        return tuple(options)

    def _parse_clause(self, clauses: _Clauses, keyword: Keyword) -> None:
        cursor = self._cursor
        if cursor.accept_word("LIKE"):
            clauses.example = parse_constant(self._expressions, "an example")
        elif cursor.accept_word("DESCRIPTION"):
            clauses.description = parse_text(cursor, "DESCRIPTION", 'DESCRIPTION "What it is"')
        elif cursor.accept_word("ENUM"):
            clauses.options = self._parse_options()
        elif cursor.accept_word("DEFAULT"):
            clauses.default, clauses.required = parse_constant(self._expressions, "a default"), False
        elif cursor.accept_word("OPTIONAL"):
            clauses.required = False
        elif not cursor.accept_word("REQUIRED"):
            message = f"unexpected {cursor.describe_current()}; usage: {describe_syntax(keyword)}"
            raise ScriptSyntaxError(cursor.current.position, message)
