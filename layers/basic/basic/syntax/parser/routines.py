"""Parsing SUB and FUNCTION."""

from collections.abc import Iterator

from basic.keywords import KEYWORDS
from basic.syntax.parser.blocks import BlockParser
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.parameters import ParameterParser
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.words import parse_name
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.definitions import Routine

_PARAM = next(keyword for keyword in KEYWORDS if keyword.name == "PARAM")


class RoutineParser:
    """Parses SUB and FUNCTION."""

    def __init__(self, expressions: ExpressionReader, blocks: BlockParser) -> None:
        self._cursor = expressions.cursor
        self._blocks = blocks
        self._parameters = ParameterParser(expressions)

    def parse(self) -> Routine:
        """Parse a routine."""
        token = self._cursor.advance()
        if self._blocks.closers.depth > 1:
            self._blocks.report(token.position, f"{token.word} is not allowed inside another block")
        name, parameters = self._blocks.parse_head(self._parse_head, ("", ()))
        parameters = (*parameters, *self._parse_declarations())
        end = f"END {token.word}"
        body = self._blocks.parse(end)
        self._blocks.expect_end(token.word, token.position, end)
        return Routine(token.position, name, parameters, body, is_function=token.word == "FUNCTION")

    def _parse_head(self) -> tuple[str, tuple[str, ...]]:
        cursor = self._cursor
        name = parse_name(cursor, "the routine")
        parameters: list[str] = []
        has_bracket = cursor.accept_sign("(")
        while cursor.current.kind is TokenKind.NAME:
            self._parse_parameter(parameters)
            if not cursor.accept_sign(","):
                break
        if has_bracket and not cursor.accept_sign(")"):
            raise ScriptSyntaxError(cursor.get_missing_position(), "`)` is missing after the parameters")
        self._skip_type()
        return name, tuple(parameters)

    def _parse_declarations(self) -> Iterator[str]:
        """Parse the PARAMs that the body begins with, which are parameters of the routine."""
        cursor = self._cursor
        while cursor.current.kind is TokenKind.NEWLINE or self._is_declaration():
            if cursor.advance().kind is TokenKind.NAME:
                yield from self._blocks.parse_head(self._parse_declaration, ())

    def _is_declaration(self) -> bool:
        return self._cursor.is_word("PARAM") and self._cursor.peek().kind is TokenKind.NAME

    def _parse_declaration(self) -> tuple[str, ...]:
        position = self._cursor.current.position
        parameters = self._parameters.parse(_PARAM)
        if any(parameter.example or parameter.options or not parameter.required for parameter in parameters):
            raise ScriptSyntaxError(position, "a PARAM of a SUB or a FUNCTION has only a name and a type")
        return tuple(parameter.name for parameter in parameters)

    def _parse_parameter(self, parameters: list[str]) -> None:
        position, name = self._cursor.current.position, parse_name(self._cursor, "a parameter")
        if name.lower() in map(str.lower, parameters):
            self._blocks.report(position, f"duplicate parameter `{name}`")
        parameters.append(name)
        self._skip_type()

    def _skip_type(self) -> None:
        """Skip ``AS TYPE``, which other dialects have; values have no declared types here."""
        if self._cursor.accept_word("AS"):
            self._cursor.advance()
