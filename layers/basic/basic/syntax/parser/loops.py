"""Parsing FOR EACH, FOR, DO and WHILE."""

from basic.diagnostics import Position
from basic.syntax.parser.blocks import BlockParser
from basic.syntax.parser.errors import MissingPartError
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.words import parse_name
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.expressions import Expression, FunctionCall, Literal
from basic.syntax.tree.statements import ForEach, ForTo, Loop

type LoopCondition = tuple[Expression, bool]
"""A condition, and the value of it that repeats a loop."""


class LoopParser:
    """Parses loops."""

    def __init__(self, expressions: ExpressionReader, blocks: BlockParser) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor
        self._blocks = blocks

    def parse_for(self) -> ForEach | ForTo:
        """Parse a FOR EACH or a FOR."""
        token = self._cursor.advance()
        if token.word != "FOR" or self._cursor.accept_word("EACH") or self._cursor.peek().word == "IN":
            return self._parse_for_each(token.position)
        return self._parse_for_to(token.position)

    def parse_do(self) -> Loop:
        """Parse a DO with its condition at the start, at the end, or nowhere."""
        position = self._cursor.advance().position
        first = self._blocks.parse_head(self._parse_do_condition, None)
        body = self._blocks.parse("LOOP")
        last = self._parse_do_condition() if self._blocks.expect_end("DO", position, "LOOP") else None
        if first is not None and last is not None:
            message = "DO has two conditions, at DO and at LOOP; only one is allowed"
            self._blocks.report(position, message)
        condition, expected = first or last or (None, True)
        return Loop(position, "DO", condition, expected, pretest=first is not None, body=body)

    def parse_while(self) -> Loop:
        """Parse a WHILE."""
        position = self._cursor.advance().position
        condition = self._blocks.parse_head(self._parse_while_head, Literal(position, None))
        body = self._blocks.parse("WEND")
        self._blocks.expect_end("WHILE", position, "WEND")
        return Loop(position, "WHILE", condition, expected=True, pretest=True, body=body)

    def _parse_for_each(self, position: Position) -> ForEach:
        fallback = ("", Literal(position, None))
        name, items = self._blocks.parse_head(self._parse_for_each_head, fallback)
        body = self._blocks.parse("NEXT")
        self._expect_next("FOR EACH", position, name)
        return ForEach(position, name, items, body)

    def _parse_for_to(self, position: Position) -> ForTo:
        nothing = Literal(position, None)
        name, start, stop, step = self._blocks.parse_head(self._parse_for_to_head, ("", nothing, nothing, None))
        body = self._blocks.parse("NEXT")
        self._expect_next("FOR", position, name)
        return ForTo(position, name, start, stop, step, body)

    def _parse_for_each_head(self) -> tuple[str, Expression]:
        name = parse_name(self._cursor, "the loop variable")
        if not self._cursor.accept_word("IN"):
            raise self._build_missing_error("IN", f": `FOR EACH {name} IN items`")
        items = self._expressions.parse()
        if self._cursor.is_word("FIRST", "LAST"):
            token = self._cursor.advance()
            items = FunctionCall(token.position, token.word, (items, self._expressions.parse()))
        self._cursor.accept_word("DO")
        return name, items

    def _parse_for_to_head(self) -> tuple[str, Expression, Expression, Expression | None]:
        name = parse_name(self._cursor, "the loop variable")
        if not self._cursor.accept_sign("="):
            raise self._build_missing_error("=", f": `FOR {name} = 1 TO 10`, or `FOR EACH {name} IN items`")
        # TO is not an operator, so the expression of the start ends before it.
        start = self._expressions.parse()
        if not self._cursor.accept_word("TO"):
            raise self._build_missing_error("TO")
        stop = self._expressions.parse()
        step = self._expressions.parse() if self._cursor.accept_word("STEP") else None
        return name, start, stop, step

    def _build_missing_error(self, word: str, example: str = "") -> MissingPartError:
        message = f"`{word}` is missing before {self._cursor.describe_current()}{example}"
        return MissingPartError(self._cursor.get_missing_position(), message)

    def _expect_next(self, opener: str, position: Position, variable: str) -> None:
        """Read NEXT and the variable after it, which is optional."""
        if not self._blocks.expect_end(opener, position, "NEXT"):
            return
        if self._cursor.current.kind is not TokenKind.NAME or self._cursor.previous.word != "NEXT":
            return
        token = self._cursor.advance()
        if variable and token.text.upper() != variable.upper():
            message = f"NEXT `{token.text}` does not match the loop variable `{variable}`"
            self._blocks.report(token.position, message)

    def _parse_do_condition(self) -> LoopCondition | None:
        if self._cursor.accept_word("WHILE"):
            return self._expressions.parse(), True
        if self._cursor.accept_word("UNTIL"):
            return self._expressions.parse(), False
        return None

    def _parse_while_head(self) -> Expression:
        condition = self._expressions.parse()
        self._cursor.accept_word("DO")
        return condition
