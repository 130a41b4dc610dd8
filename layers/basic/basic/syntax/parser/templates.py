"""Parsing text with ``${expression}`` in it."""

import re
from dataclasses import replace

from basic.diagnostics import Issue, Position, Severity
from basic.syntax.lexer import tokenize
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.expressions import ExpressionParser
from basic.syntax.templates import UnclosedExpressionError, split_template
from basic.syntax.text_blocks import list_text_lines, measure_indentation
from basic.syntax.tokens import TextBlock, Token
from basic.syntax.tree.expressions import Command, Expression, SlotValue, Template
from basic.syntax.tree.statements import SystemPrompt, TalkBlock

_SUBJECT = re.compile(r"[ \t]*Subject:[ \t]*", re.IGNORECASE)

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

    def parse_mail(self, token: Token, block: TextBlock) -> Command:
        """Parse a BEGIN MAIL as SEND MAIL: its recipient, ``Subject:`` if that is its first text, and its other lines.

        Raises
        ------
        ScriptSyntaxError
            If it has no recipient.
        """
        first = next(list_text_lines(block.lines), (0, ""))
        subject = _SUBJECT.match(first[1])
        slots: dict[str, SlotValue] = {"to": self._parse_recipient(block)}
        if subject is not None:
            position = Position(block.first_line + first[0], subject.end() + 1)
            line = first[1][subject.end() :].rstrip()
            slots["subject"] = Template(position, self._parse_line(line, position, is_mail=True))
            # The line stays, so that the positions of the others are right.
            block = replace(block, lines=("",) * (first[0] + 1) + block.lines[first[0] + 1 :])
        return Command(token.position, "SEND MAIL", {**slots, "text": self._parse_text(token, block, is_mail=True)})

    def _parse_recipient(self, block: TextBlock) -> Expression:
        tokens, issues = tokenize(block.rest, block.rest_position)
        self._issues += issues
        cursor = TokenCursor(tokens)
        if cursor.is_statement_end():
            message = "the recipient is missing; write `BEGIN MAIL address`"
            raise ScriptSyntaxError(block.rest_position, message)
        recipient = ExpressionParser(cursor).parse()
        if not cursor.is_statement_end():
            message = f"unexpected {cursor.describe_current()} after the recipient of BEGIN MAIL"
            raise ScriptSyntaxError(cursor.current.position, message)
        return recipient

    def _parse_text(self, token: Token, block: TextBlock, *, is_mail: bool = False) -> Template:
        """Parse the lines of a block, without the indentation that all of them have."""
        indentation = measure_indentation(block.lines)
        parts: list[str | Expression] = []
        for index, line in list_text_lines(block.lines):
            parts += "\n" if parts else ()
            start = Position(block.first_line + index, indentation + 1)
            parts += self._parse_line(line[indentation:].rstrip(), start, is_mail=is_mail)
        return Template(token.position, tuple(parts))

    def _parse_line(self, line: str, start: Position, *, is_mail: bool) -> Parts:
        parts: list[str | Expression] = []
        try:
            for text, position in split_template(line, start):
                parts.append(text if position is None else self._parse_expression(text, position, is_mail=is_mail))
        except UnclosedExpressionError as error:
            self._issues.append(Issue(error.position, "`${` is not closed: a `}` is missing"))
        return tuple(parts)

    def _parse_expression(self, source: str, position: Position, *, is_mail: bool) -> Expression | str:
        """Parse an expression; as in a quoted text, one that is invalid stays in the text and is a warning.

        In a mail it is an error: what was sent cannot be corrected.
        """
        try:
            return ExpressionParser(TokenCursor([])).parse_source(source, position)
        except ScriptSyntaxError as error:
            if is_mail:
                self._issues.append(Issue(error.position, f"{error.message}; write `\\${{` if it is text"))
                return ""
            message = f"this `${{` stays in the text: {error.message}; write `\\${{` if it should stay"
            self._issues.append(Issue(error.position, message, Severity.WARNING))
            return f"${{{source}}}"
