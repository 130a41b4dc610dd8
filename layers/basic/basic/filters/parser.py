"""Parses filters.

::

    status=open                            a bare value ends at the end, or at AND or OR before another comparison
    name = 'Ana' AND age >= 18             quoted values are texts; '' inside them is one quote
    name LIKE 'An%' OR (vip = true)        % is any text, _ any character; without either, LIKE is "contains"
    email IS NOT NULL
    item.total > 100, item > 100           FILTER's name for the row, or for an item that is not a row

Values inside a filter cannot inject syntax: `parse_with_values` never reads a `Bound` as part of the language.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from basic.errors import ScriptError
from basic.filters.comparison import COMPARISONS
from basic.filters.filter import MATCH_ALL, AllOf, AnyOf, FieldComparison, Filter, Not
from basic.host import Bound, Condition, Where
from basic.sizes import check_size
from basic.values import Value, parse_numeric, quote, to_text

MAX_LENGTH = 4_000
"""Characters of a filter; no person writes more."""

ORDER_IS_UNSUPPORTED = (
    "ORDER BY and LIMIT are not supported: FIND returns at most 10 rows, in no order; use SORT to order them"
)
"""The error for filters that are written like SQL."""

_MAX_DEPTH = 20

_FIRST_PLACEHOLDER = 0xF0000
"""Private-use characters (Unicode, plane 15) replace bound values while a filter is parsed."""

_PLACEHOLDER = re.compile("[\U000f0000-\U000ffffd]")
# Possessive quantifiers do not backtrack over white space, which could take exponential time.
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
# In upper case only, as keywords are written: a value without quotes may contain "limit".
_ORDER = re.compile(r"\s(?:ORDER\s++BY\s|LIMIT\s++\d++\s*+$)")
_WORD = re.compile(r"\s*+(?P<word>AND|OR|NOT)\b", re.IGNORECASE)


def build_filter(where: Where) -> Filter:
    """Return the filter of a request's ``where``.

    Raises
    ------
    ScriptError
        If a text is not a valid filter.
    """
    if isinstance(where, str):
        return parse_filter(where) if where.strip() else MATCH_ALL
    conditions = [part for part in where if isinstance(part, Condition)]
    if len(conditions) == len(where):
        return AllOf(tuple(map(_build_comparison, conditions)))
    return parse_with_values([part for part in where if not isinstance(part, Condition)])


def _build_comparison(condition: Condition) -> FieldComparison:
    sign = {"==": "=", "<>": "!="}.get(condition.operator, condition.operator.lower())
    if sign not in COMPARISONS:
        raise ScriptError(f"{quote(condition.operator)} is not a comparison; use = != <> > < >= <= or like")
    return FieldComparison(condition.field, sign, condition.value)


def parse_filter(text: str) -> Filter:
    """Parse a filter.

    Raises
    ------
    ScriptError
        If it is invalid; the message names what is missing and where.
    """
    return parse_with_values([text])


def parse_with_values(parts: Sequence[str | Bound]) -> Filter:
    """Parse a filter in which some parts are values.

    Parameters
    ----------
    parts
        The script's own text and the values in it, in order: for ``"name='" + who + "'"`` they are ``"name='"``,
        ``Bound(who)`` and ``"'"``.

    Raises
    ------
    ScriptError
        If the filter is invalid.
    """
    values = [part.value for part in parts if isinstance(part, Bound)]
    text = _insert_placeholders(parts)
    if len(text) > MAX_LENGTH:
        raise ScriptError(f"a condition has at most {MAX_LENGTH} characters")
    return _Parser(text, values).parse()


def _insert_placeholders(parts: Sequence[str | Bound]) -> str:
    text, position = "", 0
    for part in parts:
        if isinstance(part, str):
            if _PLACEHOLDER.search(part):
                raise ScriptError("a condition contains a private-use character (Unicode, plane 15)")
            text += part
        else:
            text += chr(_FIRST_PLACEHOLDER + position)
            position += 1
    return text


class _Parser:
    """A recursive-descent parser for one filter."""

    def __init__(self, text: str, values: Sequence[Value]) -> None:
        self._text = text
        self._values = values
        self._position = 0
        self._depth = 0

    def parse(self) -> Filter:
        parsed = self._parse_or()
        if self._rest():
            raise self._error("AND, OR or the end")
        return parsed

    def _parse_or(self) -> Filter:
        parts = [self._parse_and()]
        while self._accept_word("OR"):
            parts.append(self._parse_and())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _parse_and(self) -> Filter:
        parts = [self._parse_term()]
        while self._accept_word("AND"):
            parts.append(self._parse_term())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _parse_term(self) -> Filter:
        if self._accept_word("NOT"):
            return Not(self._parse_nested(self._parse_term))
        if self._accept_sign("("):
            parsed = self._parse_nested(self._parse_or)
            if not self._accept_sign(")"):
                raise self._error('")"')
            return parsed
        return self._parse_comparison()

    def _parse_nested(self, parse: Callable[[], Filter]) -> Filter:
        if self._depth == _MAX_DEPTH:
            raise ScriptError(f"a condition is nested at most {_MAX_DEPTH} deep")
        self._depth += 1
        parsed = parse()
        self._depth -= 1
        return parsed

    def _parse_comparison(self) -> Filter:
        name = self._accept(_FIELD)
        if name is None:
            raise self._error("a field name")
        field = name["name"].strip("[]")
        sign = self._accept(_OPERATOR)
        if sign is None:
            raise self._error(f"a comparison (= != <> > < >= <= like) after {quote(field)}")
        word = sign["sign"].upper()
        if word.startswith("IS"):
            empty = FieldComparison(field, "=", None)
            return Not(empty) if sign["not_null"] else empty
        if word.endswith("LIKE"):
            like = FieldComparison(field, "like", self._parse_value())
            return Not(like) if sign["not_like"] else like
        return FieldComparison(field, {"==": "=", "<>": "!="}.get(word, word), self._parse_value())

    def _parse_value(self) -> Value:
        if match := self._accept(_QUOTED):
            text = match["double"].replace('""', '"') if match["single"] is None else match["single"].replace("''", "'")
            return self._insert_values(text)
        text = self._parse_bare_value()
        if _PLACEHOLDER.fullmatch(text):
            return self._values[ord(text) - _FIRST_PLACEHOLDER]
        return self._insert_values(text) if _PLACEHOLDER.search(text) else _parse_literal(text)

    def _parse_bare_value(self) -> str:
        """Read a value without quotes: up to AND or OR before another comparison, a closing bracket, or the end."""
        joins = (
            match.start()
            for match in _JOINING.finditer(self._text, self._position)
            if _ANOTHER.match(self._text, match.end())
        )
        ends = [next(joins, len(self._text))]
        if self._depth and ")" in self._text[self._position : ends[0]]:
            ends.append(self._text.index(")", self._position))
        start, self._position = self._position, min(ends)
        text = self._text[start : self._position]
        if _ORDER.search(text):
            raise ScriptError(f"{ORDER_IS_UNSUPPORTED}; put a value that contains them in quotes")
        return text.strip()

    def _insert_values(self, text: str) -> str:
        values = {mark: to_text(self._values[ord(mark) - _FIRST_PLACEHOLDER]) for mark in _PLACEHOLDER.findall(text)}
        check_size(sum(len(values[mark]) for mark in _PLACEHOLDER.findall(text)))
        return _PLACEHOLDER.sub(lambda match: values[match[0]], text)

    def _accept(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._position)
        if match:
            self._position = match.end()
        return match

    def _accept_word(self, word: str) -> bool:
        match = _WORD.match(self._text, self._position)
        if match is None or match["word"].upper() != word:
            return False
        self._position = match.end()
        return True

    def _accept_sign(self, sign: str) -> bool:
        if not self._rest().startswith(sign):
            return False
        self._position = self._text.index(sign, self._position) + 1
        return True

    def _rest(self) -> str:
        return self._text[self._position :].lstrip()

    def _error(self, expected: str) -> ScriptError:
        rest = self._insert_values(self._rest())
        where = f"at {quote(rest)}" if rest else "at its end"
        return ScriptError(f"the condition {quote(self._insert_values(self._text))} needs {expected} {where}")


def _parse_literal(text: str) -> Value:
    words: Mapping[str, Value] = {"true": True, "false": False, "null": None, "nothing": None}
    if text.lower() in words:
        return words[text.lower()]
    number = parse_numeric(text)
    return text if number is None else number
