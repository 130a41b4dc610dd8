"""Parsing expressions by the binding powers of their operators (Pratt parsing)."""

from basic.diagnostics import Position
from basic.syntax.lexer import tokenize
from basic.syntax.parser.commands import CommandParser
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.forms import FormParser
from basic.syntax.parser.operators import LOWEST, NOT, UNARY, find_operator
from basic.syntax.parser.primaries import PrimaryParser
from basic.syntax.parser.words import parse_name
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.expressions import (
    ArrayLiteral,
    Binary,
    Conditional,
    Expression,
    FunctionCall,
    Item,
    Literal,
    Member,
    Name,
    Target,
    Unary,
)

_STATIC_METHODS = ("JSON PARSE", "JSON STRINGIFY")
"""Methods of JavaScript's JSON, which are functions here."""


class ExpressionParser:
    """Parses expressions.

    Attributes
    ----------
    forms
        Parses the parts of keywords.
    commands
        Parses keywords, also as statements.
    primaries
        Parses the operands of operators.
    """

    def __init__(self, cursor: TokenCursor) -> None:
        self.cursor = cursor
        self.forms = FormParser(self)
        self.commands = CommandParser(self, self.forms)
        self.primaries = PrimaryParser(self, self.commands)

    def parse(self, min_binding: int = LOWEST) -> Expression:
        """Parse an expression whose operators all bind tighter than ``min_binding``.

        Raises
        ------
        ScriptSyntaxError
            If the expression is invalid.
        """
        cursor, depth = self.cursor, self.cursor.depth
        cursor.enter()
        left = self._parse_prefix()
        while (operator := self._find_operator()) is not None and operator[0] > min_binding:
            left = self._parse_right(left, *operator)
        if min_binding == LOWEST and cursor.is_sign("?"):
            left = self._parse_conditional(left)
        cursor.depth = depth
        return left

    def _parse_conditional(self, condition: Expression) -> Conditional:
        """Parse ``? value : other value``."""
        position = self.cursor.advance().position
        value = self.parse()
        if not self.cursor.accept_sign(":"):
            message = f"`:` is missing before {self.cursor.describe_current()}, as in `condition ? value : other value`"
            raise ScriptSyntaxError(self.cursor.get_missing_position(), message)
        return Conditional(position, condition, value, self.parse())

    def _find_operator(self) -> tuple[int, str, int] | None:
        return find_operator(self.cursor.current, self.cursor.peek(), self.cursor.peek(2))

    def _parse_right(self, left: Expression, binding: int, name: str, words: int) -> Expression:
        """Parse an operator and its right operand."""
        cursor, token = self.cursor, self.cursor.current
        cursor.index += words
        if token.word == "IS":
            is_negated = cursor.accept_word("NOT")
            if cursor.is_word("VALID") and cursor.peek().text != ".":
                cursor.advance()
                valid = FunctionCall(token.position, "IS VALID", (left,))
                return Unary(token.position, "NOT", valid) if is_negated else valid
            name = "<>" if is_negated else name
            if cursor.is_word("NUMERIC"):
                raise ScriptSyntaxError(token.position, "invalid use of IS NUMERIC; usage: `IS NUMERIC(text)`")
        operator = name.removeprefix("NOT ")
        right = self._parse_items(binding) if operator == "IN" else self.parse(binding)
        node = Binary(token.position, operator, left, right)
        if operator == name:
            return node
        # The NOT is around all that is left of it, so each one is a level.
        cursor.enter()
        return Unary(token.position, "NOT", node)

    def _parse_items(self, binding: int) -> Expression:
        """Parse what IN searches: a value, or values between brackets."""
        start, opening = self.cursor.save(), self.cursor.current
        if self.cursor.accept_sign("("):
            items = self.parse_list()
            if len(items) > 1 or (items and isinstance(items[0], Literal)):
                return ArrayLiteral(opening.position, items)
            self.cursor.restore(start)
        return self.parse(binding)

    def parse_source(self, source: str, position: Position) -> Expression:
        """Parse the source of one expression that stands in a text, at a position of the file.

        Raises
        ------
        ScriptSyntaxError
            If the source is something else.
        """
        tokens, issues = tokenize(source, position)
        if issues:
            raise ScriptSyntaxError(issues[0].position, issues[0].message)
        # No branch begins in a text, so `case` is a variable there.
        cursor = TokenCursor([token._replace(word="$CASE") if token.word == "CASE" else token for token in tokens])
        expression = ExpressionParser(cursor).parse()
        if not cursor.is_statement_end():
            message = f"unexpected {cursor.describe_current()} in `${{...}}`"
            raise ScriptSyntaxError(cursor.current.position, message)
        return expression

    def parse_target(self) -> Target:
        """Parse an expression that can be assigned to.

        Raises
        ------
        ScriptSyntaxError
            If it is neither a variable nor a field or an item of one.
        """
        token = self.cursor.current
        name = Name(token.position, parse_name(self.cursor, "a variable"))
        target = self._parse_postfix(name)
        if not isinstance(target, Name | Member | Item):  # pragma: no cover - _parse_postfix returns nothing else
            raise ScriptSyntaxError(token.position, "only a variable can be assigned")
        return target

    def parse_list(self) -> tuple[Expression, ...]:
        """Parse expressions separated by commas up to a closing bracket; the opening one was read."""
        closing = self.cursor.open_bracket()
        items: list[Expression] = []
        while not self.cursor.is_sign(closing):
            items.append(self.parse())
            if not self.cursor.accept_sign(","):
                break
        self.cursor.close_bracket()
        return tuple(items)

    def parse_more(self) -> tuple[Expression, ...]:
        """Parse expressions that each follow a comma."""
        items: list[Expression] = []
        while self.cursor.accept_sign(","):
            items.append(self.parse())
        return tuple(items)

    def _parse_prefix(self) -> Expression:
        cursor, position = self.cursor, self.cursor.current.position
        if cursor.accept_word("NOT") or cursor.accept_sign("!"):
            return Unary(position, "NOT", self.parse(NOT))
        if cursor.accept_sign("-"):
            return Unary(position, "-", self.parse(UNARY))
        if cursor.accept_sign("+"):
            return self.parse(UNARY)
        return self._parse_postfix(self.primaries.parse())

    def _parse_postfix(self, base: Expression) -> Expression:
        """Parse the fields, items and methods of a value; each method is a level."""
        cursor, depth = self.cursor, self.cursor.depth
        while cursor.is_sign(".", "?.", "["):
            token = cursor.advance()
            if token.text == "[":
                base = Item(token.position, base, self.primaries.parse_bracketed())
            elif cursor.current.kind is TokenKind.NAME and cursor.peek().text == "(":
                base = self._parse_method(base)
            elif cursor.current.kind is TokenKind.NAME:
                base = Member(token.position, base, cursor.advance().text, is_optional=token.text == "?.")
            else:
                raise ScriptSyntaxError(cursor.get_missing_position(), "the name of a field is missing after `.`")
        cursor.depth = depth
        return base

    def _parse_method(self, base: Expression) -> Expression:
        """Parse ``base.name(arguments)``, which is ``name(base, arguments)``."""
        self.cursor.enter()
        name = self.cursor.advance()
        self.cursor.advance()
        arguments = self.parse_list()
        if isinstance(base, Name) and f"{base.name.upper()} {name.word}" in _STATIC_METHODS:
            return FunctionCall(name.position, f"{base.name} {name.text}", arguments)
        return FunctionCall(name.position, name.text, (base, *arguments))
