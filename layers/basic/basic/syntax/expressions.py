"""Reading expressions: operators by their strength (Pratt), keywords with a result by their forms."""

from basic.faults import Place, did_you_mean
from basic.filters.parser import ORDER_IS_UNSUPPORTED
from basic.hear import TYPES
from basic.keywords import KEYWORDS, RESERVED, Keyword, Role
from basic.syntax.cursor import Cursor, FormFaultError, SyntaxFaultError
from basic.syntax.forms import FORMS, Form, Slot, Word, written
from basic.syntax.templates import UnclosedError, pieces
from basic.syntax.tokens import Sort, Token, tokenize
from basic.syntax.tree import (
    ArrayLiteral,
    Bare,
    Binary,
    Call,
    CallScript,
    Command,
    Comparison,
    Expression,
    Hear,
    Item,
    Literal,
    MapLiteral,
    Member,
    Name,
    Unary,
    Where,
)
from basic.syntax.tree import Slot as SlotValue

_LOOSEST, _NOT, _COMPARISON, _POWER, _TIGHT = 0, 3, 4, 9, 8
_OPERATORS: dict[str, tuple[int, str]] = {
    "OR": (1, "OR"),
    "||": (1, "OR"),
    "AND": (2, "AND"),
    "&&": (2, "AND"),
    "=": (4, "="),
    "==": (4, "="),
    "<>": (4, "<>"),
    "!=": (4, "<>"),
    "<": (4, "<"),
    "<=": (4, "<="),
    ">": (4, ">"),
    ">=": (4, ">="),
    "IS": (4, "="),
    "CONTAINS": (4, "CONTAINS"),
    "&": (5, "&"),
    "+": (6, "+"),
    "-": (6, "-"),
    "*": (7, "*"),
    "/": (7, "/"),
    "\\": (7, "\\"),
    "%": (7, "MOD"),
    "MOD": (7, "MOD"),
    "^": (_POWER, "^"),
}
_HEAR = next(keyword for keyword in KEYWORDS if keyword.name == "HEAR")
_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None, "NOTHING": None}
_COMPARISONS = {"=": "=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_NO_VALUES = frozenset(
    ("AND", "AS", "CONTAINS", "DEFAULT", "DO", "ELSE", "IN", "IS", "MOD", "OR", "STEP", "THEN", "TO", "WHERE", "WITH")
)
"""Words after which the word before them was a variable, not a keyword with a value to come."""

_WITH_AS = frozenset(name for name, forms in FORMS.items() if any(Word("AS") in form for form in forms))

MOST_ATTEMPTS = 2_000
"""Forms tried in one statement. Keywords in keywords in keywords would otherwise take a time without end to refuse."""


class Expressions(Cursor):
    """Reads expressions."""

    attempts = 0
    missed: SyntaxFaultError | None = None
    """Why an earlier form of the last keyword did not fit, though a later one did."""

    def expression(self, strength: int = _LOOSEST) -> Expression:
        """Read an expression whose operators all bind tighter than ``strength``.

        Raises
        ------
        SyntaxFaultError
            If there is none.
        """
        self.enter()
        left = self._prefix()
        while (operator := self.infix()) is not None and operator[0] > strength:
            at = self.advance().place
            level, name = operator
            if name == "=" and self.tokens[self.position - 1].word == "IS":
                name = "<>" if self.take_word("NOT") else name
                if self.is_word("NUMERIC"):
                    raise SyntaxFaultError(at, "IS NUMERIC is written `IS NUMERIC(text)`")
            left = Binary(at, name, left, self.expression(level))
        self.leave()
        return left

    def starts_value(self) -> bool:
        """Tell whether a keyword that stands before the next token has its value there, so that it is no variable."""
        token = self.current
        if token.sort is Sort.NAME:
            return token.word not in _NO_VALUES
        # `FIRST [1, 2]` has a value there, `first[1]` is a part of a variable.
        apart = self.is_sign("[") and self.tokens[self.position - 1].end < token.place
        return apart or token.sort in (Sort.NUMBER, Sort.TEXT) or self.is_sign("(", "{", "#{")

    def target(self) -> Name | Member | Item:
        """Read what can be assigned to.

        Raises
        ------
        SyntaxFaultError
            If that is no variable, nor a field or an item of one.
        """
        token = self.current
        name = Name(token.place, self.name("a variable"))
        target = self._postfix(name)
        if not isinstance(target, Name | Member | Item):  # pragma: no cover - _postfix makes nothing else
            raise SyntaxFaultError(token.place, "only a variable can be given a value")
        return target

    def name(self, what: str) -> str:
        """Read a name of the script's own.

        Raises
        ------
        SyntaxFaultError
            If there is none, or a word of the language.
        """
        token = self.current
        if token.sort is not Sort.NAME:
            raise FormFaultError(self.here(), f"the name of {what} is missing before {self.shown()}")
        if token.word in RESERVED:
            raise SyntaxFaultError(token.place, f"`{token.text}` is a word of the language and cannot name {what}")
        self.advance()
        return token.text

    def template(self, line: str, at: Place) -> tuple[str | Expression, ...]:
        """Read a line of text with ``${expression}`` in it, which starts at a place; faults are kept."""
        parts: list[str | Expression] = []
        try:
            parts.extend(
                piece.text if piece.at is None else self._embedded(piece.text, piece.at) for piece in pieces(line, at)
            )
        except UnclosedError as unclosed:
            self.note(unclosed.place, "`${` is not closed: a `}` is missing")
        return tuple(parts)

    def _embedded(self, source: str, at: Place) -> Expression:
        tokens, problems = tokenize(source, at)
        inner = Expressions(tokens, self.problems)
        self.problems += problems
        try:
            expression = inner.expression()
        except SyntaxFaultError as fault:
            self.note(fault.place, fault.sentence)
            return Literal(at, None)
        if not inner.at_end():
            self.note(inner.current.place, f"{inner.shown()} is not expected in `${{...}}`")
        return expression

    # -------------------------------------------------------------------------------------------- operators

    def infix(self) -> tuple[int, str] | None:
        """Return the strength and the name of the operator that is next, if one is."""
        token = self.current
        if token.sort is Sort.SIGN:
            return _OPERATORS.get(token.text)
        return _OPERATORS.get(token.word) if token.sort is Sort.NAME else None

    def _prefix(self) -> Expression:
        at = self.current.place
        if self.take_word("NOT") or self.take_sign("!"):
            return Unary(at, "NOT", self.expression(_NOT))
        if self.take_sign("-"):
            return Unary(at, "-", self.expression(_TIGHT))
        if self.take_sign("+"):
            return self.expression(_TIGHT)
        return self._postfix(self._primary())

    def _postfix(self, base: Expression) -> Expression:
        while self.is_sign(".", "["):
            at = self.advance().place
            if self.tokens[self.position - 1].text == ".":
                if self.current.sort is not Sort.NAME:
                    raise SyntaxFaultError(self.here(), "the name of a field is missing after `.`")
                base = Member(at, base, self.advance().text)
            else:
                base = Item(at, base, self._bracketed())
        return base

    def _open(self) -> str:
        """Go into the bracket that was just taken and return the sign that closes it."""
        opening = self.tokens[self.position - 1]
        self.brackets = (*self.brackets, opening)
        return _CLOSING[opening.text[-1]]

    def _close(self) -> None:
        closing = _CLOSING[self.brackets[-1].text[-1]]
        if not self.is_sign(closing):
            self._check_open_brackets()
            raise SyntaxFaultError(self.current.place, f"`{closing}` is missing before {self.shown()}")
        self.brackets = self.brackets[:-1]
        self.advance()

    def _check_open_brackets(self) -> None:
        """Refuse a bracket that was not closed when something unexpected starts a line, or nothing follows."""
        if self.brackets and (self.starts_line() or self.current.sort is Sort.END):
            opening = self.brackets[-1]
            closing = _CLOSING[opening.text[-1]]
            raise SyntaxFaultError(opening.place, f"`{opening.text}` is not closed: a `{closing}` is missing")

    def _bracketed(self) -> Expression:
        self._open()
        inner = self.expression()
        self._close()
        return inner

    def _list(self) -> tuple[Expression, ...]:
        """Read values up to a closing bracket; the opening one is taken."""
        closing = self._open()
        items: list[Expression] = []
        while not self.is_sign(closing):
            items.append(self.expression())
            if not self.take_sign(","):
                break
        self._close()
        return tuple(items)

    # -------------------------------------------------------------------------------------------- values

    def _primary(self) -> Expression:
        token = self.current
        match token.sort:
            case Sort.NUMBER | Sort.TEXT:
                self.advance()
                value = token.value
                return Literal(token.place, value if isinstance(value, str | int | float) else None)
            case Sort.NAME:
                return self._named(token)
            case _ if self.take_sign("("):
                return self._bracketed()
            case _ if self.take_sign("["):
                return ArrayLiteral(token.place, self._list())
            case _ if self.take_sign("{", "#{"):
                return self._map(token)
            case _:
                self._check_open_brackets()
                quotes = "; a text stands between double quotes, `'` starts a comment" if token.text[:1] == "'" else ""
                raise FormFaultError(self.here(), f"a value is missing before {self.shown()}{quotes}")

    def _map(self, opening: Token) -> MapLiteral:
        self._open()
        keys: list[str] = []
        values: list[Expression] = []
        while not self.is_sign("}"):
            token = self.current
            if token.sort not in (Sort.NAME, Sort.TEXT, Sort.NUMBER):
                break
            self.advance()
            if not self.take_sign(":"):
                raise SyntaxFaultError(self.here(), f"`:` is missing after `{token.text}` in the map")
            keys.append(str(token.value) if token.sort is not Sort.NAME else token.text)
            values.append(self.expression())
            if not self.take_sign(","):
                break
        self._close()
        return MapLiteral(opening.place, tuple(keys), tuple(values))

    def _named(self, token: Token) -> Expression:  # noqa: PLR0911 - one line per sort of word
        if token.word in _CONSTANTS:
            self.advance()
            return Literal(token.place, _CONSTANTS[token.word])
        if token.word == "HEAR":
            self.advance()
            return self.hear_expression(token.place)
        if token.word == "CALL":
            self.advance()
            return self.call(token.place)
        if self.take_words("NEW OBJECT"):
            if self.take_sign("("):
                self._open()
                self._close()
            return MapLiteral(token.place, (), ())
        command = self.command(statement=False)
        if command is not None:
            return command
        if token.word in RESERVED:
            self._check_open_brackets()
            raise FormFaultError(self.here(), f"a value is missing before `{token.text}`")
        self.advance()
        if self.take_sign("("):
            return Call(token.place, token.text, self._list())
        return Name(token.place, token.text)

    def call(self, at: Place) -> Expression:
        """Read what CALL calls: ``"script"``, ``name`` or ``name(arguments)``; CALL is taken."""
        token = self.current
        if token.sort is Sort.NAME and token.word not in RESERVED:
            self.advance()
            if self.current.sort in (Sort.TEXT, Sort.NUMBER):
                raise self.unbracketed(token)
            arguments = self._list() if self.take_sign("(") else self._more_arguments()
            return Call(token.place, token.text, arguments, explicit=True)
        script = self.expression(_POWER)
        return CallScript(at, script, self._more_arguments())

    def unbracketed(self, called: Token) -> SyntaxFaultError:
        """Return the fault of a call whose arguments stand behind its name like those of a keyword."""
        sentence = f"the arguments of `{called.text}` stand in brackets: `{called.text}(...)`"
        return SyntaxFaultError(self.current.place, sentence)

    def _more_arguments(self) -> tuple[Expression, ...]:
        arguments: list[Expression] = []
        while self.take_sign(","):
            arguments.append(self.expression())
        return tuple(arguments)

    # -------------------------------------------------------------------------------------------- HEAR

    def hear_expression(self, at: Place) -> Hear:
        """Read HEAR where a value is expected: ``HEAR [prompt] [AS ...]``; HEAR is taken."""
        return self.hear_clauses(at, self.prompt(), "")

    def prompt(self) -> Expression | None:
        """Read what a HEAR asks, if it asks: in ``HEAR "Sure?" = "yes"`` the answer is compared, not the question."""
        return self.expression(_COMPARISON) if self.starts_value() or self.is_sign("-") else None

    def hear_clauses(self, at: Place, prompt: Expression | None, variable: str) -> Hear:
        """Read ``[AS type or menu] [WITH prompt] [DEFAULT value]``."""
        kind, anything, default = "", False, None
        options: tuple[Expression, ...] = ()
        if self.take_word("AS"):
            kind, options, anything = self._hear_type()
        if self.take_word("WITH"):
            prompt = self.expression()
        if self.take_word("DEFAULT"):
            default = self.expression()
        if self.is_word("AS", "WITH", "DEFAULT"):
            raise SyntaxFaultError(
                self.current.place, f"{self.shown()} comes too late; HEAR is written {written(_HEAR)}"
            )
        return Hear(at, prompt, kind, options, anything, default, variable)

    def _hear_type(self) -> tuple[str, tuple[Expression, ...], bool]:
        token = self.current
        if token.sort is Sort.NAME and not self.take_word("MENU"):
            if token.word not in TYPES:
                hint = did_you_mean(token.word, TYPES)
                raise SyntaxFaultError(
                    token.place,
                    f"`{token.text}` is not a type of HEAR{hint or '; a menu is written `AS MENU options`'}",
                )
            self.advance()
            return token.word, (), False
        options: list[Expression] = []
        anything = False
        while True:
            if self.take_sign("*"):
                anything = True
            else:
                options.append(self.expression())
            if not self.take_sign(","):
                return "", tuple(options), anything

    # -------------------------------------------------------------------------------------------- keywords

    def command(self, *, statement: bool) -> Expression | None:
        """Read a keyword by its forms, or return None if there is none, or a variable of its name."""
        found = self.keyword()
        if found is None or found[0].role is Role.STRUCTURE:
            return None
        keyword, count = found
        if not statement and not keyword.result and keyword.role is not Role.LATER:
            self._refuse_result(keyword, count)
            return None
        start, token = self.position, self.current
        self.position += count
        valueless = not statement and not self.starts_value()
        own = keyword.role is Role.LATER and self.is_sign("(")
        if count == 1 and (valueless or own):
            self.position = start
            return None
        if keyword.role is Role.LATER:
            self.skip_statement()
            return Command(token.place, keyword.name)
        return self._formed(keyword, token, statement=statement)

    def _refuse_result(self, keyword: Keyword, count: int) -> None:
        """Refuse a keyword without a result where a value is expected, unless the word is a variable."""
        place, start = self.current.place, self.position
        self.position += count
        valued = self.starts_value()
        self.position = start
        if count > 1 or (valued and keyword.role is Role.COMMAND):
            self._check_open_brackets()
            raise SyntaxFaultError(place, f"{keyword.name} gives no value; it stands at the start of a statement")

    def _formed(self, keyword: Keyword, token: Token, *, statement: bool) -> Expression | None:
        if self.is_sign("("):
            called = self._called(keyword, token, statement=statement)
            if called is not None:
                return called
        if keyword.name not in FORMS:
            raise SyntaxFaultError(self.here(), f"{keyword.name} is written {written(keyword)}")
        # In `IF GET role = "" THEN` it is the answer that is compared.
        slots = self._first_form(keyword, FORMS[keyword.name], _LOOSEST if statement else _COMPARISON)
        if keyword.name == "FIND" and self.is_word("ORDER", "LIMIT"):
            raise SyntaxFaultError(self.current.place, ORDER_IS_UNSUPPORTED)
        return self._node(keyword, token, slots)

    def _called(self, keyword: Keyword, token: Token, *, statement: bool) -> Expression | None:
        """Read ``KEYWORD(a, b)``; None if the brackets turn out to be a part of its first value only."""
        start, brackets, depth = self.position, self.brackets, self.depth
        self.advance()
        if keyword.role is Role.FUNCTION:
            call = Call(token.place, keyword.name, self._list())
            # `FORMAT (1 + 2) AS "N2"` has the value alone in its brackets.
            if len(call.arguments) != 1 or not self.is_word("AS") or keyword.name not in _WITH_AS:
                return call
        else:
            try:
                self._open()
                slots = self._first_form(keyword, FORMS[keyword.name], _LOOSEST)
                self._close()
            except SyntaxFaultError as fault:
                if fault.final:
                    raise
            else:
                if not statement or self.at_end():
                    return self._node(keyword, token, slots)
        self.position, self.brackets, self.depth = start, brackets, depth
        return None

    def _node(self, keyword: Keyword, token: Token, slots: dict[str, SlotValue]) -> Expression:
        if keyword.role is not Role.FUNCTION:
            return Command(token.place, keyword.name, slots)
        arguments = tuple(slot for slot in slots.values() if not isinstance(slot, tuple | Where))
        return Call(token.place, keyword.name, arguments)

    def _first_form(self, keyword: Keyword, forms: tuple[Form, ...], strength: int) -> dict[str, SlotValue]:
        """Read by the first form that fits; operators in its values bind tighter than ``strength``.

        Raises
        ------
        SyntaxFaultError
            The one that was met furthest on, if none fits.
        """
        start, brackets, depth = self.position, self.brackets, self.depth
        furthest: SyntaxFaultError | None = None
        self.missed = None
        for form in forms:
            self.position, self.brackets, self.depth = start, brackets, depth
            self.attempts += 1
            if self.attempts > MOST_ATTEMPTS:
                raise SyntaxFaultError(self.current.place, "the statement holds too many keywords; split it")
            try:
                slots: dict[str, SlotValue] = {}
                self._read(form, slots, strength)
            except SyntaxFaultError as fault:
                if furthest is None or fault.final or fault.place >= furthest.place:
                    furthest, reached = fault, self.position
                if fault.final:
                    break
            else:
                self.missed = furthest and self._formal(keyword, furthest)
                return slots
        if furthest is None:  # pragma: no cover - every keyword has a form
            raise SyntaxFaultError(self.current.place, f"{keyword.name} cannot be read")
        self.position = max(reached, start)
        raise self._formal(keyword, furthest)

    def _formal(self, keyword: Keyword, fault: SyntaxFaultError) -> SyntaxFaultError:
        """Let a fault say how the keyword is written, if that is what it is about."""
        if not isinstance(fault, FormFaultError):
            return fault
        return SyntaxFaultError(fault.place, f"{fault.sentence}; {keyword.name} is written {written(keyword)}")

    def _read(self, form: Form, slots: dict[str, SlotValue], strength: int) -> None:
        clear = False
        for part in form:
            if isinstance(part, Word):
                if not self.take_sign(part.text) and not self.take_word(part.text):
                    raise FormFaultError(self.here(), f"`{part.text}` is missing before {self.shown()}")
                # A word after a value belongs to one form only.
                clear = bool(slots) and part.text != ","
            elif isinstance(part, Slot):
                try:
                    slots[part.name] = self._slot(part, strength)
                except SyntaxFaultError as fault:
                    fault.final = fault.final or clear
                    raise
            elif self._begins(part.parts[0]):
                self._read(part.parts, slots, strength)

    def _begins(self, part: object) -> bool:
        if isinstance(part, Word):
            return self.is_sign(part.text) or self.is_word(part.text)
        return not self.at_end() and not self.is_sign(")") and not self.is_word("ELSE", "ELSEIF", "END", "ENDIF")

    def _slot(self, slot: Slot, strength: int) -> SlotValue:
        match slot.mark:
            case "~":
                return self._bare(strength)
            case "!":
                return self.expression(_TIGHT)
            case "...":
                items = [self.expression(strength)]
                while self.take_sign(","):
                    items.append(self.expression(strength))
                return tuple(items)
            case "?":
                return self._condition()
            case _:
                return self.expression(strength)

    def _bare(self, strength: int) -> Expression:
        token, after = self.current, self.ahead()
        level, _ = _OPERATORS.get(after.word or after.text, (None, ""))
        ends = after.sort in (Sort.NEWLINE, Sort.END, Sort.NAME) or after.text in (",", ":", ";", ")", "]", "}")
        alone = ends if level is None else level <= strength
        if token.sort is Sort.NAME and alone and token.word not in RESERVED:
            self.advance()
            return Bare(token.place, token.text)
        return self.expression(strength)

    def _condition(self) -> SlotValue:
        condition = self.expression()
        comparisons: list[Comparison] = []
        left = [condition]
        while left:
            part = left.pop()
            if isinstance(part, Binary) and part.operator == "AND":
                left += (part.right, part.left)
            elif isinstance(part, Binary) and part.operator in _COMPARISONS and isinstance(part.left, Name | Literal):
                field = part.left.name if isinstance(part.left, Name) else str(part.left.value)
                comparisons.append(Comparison(field, _COMPARISONS[part.operator], part.right))
            elif part is condition and not (isinstance(part, Binary) and part.operator in (*_COMPARISONS, "OR")):
                return condition
            else:
                raise SyntaxFaultError(part.at, "WHERE takes comparisons `field = value` joined with AND")
        return Where(condition.at, tuple(comparisons))
