"""Which rows: the condition language of FIND, UPDATE, DELETE and FILTER, read once and then asked of each row.

::

    status=open                            a bare value runs to the end, or to AND or OR before another comparison
    name = 'Ana' AND age >= 18             quoted values are texts; '' inside them is one quote
    name LIKE 'An%' OR (vip = true)        % is any text, _ any character; without either, LIKE is "contains"
    email IS NOT NULL
    item.total > 100, item > 100           FILTER's name for the row, or for an item that is no row

Equality is the language's own (text keeps case, a text that is a number equals it); LIKE ignores case; what is NOTHING
is neither smaller nor larger than anything.

A condition that is put together from a script's text and somebody's answer must not let the answer speak the language.
`bind` takes the pieces apart: what stands in a `Bound` is a value or a piece of one, whatever it says.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from basic.errors import ScriptError
from basic.host import Bound, Condition, Where
from basic.values import Value, find_key, is_equal, parse_numeric, quote, to_number, to_text

MOST_CHARACTERS = 4_000
"""Longer conditions are refused; a person writes none."""

NO_ORDER = "there is no ORDER BY and no LIMIT: FIND gives at most 10 rows, in no order; SORT orders them"
"""What is said to whoever writes SQL."""

_MOST_NESTING = 20

_HOLES = 0xF0000
"""Private characters that stand for bound values while a condition is read (Unicode, plane 15)."""

_HOLE = re.compile("[\U000f0000-\U000ffffd]")
# Possessive quantifiers: white space that was read is not tried again in parts, which could take for ever.
_FIELD = re.compile(r"\s*+(?:(?i:item)\.)?(?P<name>[^\W\d][\w.]*|\[[^\]]+\])")
_OPERATOR = re.compile(
    r"\s*+(?P<sign>==|=|!=|<>|>=|<=|>|<|(?P<not_like>NOT\s++)?LIKE\b|IS\s++(?P<not_null>NOT\s++)?(?:NULL|NOTHING)\b)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"""\s*+(?:'(?P<single>(?:[^']|'')*)'|"(?P<double>(?:[^"]|"")*)")""")
_JOINING = re.compile(r"(?<=\s)(?:AND|OR)(?=\s)", re.IGNORECASE)
_ANOTHER = re.compile(
    re.sub(r"\?P<\w+>", "?:", rf"\s++(?:\(\s*+|NOT\b\s*+)*+{_FIELD.pattern}{_OPERATOR.pattern}"), re.IGNORECASE
)
_ORDER = re.compile(r"\s(?:ORDER\s++BY\s|LIMIT\s++\d++\s*+$)")
# In capitals, as keywords are written: a value without quotes may well speak of a limit.
_WORD = re.compile(r"\s*+(?P<word>AND|OR|NOT)\b", re.IGNORECASE)


class Filter(Protocol):
    """A condition on a row."""

    def matches(self, row: Value) -> bool:
        """Tell whether a row, or an item that is no row, fulfils the condition."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field beside a value.

    Attributes
    ----------
    field
        The field's name; ``item`` is the item itself where it is no row.
    operator
        ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=`` or ``like``.
    value
        What the field is compared with.
    """

    field: str
    operator: str
    value: Value

    def matches(self, row: Value) -> bool:
        """Compare the row's field with the value."""
        return _COMPARE[self.operator](field_of(row, self.field), self.value)


@dataclass(frozen=True, slots=True)
class All:
    """Conditions that must all hold; none is every row."""

    parts: tuple[Filter, ...]

    def matches(self, row: Value) -> bool:
        """Tell whether all hold."""
        return all(part.matches(row) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    """Conditions of which one must hold."""

    parts: tuple[Filter, ...]

    def matches(self, row: Value) -> bool:
        """Tell whether one holds."""
        return any(part.matches(row) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """A condition that must not hold."""

    part: Filter

    def matches(self, row: Value) -> bool:
        """Tell whether it does not."""
        return not self.part.matches(row)


EVERYTHING = All(())
"""The condition that every row fulfils."""


def fields_of(condition: Filter) -> frozenset[str]:
    """Return the names of the fields that a condition asks."""
    match condition:
        case Comparison(field=field):
            return frozenset((field,))
        case All(parts=parts) | Either(parts=parts):
            return frozenset(field for part in parts for field in fields_of(part))
        case Not(part=part):
            return fields_of(part)
    raise TypeError(f"{condition!r} does not say what it asks")


def of(where: Where) -> Filter:
    """Return the filter of what the machine asks for.

    Raises
    ------
    ScriptError
        If a text is no condition.
    """
    if isinstance(where, str):
        return parse(where) if where.strip() else EVERYTHING
    conditions = [part for part in where if isinstance(part, Condition)]
    if len(conditions) == len(where):
        return All(tuple(map(_comparison_of, conditions)))
    return bind([part for part in where if not isinstance(part, Condition)])


def _comparison_of(condition: Condition) -> Comparison:
    sign = {"==": "=", "<>": "!="}.get(condition.operator, condition.operator.lower())
    if sign not in _COMPARE:
        raise ScriptError(f"{quote(condition.operator)} is no comparison; there are = != <> > < >= <= like")
    return Comparison(condition.field, sign, condition.value)


def parse(text: str) -> Filter:
    """Read a condition.

    Raises
    ------
    ScriptError
        If it is none; the sentence says what is missing and where.
    """
    return bind([text])


def bind(parts: Sequence[str | Bound]) -> Filter:
    """Read a condition of which some pieces are values.

    Parameters
    ----------
    parts
        The script's own text and the values in it, in order: for ``"name='" + who + "'"`` they are ``"name='"``,
        ``Bound(who)`` and ``"'"``.

    Raises
    ------
    ScriptError
        If it is no condition.
    """
    values = [part.value for part in parts if isinstance(part, Bound)]
    written, position = "", 0
    for part in parts:
        if isinstance(part, str):
            if _HOLE.search(part):
                raise ScriptError("a condition has a private character (Unicode, plane 15) in it")
            written += part
        else:
            written += chr(_HOLES + position)
            position += 1
    if len(written) > MOST_CHARACTERS:
        raise ScriptError(f"a condition has at most {MOST_CHARACTERS} characters")
    return _Reader(written, values).read()


class _Reader:
    """Reads one condition, left to right."""

    def __init__(self, text: str, values: Sequence[Value]) -> None:
        self._text = text
        self._values = values
        self._at = 0
        self._depth = 0

    def read(self) -> Filter:
        found = self._either()
        if self._rest():
            raise self._fault("AND, OR or the end")
        return found

    def _either(self) -> Filter:
        parts = [self._all()]
        while self._word("OR"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self) -> Filter:
        parts = [self._one()]
        while self._word("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Filter:
        if self._word("NOT"):
            return Not(self._nested(self._one))
        if self._sign("("):
            found = self._nested(self._either)
            if not self._sign(")"):
                raise self._fault('")"')
            return found
        return self._comparison()

    def _nested(self, read: Callable[[], Filter]) -> Filter:
        if self._depth == _MOST_NESTING:
            raise ScriptError(f"a condition is nested at most {_MOST_NESTING} deep")
        self._depth += 1
        found = read()
        self._depth -= 1
        return found

    def _comparison(self) -> Filter:
        name = self._take(_FIELD)
        if name is None:
            raise self._fault("a field's name")
        field = name["name"].strip("[]")
        sign = self._take(_OPERATOR)
        if sign is None:
            raise self._fault(f"a comparison (= != <> > < >= <= like) after {quote(field)}")
        word = sign["sign"].upper()
        if word.startswith("IS"):
            empty = Comparison(field, "=", None)
            return Not(empty) if sign["not_null"] else empty
        if word.endswith("LIKE"):
            like = Comparison(field, "like", self._value())
            return Not(like) if sign["not_like"] else like
        return Comparison(field, {"==": "=", "<>": "!="}.get(word, word), self._value())

    def _value(self) -> Value:
        if match := self._take(_QUOTED):
            text = match["double"].replace('""', '"') if match["single"] is None else match["single"].replace("''", "'")
            return self._filled(text)
        text = self._bare()
        if _HOLE.fullmatch(text):
            return self._values[ord(text) - _HOLES]
        return self._filled(text) if _HOLE.search(text) else _typed(text)

    def _bare(self) -> str:
        """Take a value without quotes: up to what joins another comparison, to a closing bracket, or to the end."""
        joins = (
            match.start()
            for match in _JOINING.finditer(self._text, self._at)
            if _ANOTHER.match(self._text, match.end())
        )
        ends = [next(joins, len(self._text))]
        if self._depth and ")" in self._text[self._at : ends[0]]:
            ends.append(self._text.index(")", self._at))
        start, self._at = self._at, min(ends)
        text = self._text[start : self._at]
        if _ORDER.search(text):
            raise ScriptError(f"{NO_ORDER}; a value that says so stands in quotes")
        return text.strip()

    def _filled(self, text: str) -> str:
        return _HOLE.sub(lambda hole: to_text(self._values[ord(hole[0]) - _HOLES]), text)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._at)
        if match:
            self._at = match.end()
        return match

    def _word(self, word: str) -> bool:
        match = _WORD.match(self._text, self._at)
        if match is None or match["word"].upper() != word:
            return False
        self._at = match.end()
        return True

    def _sign(self, sign: str) -> bool:
        if not self._rest().startswith(sign):
            return False
        self._at = self._text.index(sign, self._at) + 1
        return True

    def _rest(self) -> str:
        return self._text[self._at :].lstrip()

    def _fault(self, expected: str) -> ScriptError:
        rest = self._filled(self._rest())
        where = f"at {quote(rest)}" if rest else "at its end"
        return ScriptError(f"the condition {quote(self._filled(self._text))} needs {expected} {where}")


def _typed(text: str) -> Value:
    words: Mapping[str, Value] = {"true": True, "false": False, "null": None, "nothing": None}
    if text.lower() in words:
        return words[text.lower()]
    number = parse_numeric(text)
    return text if number is None else number


def field_of(row: Value, field: str) -> Value:
    """Return a field of a row, whatever the case of its name; ``a.b`` also reaches into a map in a map.

    An item that is no row has no fields; ``item`` is the item itself.
    """
    if not isinstance(row, dict):
        return row if field.lower() == "item" else None
    key = find_key(row, field)
    if key is not None:
        return row[key]
    outer, dot, inner = field.partition(".")
    key = find_key(row, outer) if dot else None
    return None if key is None else field_of(row[key], inner)


def _in_order(decide: Callable[[float | str, float | str], bool]) -> Callable[[Value, Value], bool]:
    def compared(left: Value, right: Value) -> bool:
        pair = _comparable(left, right)
        return pair is not None and decide(*pair)

    return compared


def _comparable(left: Value, right: Value) -> tuple[float | str, float | str] | None:
    if isinstance(left, str) and isinstance(right, str):
        return left, right
    if left is None or right is None or isinstance(left, list | dict) or isinstance(right, list | dict):
        return None
    numbers = [parse_numeric(value) if isinstance(value, str) else to_number(value) for value in (left, right)]
    first, second = numbers
    return None if first is None or second is None else (first, second)


def like(value: Value, pattern: Value) -> bool:
    """Tell whether a text is like a pattern: ``%`` is any text, ``_`` any character; case does not count."""
    if value is None or isinstance(value, list | dict):
        return False
    text, wanted = to_text(value).casefold(), to_text(pattern).casefold()
    if "%" not in wanted and "_" not in wanted:
        return wanted in text
    first, *others = wanted.split("%")
    if not others:
        return _regex(first).fullmatch(text) is not None
    return _regex(first).match(text) is not None and _follow(text, len(first), others)


def _regex(piece: str) -> re.Pattern[str]:
    return re.compile("".join("." if character == "_" else re.escape(character) for character in piece), re.DOTALL)


def _follow(text: str, at: int, pieces: Sequence[str]) -> bool:
    """Find pieces one after another, each as early as it can be and the last at the end: no step is ever undone."""
    *middle, last = pieces
    for piece in middle:
        match = _regex(piece).search(text, at)
        if match is None:
            return False
        at = match.end()
    end = len(text) - len(last)
    return end >= at and _regex(last).match(text, end) is not None


_COMPARE: Mapping[str, Callable[[Value, Value], bool]] = {
    "=": is_equal,
    "!=": lambda left, right: not is_equal(left, right),
    "<": _in_order(operator.lt),
    "<=": _in_order(operator.le),
    ">": _in_order(operator.gt),
    ">=": _in_order(operator.ge),
    "like": like,
}
