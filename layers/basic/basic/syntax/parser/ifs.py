"""Parsing IF."""

from basic.diagnostics import Position, suggest_name
from basic.syntax.parser.blocks import BlockParser
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.tree.expressions import Expression, Literal
from basic.syntax.tree.statements import Block, If

_IF_CLOSERS = ("ELSE", "ELSE IF", "END IF")


class IfParser:
    """Parses IF, over several lines or in one."""

    def __init__(self, expressions: ExpressionReader, blocks: BlockParser) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor
        self._blocks = blocks
        self._closers = blocks.closers

    def parse(self) -> If:
        """Parse an IF."""
        position = self._cursor.advance().position
        condition, is_one_line = self._parse_head(position)
        if is_one_line:
            return self._parse_one_line(position, condition)
        branches = [(condition, self._blocks.parse(*_IF_CLOSERS))]
        while self._closers.accept("ELSE IF"):
            condition, _ = self._parse_head(position)
            branches.append((condition, self._blocks.parse(*_IF_CLOSERS)))
        else_block = self._blocks.parse("END IF") if self._closers.accept("ELSE") else ()
        self._blocks.expect_end("IF", position, "END IF")
        return If(position, tuple(branches), else_block)

    def _parse_head(self, position: Position) -> tuple[Expression, bool]:
        """Parse a condition up to THEN, and return whether statements follow in its line."""
        start, depth = self._cursor.index, self._cursor.depth
        try:
            return self._parse_condition(), not self._cursor.is_statement_end()
        except ScriptSyntaxError as error:
            self._blocks.recover(error, start, depth)
        words = [token.word for token in self._cursor.tokens[start : self._cursor.index]]
        return Literal(position, None), "THEN" in words[:-1]

    def _parse_condition(self) -> Expression:
        condition, cursor = self._expressions.parse(), self._cursor
        if not cursor.accept_word("THEN"):
            if not cursor.is_statement_end():
                hint = suggest_name(cursor.current.text, ("THEN",))
                message = f"`THEN` is missing before {cursor.describe_current()}{hint}"
                raise ScriptSyntaxError(cursor.current.position, message)
            self._blocks.report(cursor.get_missing_position(), "`THEN` is missing after the condition")
        return condition

    def _parse_one_line(self, position: Position, condition: Expression) -> If:
        branch = self._blocks.parse_line()
        else_block: Block = ()
        if self._closers.accept("ELSE IF"):
            else_position = self._cursor.current.position
            self._cursor.enter()
            else_block = (self._parse_one_line(else_position, self._parse_condition()),)
            self._cursor.leave()
        elif self._closers.accept("ELSE"):
            else_block = self._blocks.parse_line()
        self._closers.accept("END IF")
        return If(position, ((condition, branch),), else_block)
