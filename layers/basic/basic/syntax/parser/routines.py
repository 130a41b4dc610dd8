"""Parsing SUB and FUNCTION."""

from basic.syntax.parser.blocks import BlockParser
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.words import parse_name
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.definitions import Routine


class RoutineParser:
    """Parses SUB and FUNCTION."""

    def __init__(self, cursor: TokenCursor, blocks: BlockParser) -> None:
        self._cursor = cursor
        self._blocks = blocks

    def parse(self) -> Routine:
        """Parse a routine."""
        token = self._cursor.advance()
        if self._blocks.closers.depth > 1:
            self._blocks.report(token.position, f"{token.word} is not allowed inside another block")
        name, parameters = self._blocks.parse_head(self._parse_head, ("", ()))
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
