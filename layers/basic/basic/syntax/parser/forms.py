"""Parsing the parts of a keyword by its forms, with backtracking."""

from itertools import zip_longest

from basic.keywords import RESERVED, Keyword
from basic.syntax.forms import Form, Part, Slot, Word, describe_syntax
from basic.syntax.parser.errors import MissingPartError, ScriptSyntaxError
from basic.syntax.parser.operators import COMPARISON, UNARY, get_operator
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.where import WhereParser
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.expressions import Bare, Expression, SlotValue

MAX_FORM_ATTEMPTS = 2_000
"""Forms tried in one statement. Keywords nested in keywords would otherwise take exponential time to refuse."""

_VALUE_ENDS = (TokenKind.NEWLINE, TokenKind.END, TokenKind.NAME)


class FormParser:
    """Parses the parts of keywords by the first of their forms that fits.

    Attributes
    ----------
    where
        Parses conditions that are not quoted.
    missed
        Why an earlier form of the last keyword did not fit, although a later one did.
    """

    def __init__(self, expressions: ExpressionReader) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor
        self._attempts = 0
        self.where = WhereParser(expressions)
        self.missed: ScriptSyntaxError | None = None

    def start_statement(self) -> None:
        """Reset the number of attempts for a new statement."""
        self._attempts = 0

    def parse(self, keyword: Keyword, forms: tuple[Form, ...], min_binding: int) -> dict[str, SlotValue]:
        """Parse the first form that fits; operators in its values bind tighter than ``min_binding``.

        Raises
        ------
        ScriptSyntaxError
            The error of the form that was read furthest, if none fits.
        """
        start = self._cursor.save()
        furthest: ScriptSyntaxError | None = None
        end = start.token_index
        self.missed = None
        for form in forms:
            self._cursor.restore(start)
            self._count_attempt()
            slots: dict[str, SlotValue] = {}
            try:
                self._parse_parts(form, slots, min_binding)
            except ScriptSyntaxError as error:
                if furthest is None or error.is_final or error.position >= furthest.position:
                    furthest, end = error, max(self._cursor.index, start.token_index)
                if error.is_final:
                    break
            else:
                self.missed = furthest and _add_usage(keyword, furthest)
                return slots
        if furthest is None:  # pragma: no cover - every keyword has a form
            raise ScriptSyntaxError(self._cursor.current.position, f"invalid use of {keyword.name}")
        self._cursor.index = end
        raise _add_usage(keyword, furthest)

    def _count_attempt(self) -> None:
        self._attempts += 1
        if self._attempts > MAX_FORM_ATTEMPTS:
            raise ScriptSyntaxError(self._cursor.current.position, "the statement contains too many keywords; split it")

    def _parse_parts(self, form: Form, slots: dict[str, SlotValue], min_binding: int) -> None:
        is_certain = False
        for part, following in zip_longest(form, form[1:]):
            if isinstance(part, Word):
                self._parse_fixed_word(part)
                # A word after a value belongs to one form only.
                is_certain = bool(slots) and part.text not in (",", "=")
            elif isinstance(part, Slot):
                try:
                    # In `REMEMBER name = value` the sign is not a comparison.
                    binding = COMPARISON if following == Word("=") else min_binding
                    slots[part.name] = self._parse_slot(part, binding)
                except ScriptSyntaxError as error:
                    error.is_final = error.is_final or is_certain
                    raise
            elif self._starts_part(part.parts[0]):
                self._parse_parts(part.parts, slots, min_binding)

    def _parse_fixed_word(self, word: Word) -> None:
        cursor = self._cursor
        if not cursor.accept_sign(word.text) and not cursor.accept_word(word.text):
            message = f"`{word.text}` is missing before {cursor.describe_current()}"
            raise MissingPartError(cursor.get_missing_position(), message)

    def _starts_part(self, part: Part) -> bool:
        """Return whether the next token starts an optional part."""
        cursor = self._cursor
        if isinstance(part, Word):
            return cursor.is_sign(part.text) or cursor.is_word(part.text)
        if cursor.is_statement_end() or cursor.is_sign(")"):
            return False
        return not cursor.is_word("ELSE", "ELSEIF", "END", "ENDIF")

    def _parse_slot(self, slot: Slot, min_binding: int) -> SlotValue:
        match slot.mark:
            case "~":
                return self._parse_bare(min_binding)
            case "!":
                return self._expressions.parse(UNARY)
            case "...":
                return self._parse_values(min_binding)
            case "?":
                return self.where.parse()
            case _:
                return self._expressions.parse(min_binding)

    def _parse_values(self, min_binding: int) -> tuple[Expression, ...]:
        items = [self._expressions.parse(min_binding)]
        while self._cursor.accept_sign(","):
            items.append(self._expressions.parse(min_binding))
        return tuple(items)

    def _parse_bare(self, min_binding: int) -> Expression:
        """Parse a bare word if it is the entire value, or else an expression."""
        token, following = self._cursor.current, self._cursor.peek()
        operator = get_operator(following)
        if operator is not None:
            is_entire = operator[0] <= min_binding
        else:
            is_entire = following.kind in _VALUE_ENDS or following.text in (",", ":", ";", ")", "]", "}")
        if token.kind is TokenKind.NAME and is_entire and token.word not in RESERVED:
            self._cursor.advance()
            return Bare(token.position, token.text)
        return self._expressions.parse(min_binding)


def _add_usage(keyword: Keyword, error: ScriptSyntaxError) -> ScriptSyntaxError:
    """Return an error that also shows the forms of the keyword, if a part of its form is missing."""
    if not isinstance(error, MissingPartError):
        return error
    return ScriptSyntaxError(error.position, f"{error.message}; usage: {describe_syntax(keyword)}")
