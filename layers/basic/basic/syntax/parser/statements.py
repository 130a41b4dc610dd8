"""Parsing statements that contain no other statements."""

from basic.diagnostics import suggest_name
from basic.functions import ALIASES
from basic.syntax.parser.assignments import AssignmentParser, is_assignment, sets_variable
from basic.syntax.parser.dims import DimParser, is_dim
from basic.syntax.parser.errors import MissingPartError, ScriptSyntaxError
from basic.syntax.parser.expressions import ExpressionParser
from basic.syntax.parser.misuse import MisuseExplainer
from basic.syntax.parser.settings import parse_setting
from basic.syntax.parser.templates import TemplateParser
from basic.syntax.parser.words import parse_name_or_text
from basic.syntax.tokens import TextBlock, Token, TokenKind
from basic.syntax.tree.expressions import Expression, FunctionCall, Item, Literal, MapLiteral, Member, Name
from basic.syntax.tree.statements import Assign, Evaluate, Exit, LoopJump, OnError, Return, Statement

_APPENDING = frozenset(name for name, function in ALIASES.items() if function == "APPEND") | {
    "APPEND",
    "SORT",
    "SPLICE",
}
_DECLARING = ("CONST", "VAR")
"""Words of other dialects that mean LET."""

_LOOPS = ("FOR", "DO", "WHILE")
_EXITS = (*_LOOPS, "SUB", "FUNCTION")


class StatementParser:
    """Parses simple statements."""

    def __init__(self, expressions: ExpressionParser, templates: TemplateParser, misuse: MisuseExplainer) -> None:
        self._cursor = expressions.cursor
        self._expressions = expressions
        self._templates = templates
        self._misuse = misuse
        self._assignments = AssignmentParser(expressions)
        self._dims = DimParser(expressions)

    def parse(self) -> Statement:  # noqa: C901, PLR0911, PLR0912 - one case per statement
        """Parse a statement.

        Raises
        ------
        ScriptSyntaxError
            If the statement is invalid.
        """
        cursor, token = self._cursor, self._cursor.current
        if token.kind is TokenKind.BLOCK:
            return self._parse_text_block()
        if is_assignment(cursor):
            return self._assignments.parse()
        if token.word in _DECLARING and cursor.peek().kind is TokenKind.NAME:
            cursor.advance()
            return self._assignments.parse()
        if is_dim(cursor):
            return self._dims.parse()
        match token.word:
            case "HEAR":
                cursor.advance()
                return self._assignments.parse_hear(token, is_alone=self._is_end())
            case "LET":
                cursor.advance()
                return self._assignments.parse()
            case "SET" if cursor.peek().kind is TokenKind.TEXT:
                cursor.advance()
                return parse_setting(token, self._expressions)
            case "SET" if sets_variable(cursor):
                cursor.advance()
                return self._assignments.parse()
            case "CALL":
                cursor.advance()
                return Evaluate(token.position, self._expressions.primaries.calls.parse(token.position))
            case "RETURN":
                cursor.advance()
                return Return(token.position, None if self._is_end() else self._parse_returned())
            case "EXIT":
                return self._parse_exit()
            case "BREAK" | "CONTINUE" if self._is_loop_jump():
                return self._parse_loop_jump()
            case "ON":
                return self._parse_on(token)
            case "DELETE" if (item := self._parse_deleted_item()) is not None:
                return item
            case _:
                return self._parse_expression(token)

    def _is_end(self) -> bool:
        return self._cursor.is_statement_end() or self._cursor.is_word("ELSE")

    def _parse_text_block(self) -> Statement:
        token = self._cursor.advance()
        block = token.value
        if not isinstance(block, TextBlock):  # pragma: no cover - the value of every token of this kind
            raise TypeError(block)
        if block.keyword == "BEGIN MAIL":
            return Evaluate(token.position, self._templates.parse_mail(token, block))
        if block.keyword == "BEGIN TALK":
            return self._templates.parse_talk_block(token, block)
        return self._templates.parse_system_prompt(token, block)

    def _parse_returned(self) -> Expression:
        """Parse a value, or ``WITH field AS value, field AS value``, which is a map."""
        cursor, position = self._cursor, self._cursor.current.position
        if not cursor.is_word("WITH") or cursor.peek(2).word != "AS":
            return self._expressions.parse()
        names: list[str] = []
        values: list[Expression] = []
        while cursor.accept_word("WITH") or cursor.accept_sign(","):
            names.append(parse_name_or_text(cursor, "the field"))
            if not cursor.accept_word("AS"):
                message = f"`AS` is missing before {cursor.describe_current()}"
                raise MissingPartError(cursor.get_missing_position(), message)
            values.append(self._expressions.parse())
        return MapLiteral(position, tuple(names), tuple(values))

    def _parse_exit(self) -> Exit:
        position = self._cursor.advance().position
        if self._is_end():
            return Exit(position, "")
        token = self._cursor.current
        if not self._cursor.accept_word(*_EXITS):
            hint = suggest_name(token.text, _EXITS)
            message = f"EXIT can leave {', '.join(_EXITS[:-1])} or {_EXITS[-1]}{hint}"
            raise ScriptSyntaxError(token.position, message)
        return Exit(position, token.word)

    def _is_loop_jump(self) -> bool:
        """Return whether a word is BREAK or CONTINUE, not a variable."""
        following = self._cursor.peek()
        is_end = following.kind in (TokenKind.NEWLINE, TokenKind.END) or following.text in (":", ";")
        return is_end or following.word in (*_LOOPS, "ELSE", "END", "ENDIF")

    def _parse_loop_jump(self) -> LoopJump:
        token = self._cursor.advance()
        kind = self._cursor.advance().word if self._cursor.is_word(*_LOOPS) else ""
        return LoopJump(token.position, kind, continues=token.word == "CONTINUE")

    def _parse_on(self, token: Token) -> Statement:
        cursor = self._cursor
        command = self._expressions.commands.parse(is_statement=True)
        if command is not None:
            return Evaluate(token.position, command)
        if cursor.accept_phrase("ON ERROR RESUME NEXT"):
            return OnError(token.position, resume=True)
        if cursor.accept_phrase("ON ERROR GOTO") and cursor.current.value == 0:
            cursor.advance()
            return OnError(token.position, resume=False)
        message = "invalid use of ON; usage: `ON ERROR RESUME NEXT`, `ON ERROR GOTO 0` or `ON INSERT OF table`"
        raise ScriptSyntaxError(token.position, message)

    def _parse_deleted_item(self) -> Assign | None:
        """Parse ``DELETE array[index]``, which is a SPLICE; return None if it is a DELETE of rows."""
        cursor = self._cursor
        following = cursor.peek()
        if following.kind is not TokenKind.NAME or cursor.peek(2).text not in ("[", "."):
            return None
        start, position = cursor.save(), cursor.advance().position
        item = self._expressions.parse()
        if not isinstance(item, Item) or not isinstance(item.base, Name | Member | Item) or not self._is_end():
            cursor.restore(start)
            return None
        remaining = FunctionCall(position, "SPLICE", (item.base, item.index, Literal(position, 1)))
        return Assign(position, item.base, remaining)

    def _parse_expression(self, token: Token) -> Statement:
        """Parse a keyword or another expression; APPEND and the like assign their result to their first argument."""
        expression = self._expressions.commands.parse(is_statement=True)
        if expression is None:
            self._misuse.check_known(token)
            expression = self._expressions.parse()
        if isinstance(expression, FunctionCall) and expression.name.upper() in _APPENDING and expression.arguments:
            array = expression.arguments[0]
            if isinstance(array, Name | Member | Item):
                return Assign(token.position, array, expression)
        return Evaluate(token.position, expression)
