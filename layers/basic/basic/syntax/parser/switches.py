"""Parsing SWITCH and SELECT CASE."""

from basic.syntax.parser.blocks import BlockParser
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.expressions import Expression, Literal
from basic.syntax.tree.statements import Block, Switch

_CLOSERS = ("CASE", "DEFAULT", "END SWITCH", "END SELECT")

type Case = tuple[tuple[Expression, ...], Block]


class SwitchParser:
    """Parses SWITCH and SELECT CASE."""

    def __init__(self, expressions: ExpressionReader, blocks: BlockParser) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor
        self._blocks = blocks
        self._closers = blocks.closers

    def parse(self) -> Switch:
        """Parse a SWITCH or a SELECT CASE."""
        token = self._cursor.advance()
        opener, ends = "SWITCH", ("END SWITCH", "END SELECT")
        if token.word == "SELECT":
            opener, ends = "SELECT CASE", ("END SELECT", "END SWITCH")
            self._cursor.accept_word("CASE")
        subject = self._blocks.parse_head(self._expressions.parse, Literal(token.position, None))
        with self._closers.expect(*_CLOSERS):
            cases, default = self._parse_cases(opener)
            self._blocks.expect_end(opener, token.position, *ends)
        return Switch(token.position, subject, tuple(cases), default)

    def _parse_cases(self, opener: str) -> tuple[list[Case], Block]:
        before = self._blocks.parse(*_CLOSERS)
        if before:
            message = f"this statement is before the first CASE of the {opener} and would never run"
            self._blocks.report(before[0].position, message)
        cases: list[Case] = []
        default: Block | None = None
        while self._closers.get_current() in ("CASE", "DEFAULT"):
            token = self._cursor.current
            if self._closers.accept("DEFAULT"):
                if default is not None:
                    message = f"the {opener} has more than one default branch"
                    self._blocks.report(token.position, message)
                default = self._parse_default()
            else:
                cases.append(self._parse_case())
        return cases, default or ()

    def _parse_default(self) -> Block:
        self._cursor.accept_sign(":")
        return self._blocks.parse(*_CLOSERS)

    def _parse_case(self) -> Case:
        self._closers.accept("CASE")
        values = self._blocks.parse_head(self._parse_values, ())
        return values, self._blocks.parse(*_CLOSERS)

    def _parse_values(self) -> tuple[Expression, ...]:
        cursor = self._cursor
        if cursor.is_word("IS") and cursor.peek().kind is TokenKind.SIGN:
            message = "CASE accepts values only; use IF for conditions"
            raise ScriptSyntaxError(cursor.current.position, message)
        first = self._expressions.parse()
        if cursor.is_word("TO"):
            message = "CASE accepts single values only, `CASE 1, 2, 3`; use IF for a range"
            raise ScriptSyntaxError(cursor.current.position, message)
        return first, *self._expressions.parse_more()
