"""Parsing PARAM."""

from dataclasses import dataclass

from basic.keywords import Keyword
from basic.syntax.forms import describe_syntax
from basic.syntax.parser.constants import parse_constant
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.words import parse_name, parse_text, parse_word
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

    def parse(self, keyword: Keyword) -> Parameter:
        """Parse a parameter; PARAM was read.

        Raises
        ------
        ScriptSyntaxError
            If it is invalid.
        """
        cursor = self._cursor
        position, name = cursor.current.position, parse_name(cursor, "the parameter")
        if not cursor.accept_word("AS"):
            message = f"`AS` is missing; usage: {describe_syntax(keyword)}"
            raise ScriptSyntaxError(cursor.get_missing_position(), message)
        type_name = _TYPES.get(parse_word(cursor, "the parameter's type"), "string")
        clauses = _Clauses()
        while not cursor.is_statement_end():
            self._parse_clause(clauses, keyword)
        return Parameter(
            position,
            name,
            type_name,
            clauses.example,
            clauses.description,
            clauses.options,
            clauses.required,
            clauses.default,
        )

    def _parse_clause(self, clauses: _Clauses, keyword: Keyword) -> None:
        cursor = self._cursor
        if cursor.accept_word("LIKE"):
            clauses.example = parse_constant(self._expressions, "an example")
        elif cursor.accept_word("DESCRIPTION"):
            clauses.description = parse_text(cursor, "DESCRIPTION", 'DESCRIPTION "What it is"')
        elif cursor.accept_word("ENUM"):
            options = parse_constant(self._expressions, "the values of an ENUM")
            clauses.options = tuple(options) if isinstance(options, list) else (options,)
        elif cursor.accept_word("DEFAULT"):
            clauses.default, clauses.required = parse_constant(self._expressions, "a default"), False
        elif cursor.accept_word("OPTIONAL"):
            clauses.required = False
        elif not cursor.accept_word("REQUIRED"):
            message = f"unexpected {cursor.describe_current()}; usage: {describe_syntax(keyword)}"
            raise ScriptSyntaxError(cursor.current.position, message)
