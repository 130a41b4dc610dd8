"""Parsing HEAR and its clauses."""

from basic.diagnostics import Position, suggest_name
from basic.hear import TYPES
from basic.keywords import KEYWORDS
from basic.syntax.forms import describe_syntax
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.operators import COALESCE
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.words import starts_value
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.expressions import Expression, Hear, Literal, Template

_HEAR = next(keyword for keyword in KEYWORDS if keyword.name == "HEAR")


class HearParser:
    """Parses what follows HEAR."""

    def __init__(self, expressions: ExpressionReader) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor

    def parse_expression(self, position: Position) -> Hear:
        """Parse HEAR where a value is expected: ``HEAR [prompt] [AS ...]``; HEAR was read, at a position."""
        return self.parse_clauses(position, self.parse_prompt(), "")

    def parse_prompt(self) -> Expression | None:
        """Parse the question of a HEAR, if any; ``HEAR "Sure?" = "yes"`` compares the answer, not the question."""
        if starts_value(self._cursor) or self._cursor.is_sign("-"):
            return self._expressions.parse(COALESCE)
        return None

    def parse_clauses(self, position: Position, prompt: Expression | None, variable: str) -> Hear:
        """Parse ``[AS type or menu] [WITH prompt] [DEFAULT value]``.

        Raises
        ------
        ScriptSyntaxError
            If a clause is invalid or in the wrong order.
        """
        cursor = self._cursor
        is_menu = cursor.peek().word == "MENU"
        type_name, options, accepts_any = self._parse_type() if cursor.accept_word("AS") else ("", (), False)
        if prompt is None and not is_menu and not accepts_any and _is_question(options) and not cursor.is_word("WITH"):
            prompt, options = options[0], ()
        if cursor.accept_word("WITH"):
            prompt = self._expressions.parse()
        default = self._expressions.parse() if cursor.accept_word("DEFAULT") else None
        if cursor.is_word("AS", "WITH", "DEFAULT"):
            message = f"{cursor.describe_current()} is in the wrong place; usage: {describe_syntax(_HEAR)}"
            raise ScriptSyntaxError(cursor.current.position, message)
        return Hear(position, prompt, type_name, options, accepts_any, default, variable)

    def _parse_type(self) -> tuple[str, tuple[Expression, ...], bool]:
        """Parse a type, or the options of a menu and whether it accepts any other text."""
        token = self._cursor.current
        if token.kind is TokenKind.NAME and not self._cursor.accept_word("MENU"):
            if token.word not in TYPES:
                hint = suggest_name(token.word, TYPES) or "; for a menu, write `AS MENU options`"
                raise ScriptSyntaxError(token.position, f"unknown HEAR type `{token.text}`{hint}")
            self._cursor.advance()
            return token.word, (), False
        return "", *self._parse_menu()

    def _parse_menu(self) -> tuple[tuple[Expression, ...], bool]:
        options: list[Expression] = []
        accepts_any = False
        while True:
            if self._cursor.accept_sign("*"):
                accepts_any = True
            else:
                options.append(self._expressions.parse())
            if not self._cursor.accept_sign(","):
                return tuple(options), accepts_any


def _is_question(options: tuple[Expression, ...]) -> bool:
    """Return whether the only option is a text: there is no choice, so it is what the author wants to ask."""
    return len(options) == 1 and (
        isinstance(options[0], Template) or (isinstance(options[0], Literal) and isinstance(options[0].value, str))
    )
