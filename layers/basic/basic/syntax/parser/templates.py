"""Parsing text with ``${expression}`` in it."""

from basic.diagnostics import Issue, Position
from basic.syntax.lexer import tokenize
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.expressions import ExpressionParser
from basic.syntax.templates import UnclosedExpressionError, split_template
from basic.syntax.tokens import TextBlock, Token
from basic.syntax.tree.expressions import Expression, Literal, Template
from basic.syntax.tree.statements import SystemPrompt, TalkBlock

type Parts = tuple[str | Expression, ...]


class TemplateParser:
    """Parses templates; each expression in them has a separate cursor.

    Parameters
    ----------
    issues
        Receives what is wrong with a template.
    """

    def __init__(self, issues: list[Issue]) -> None:
        self._issues = issues

    def parse_talk_block(self, token: Token, block: TextBlock) -> TalkBlock:
        """Parse the lines of a BEGIN TALK; each that is not empty is a message."""
        lines = self._parse_lines(block)
        return TalkBlock(token.position, tuple(Template(token.position, line) for line in lines if line))

    def parse_system_prompt(self, token: Token, block: TextBlock) -> SystemPrompt:
        """Parse the lines of a BEGIN SYSTEM PROMPT as one text."""
        parts: list[str | Expression] = []
        for index, line in enumerate(self._parse_lines(block)):
            parts += ("\n", *line) if index else line
        return SystemPrompt(token.position, Template(token.position, tuple(parts)))

    def _parse_lines(self, block: TextBlock) -> list[Parts]:
        return [
            self._parse_line(line.strip(), Position(number, len(line) - len(line.lstrip()) + 1))
            for number, line in enumerate(block.lines, start=block.first_line)
        ]

    def _parse_line(self, line: str, start: Position) -> Parts:
        parts: list[str | Expression] = []
        try:
            for text, position in split_template(line, start):
                parts.append(text if position is None else self._parse_expression(text, position))
        except UnclosedExpressionError as error:
            self._issues.append(Issue(error.position, "`${` is not closed: a `}` is missing"))
        return tuple(parts)

    def _parse_expression(self, source: str, position: Position) -> Expression:
        tokens, issues = tokenize(source, position)
        self._issues += issues
        cursor = TokenCursor(tokens)
        try:
            expression = ExpressionParser(cursor).parse()
        except ScriptSyntaxError as error:
            self._issues.append(Issue(error.position, error.message))
            return Literal(position, None)
        if not cursor.is_statement_end():
            message = f"unexpected {cursor.describe_current()} in `${{...}}`"
            self._issues.append(Issue(cursor.current.position, message))
        return expression
