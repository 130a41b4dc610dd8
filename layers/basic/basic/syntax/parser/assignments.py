"""Parsing assignments, including HEAR into a variable."""

from basic.keywords import RESERVED
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import MissingPartError, ScriptSyntaxError
from basic.syntax.parser.expressions import ExpressionParser
from basic.syntax.parser.operators import get_operator
from basic.syntax.parser.skipping import skip_statement
from basic.syntax.parser.words import match_keyword
from basic.syntax.tokens import Token, TokenKind
from basic.syntax.tree.expressions import Command, Expression, FunctionCall, Hear, Name, Target
from basic.syntax.tree.statements import Assign, Evaluate, Statement

_COMPOUND = ("+=", "-=")
_LINE_ENDS = (TokenKind.NEWLINE, TokenKind.END)


def is_assignment(cursor: TokenCursor) -> bool:
    """Return whether the statement starts with a variable, or a part of one, and an equals sign."""
    token = cursor.current
    if token.kind is not TokenKind.NAME or token.word in RESERVED:
        return False
    count: int | None = 1
    while count is not None and cursor.peek(count).text in (".", "["):
        count = count + 2 if cursor.peek(count).text == "." else _find_item_end(cursor, count)
    if count is None:
        return False
    following = cursor.peek(count)
    return following.kind is TokenKind.SIGN and following.text in ("=", *_COMPOUND)


def _find_item_end(cursor: TokenCursor, count: int) -> int | None:
    """Return how far away the token after ``[index]`` is; None if the bracket is not closed in its line."""
    depth = 0
    while (sign := cursor.peek(count)).kind not in _LINE_ENDS:
        if sign.kind is TokenKind.SIGN:
            depth += (sign.text == "[") - (sign.text == "]")
        count += 1
        if not depth:
            return count
    return None


def sets_variable(cursor: TokenCursor) -> bool:
    """Return whether SET sets a variable, also one whose name makes a keyword with SET."""
    matched = match_keyword(cursor)
    return matched is None or matched[1] == 1 or cursor.peek(matched[1]).text in ("=", ",")


class AssignmentParser:
    """Parses statements that assign a value."""

    def __init__(self, expressions: ExpressionParser) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor
        self._hear = expressions.primaries.hear

    def parse(self) -> Assign:
        """Parse ``target = value``.

        Raises
        ------
        ScriptSyntaxError
            If the assignment is invalid.
        """
        cursor, position = self._cursor, self._cursor.current.position
        target = self._expressions.parse_target()
        _check_compound(cursor.current, target)
        if not cursor.accept_sign("=", ","):
            message = f"`=` is missing before {cursor.describe_current()}"
            raise MissingPartError(cursor.get_missing_position(), message)
        if cursor.is_word("HEAR"):
            hear = self._try_parse_hear(_get_variable(target))
            if hear is not None:
                return Assign(position, target, hear)
        return Assign(position, target, self._parse_value(target))

    def _parse_value(self, target: Target) -> Expression:
        """Parse an assigned value: an expression, or one that means something else as the entire value."""
        value = self._expressions.parse()
        match value:
            case Command(keyword="GET SESSION") if self._cursor.is_sign(","):
                skip_statement(self._cursor)
                return Command(value.position, "GET SESSION of another conversation")
            case FunctionCall(name="FIRST" | "LAST", arguments=[array]) if self._cursor.accept_sign(","):
                return FunctionCall(value.position, value.name, (array, self._expressions.parse()))
            case FunctionCall(name=name, arguments=[Name(name=spliced), *_]) if name.upper() == "SPLICE":
                is_same = isinstance(target, Name) and target.name.lower() == spliced.lower()
                return value if is_same else Command(value.position, "SPLICE as a value")
            case _:
                return value

    def _try_parse_hear(self, variable: str) -> Hear | None:
        """Parse HEAR as the entire value; return None if its answer is only an operand of the value."""
        start = self._cursor.index
        position = self._cursor.advance().position
        hear = self._hear.parse_clauses(position, self._hear.parse_prompt(), variable)
        if get_operator(self._cursor.current) is None:
            return hear
        self._cursor.index = start
        return None

    def parse_hear(self, token: Token, *, is_alone: bool) -> Statement:
        """Parse a statement that starts with HEAR, which was read.

        Raises
        ------
        ScriptSyntaxError
            If it is invalid.
        """
        cursor = self._cursor
        if is_alone:
            return Evaluate(token.position, Hear(token.position))
        if cursor.current.kind is not TokenKind.NAME:
            return self._parse_hear_with_prompt(token)
        if cursor.is_word("AS", "WITH", "DEFAULT") and cursor.peek().kind is not TokenKind.NEWLINE:
            message = f"the name of a variable is missing before {cursor.describe_current()}, as in `HEAR name AS TYPE`"
            raise ScriptSyntaxError(cursor.get_missing_position(), message)
        target = self._expressions.parse_target()
        hear = self._hear.parse_clauses(token.position, None, _get_variable(target))
        return Assign(token.position, target, hear)

    def _parse_hear_with_prompt(self, token: Token) -> Statement:
        """Parse ``HEAR prompt [AS variable]``."""
        prompt = self._expressions.parse()
        if not self._cursor.accept_word("AS"):
            return Evaluate(token.position, Hear(token.position, prompt))
        target = self._expressions.parse_target()
        return Assign(token.position, target, Hear(token.position, prompt, variable=_get_variable(target)))


def _check_compound(sign: Token, target: Target) -> None:
    """Refuse ``+=`` and ``-=``, which the language does not have."""
    if sign.text in _COMPOUND and sign.kind is TokenKind.SIGN and isinstance(target, Name):
        message = f"`{sign.text}` is not supported; write `{target.name} = {target.name} {sign.text[0]} ...`"
        raise ScriptSyntaxError(sign.position, message)


def _get_variable(target: Target) -> str:
    return target.name if isinstance(target, Name) else ""
