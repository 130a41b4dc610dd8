"""Parsing CALL."""

from basic.diagnostics import Position
from basic.keywords import RESERVED
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.operators import POWER
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.tokens import Token, TokenKind
from basic.syntax.tree.expressions import Expression, FunctionCall, ScriptCall


class CallParser:
    """Parses what CALL calls."""

    def __init__(self, expressions: ExpressionReader) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor

    def parse(self, position: Position) -> Expression:
        """Parse ``"script"``, ``name`` or ``name(arguments)``; CALL was read, at a position."""
        token = self._cursor.current
        if token.kind is TokenKind.NAME and token.word not in RESERVED:
            self._cursor.advance()
            return self._parse_named(token)
        script = self._expressions.parse(POWER)
        return ScriptCall(position, script, self._expressions.parse_more())

    def _parse_named(self, name: Token) -> FunctionCall:
        if self._cursor.current.kind in (TokenKind.TEXT, TokenKind.NUMBER):
            raise build_brackets_error(name, self._cursor.current.position)
        has_bracket = self._cursor.accept_sign("(")
        arguments = self._expressions.parse_list() if has_bracket else self._expressions.parse_more()
        return FunctionCall(name.position, name.text, arguments, explicit=True)


def build_brackets_error(name: Token, position: Position) -> ScriptSyntaxError:
    """Return the error of a call whose arguments follow its name like those of a keyword."""
    message = f"the arguments of `{name.text}` must be in brackets: `{name.text}(...)`"
    return ScriptSyntaxError(position, message)
