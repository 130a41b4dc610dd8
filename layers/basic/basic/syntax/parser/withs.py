"""Parsing WITH."""

from basic.diagnostics import Position
from basic.syntax.parser.blocks import BlockParser
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.expressions import ExpressionParser
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.expressions import Expression, Name
from basic.syntax.tree.statements import With

type WithEntry = tuple[Position, tuple[str, ...], Expression]
"""A line of a WITH: its position, the names of the fields that lead to the one it sets, and the value."""


class WithParser:
    """Parses WITH."""

    def __init__(self, expressions: ExpressionParser, blocks: BlockParser) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor
        self._blocks = blocks

    def parse(self) -> With:
        """Parse a WITH."""
        position = self._cursor.advance().position
        target = self._blocks.parse_head(self._expressions.parse_target, Name(position, ""))
        with self._blocks.closers.expect("END WITH"):
            entries = self._parse_entries()
        self._blocks.expect_end("WITH", position, "END WITH")
        return With(position, target, tuple(entries))

    def _parse_entries(self) -> list[WithEntry]:
        cursor = self._cursor
        entries: list[WithEntry] = []
        while cursor.current.kind is not TokenKind.END:
            if cursor.current.kind is TokenKind.NEWLINE or cursor.is_sign(":", ";", ","):
                cursor.advance()
                continue
            if self._blocks.closers.get_current() is not None:
                break
            entry = self._blocks.parse_head(self._parse_entry, None)
            if entry is not None:
                entries.append(entry)
        return entries

    def _parse_entry(self) -> WithEntry:
        cursor, position = self._cursor, self._cursor.current.position
        cursor.accept_sign(".")
        path: list[str] = []
        while cursor.current.kind is TokenKind.NAME:
            path.append(cursor.advance().text)
            if not cursor.accept_sign("."):
                break
        if not path or not cursor.accept_sign("=", ":"):
            raise ScriptSyntaxError(position, "WITH may only contain lines `.field = value`")
        return position, tuple(path), self._expressions.parse()
