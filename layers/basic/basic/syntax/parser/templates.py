"""Parsing text with ``${expression}`` in it."""

from basic.diagnostics import Issue, Position
from basic.syntax.lexer import tokenize
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.expressions import ExpressionParser
from basic.syntax.templates import UnclosedExpressionError, split_template
from basic.syntax.text_blocks import list_text_lines, measure_indentation
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
        """Parse the lines of a BEGIN TALK as one message, without the empty lines around it."""
        return TalkBlock(token.position, self._parse_text(token, block))

    def parse_system_prompt(self, token: Token, block: TextBlock) -> SystemPrompt:
        """Parse the lines of a BEGIN SYSTEM PROMPT as one text."""
        return SystemPrompt(token.position, self._parse_text(token, block))

    def _parse_text(self, token: Token, block: TextBlock) -> Template:
        """Parse the lines of a block, without the indentation that all of them have."""
        indentation = measure_indentation(block.lines)
        parts: list[str | Expression] = []
        for index, line in list_text_lines(block.lines):
            parts += "\n" if parts else ()
            parts += self._parse_line(line[indentation:].rstrip(), Position(block.first_line + index, indentation + 1))
        return Template(token.position, tuple(parts))

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
