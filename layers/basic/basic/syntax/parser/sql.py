"""Parsing INSERT INTO, UPDATE ... SET and DELETE FROM, which are written as in SQL."""

from basic.syntax.parser.errors import MissingPartError, ScriptSyntaxError
from basic.syntax.parser.operators import COMPARISON
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.where import WhereParser
from basic.syntax.parser.words import parse_name_or_text
from basic.syntax.tokens import Token, TokenKind
from basic.syntax.tree.expressions import Bare, Command, Expression, MapLiteral, SlotValue


class SqlParser:
    """Parses keywords of rows in their SQL forms, to the same nodes as their other forms."""

    def __init__(self, expressions: ExpressionReader, where: WhereParser) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor
        self._where = where

    def parse(self, token: Token, keyword: str) -> Command | None:
        """Parse what follows INSERT, UPDATE or DELETE, which was read; return None if it is not written as in SQL.

        Raises
        ------
        ScriptSyntaxError
            If it is, and is invalid.
        """
        start = self._cursor.save()
        slots = self._parse_slots(keyword)
        if slots is None:
            self._cursor.restore(start)
            return None
        return Command(token.position, keyword, slots)

    def _parse_slots(self, keyword: str) -> dict[str, SlotValue] | None:
        match keyword:
            case "INSERT" if self._cursor.accept_word("INTO"):
                return {"table": self._parse_table(), **self._parse_row()}
            case "DELETE" if self._cursor.accept_word("FROM"):
                return {"table": self._parse_table(), "where": self._parse_where("DELETE FROM")}
            case "DELETE" if self._is_before("WHERE"):
                return {"table": self._parse_table(), "where": self._parse_where("DELETE")}
            case "UPDATE" if self._is_before("SET"):
                table = self._parse_table()
                self._cursor.advance()
                return {"table": table, "row": self.parse_changes(), "where": self._parse_where("UPDATE")}
            case _:
                return None

    def _is_before(self, word: str) -> bool:
        """Return whether a table of one token is next, and a word follows it."""
        return self._cursor.current.kind in (TokenKind.NAME, TokenKind.TEXT) and self._cursor.peek().word == word

    def _parse_table(self) -> Expression:
        token = self._cursor.current
        if token.kind is TokenKind.NAME and self._cursor.peek().text != ".":
            self._cursor.advance()
            return Bare(token.position, token.text)
        return self._expressions.parse(COMPARISON)

    def _parse_row(self) -> dict[str, SlotValue]:
        cursor = self._cursor
        if cursor.is_sign("("):
            return {"row": self._parse_named_values()}
        if cursor.accept_sign(","):
            row = self._expressions.parse()
            return {"values": (row, *self._expressions.parse_more())} if cursor.is_sign(",") else {"row": row}
        self._expect_values()
        if not cursor.accept_sign("("):
            return {"row": self._expressions.parse()}
        return {"values": self._parse_values()}

    def _parse_named_values(self) -> MapLiteral:
        cursor = self._cursor
        position = cursor.advance().position
        cursor.open_bracket()
        names = [self._parse_name()]
        while cursor.accept_sign(","):
            names.append(self._parse_name())
        cursor.close_bracket()
        self._expect_values()
        if not cursor.accept_sign("("):
            raise MissingPartError(cursor.get_missing_position(), f"`(` is missing before {cursor.describe_current()}")
        values = self._parse_values()
        if len(names) != len(values):
            message = f"INSERT INTO names {len(names)} fields and has {len(values)} values"
            raise ScriptSyntaxError(position, message)
        return MapLiteral(position, tuple(names), values)

    def _parse_name(self) -> str:
        return parse_name_or_text(self._cursor, "the field")

    def _parse_values(self) -> tuple[Expression, ...]:
        values = self._expressions.parse_list()
        if self._cursor.is_sign(","):
            message = "INSERT INTO adds one row; write one statement per row, or `MERGE table, rows, key`"
            raise ScriptSyntaxError(self._cursor.current.position, message)
        return values

    def _expect_values(self) -> None:
        cursor = self._cursor
        while cursor.current.kind is TokenKind.NEWLINE and cursor.peek().word == "VALUES":
            cursor.advance()
        if not cursor.accept_word("VALUES"):
            message = f"`VALUES` is missing before {cursor.describe_current()}"
            raise MissingPartError(cursor.get_missing_position(), message)

    def parse_changes(self) -> MapLiteral:
        """Parse fields and their values: ``field = value, field = value``."""
        position = self._cursor.current.position
        names: list[str] = []
        values: list[Expression] = []
        while True:
            names.append(self._parse_name())
            if not self._cursor.accept_sign("="):
                message = f"`=` is missing before {self._cursor.describe_current()}"
                raise MissingPartError(self._cursor.get_missing_position(), message)
            values.append(self._expressions.parse())
            if not self._cursor.accept_sign(","):
                return MapLiteral(position, tuple(names), tuple(values))

    def _parse_where(self, described: str) -> SlotValue:
        cursor = self._cursor
        while cursor.current.kind is TokenKind.NEWLINE and cursor.peek().word == "WHERE":
            cursor.advance()
        if not cursor.accept_word("WHERE"):
            message = f"{described} needs a condition, so that it does not change every row: `WHERE field = value`"
            raise ScriptSyntaxError(cursor.get_missing_position(), message)
        return self._where.parse()
