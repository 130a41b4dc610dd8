"""Parses filters.

::

    status=open                            a bare value ends at the end, or at AND or OR before another comparison
    name = 'Ana' AND age >= 18             quoted values are texts; '' inside them is one quote
    name LIKE 'An%' OR (vip = true)        % is any text, _ any character; without either, LIKE is "contains"
    email IS NOT NULL
    status IN ('open', 'new')              one of some values, or of a bound array
    age BETWEEN 18 AND 65
    DATE(created) = DATE('2026-12-31 10:00:00')    the days of two dates
    item.total > 100, item > 100           FILTER's name for the row, or for an item that is not a row

Values inside a filter cannot inject syntax: `parse_with_values` never reads a `Bound` as part of the language.
"""

import re
from collections.abc import Callable, Sequence

from basic.errors import ScriptError
from basic.filters.comparison import COMPARISONS, get_day
from basic.filters.filter import MATCH_ALL, AllOf, AnyOf, FieldComparison, Filter, Not
from basic.filters.reader import FIELD, PLACEHOLDERS, ConditionReader, build_function_error
from basic.host import Bound, Condition, Where
from basic.values import Value, quote

MATCH_NONE = AnyOf(())
"""The filter that matches no row."""

_MAX_DEPTH = 20

_MAX_LIST = 200
"""Values of IN: each is compared with each row of a table."""

_OPERATOR = re.compile(
    r"\s*+(?P<sign>==|=|!=|<>|>=|<=|>|<|(?P<not_like>NOT\s++)?LIKE\b|IS\s++(?P<not_null>NOT\s++)?(?:NULL|NOTHING)\b"
    rf"|(?P<not_in>NOT\s++)?IN(?=\s*+(?:\(|{PLACEHOLDERS}))|(?P<not_between>NOT\s++)?BETWEEN\b)",
    re.IGNORECASE,
)
_CONSTANT = re.compile(r"\s*+(?P<left>\d++)\s*+==?\s*+(?P<right>\d++)\b")
_CALL = re.compile(r"\s*+(?P<name>[^\W\d]\w*+)\s*+\(")
_DAY_BEGIN = re.compile(r"\s*+DATE\s*+\(", re.IGNORECASE)
_DAY_SIGNS = ("=", "==", "!=", "<>", "<", "<=", ">", ">=")
_JOINING = re.compile(r"(?<=\s)(?:AND|OR)(?=\s)", re.IGNORECASE)
_AND = re.compile(r"\sAND(?=\s)", re.IGNORECASE)
_ANOTHER = re.compile(
    re.sub(r"\?P<\w+>", "?:", rf"\s++(?:\(\s*+|NOT\b\s*+)*+{FIELD.pattern}{_OPERATOR.pattern}"), re.IGNORECASE
)
_COUNT = rf"(?:LIMIT|OFFSET)\s++(?:\d++|{PLACEHOLDERS})"
CLAUSES = re.compile(rf"\s(?:ORDER\s++BY\s|{_COUNT}(?:\s++{_COUNT})?\s*+$)")
"""The start of what may follow a condition. In upper case only: a value without quotes may contain "limit"."""

_WORD = re.compile(r"\s*+(?P<word>AND|OR|NOT)\b", re.IGNORECASE)
_SUBQUERY = re.compile(r"\s*+\(?\s*+SELECT\s", re.IGNORECASE)
_LIST_END = re.compile(r"[,)]")


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
    reader = ConditionReader(parts)
    parsed = FilterParser(reader).parse()
    if CLAUSES.match(reader.text, reader.position):
        raise ScriptError("only the condition of a FIND may be followed by ORDER BY, LIMIT or OFFSET")
    if reader.get_rest():
        raise reader.build_error("AND, OR or the end")
    return parsed


class FilterParser:
    """A recursive-descent parser for one filter, which ends at its end, or before ORDER BY, LIMIT or OFFSET."""

    def __init__(self, reader: ConditionReader) -> None:
        self._reader = reader
        self._depth = 0

    def parse(self) -> Filter:
        """Parse alternatives.

        Raises
        ------
        ScriptError
            If the filter is invalid.
        """
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
        if self._reader.accept_sign("("):
            parsed = self._parse_nested(self.parse)
            if not self._reader.accept_sign(")"):
                raise self._reader.build_error('")"')
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
        reader = self._reader
        if (constant := reader.accept(_CONSTANT)) is not None:
            return MATCH_ALL if int(constant["left"]) == int(constant["right"]) else MATCH_NONE
        if reader.accept(_DAY_BEGIN) is not None:
            return self._parse_day_comparison()
        if (call := _CALL.match(reader.text, reader.position)) is not None:
            raise build_function_error(call["name"])
        name = reader.accept(FIELD)
        if name is None:
            raise reader.build_error("a field name")
        field = name["name"].strip("[]")
        sign = reader.accept(_OPERATOR)
        if sign is None:
            raise reader.build_error(f"a comparison (= != <> > < >= <= like) after {quote(field)}")
        return self._parse_operand(field, sign)

    def _parse_day_comparison(self) -> Filter:
        """Parse what follows the bracket of ``DATE(field) = value``, whose value may be ``DATE(value)``, too."""
        reader = self._reader
        name = reader.accept(FIELD)
        if name is None or not reader.accept_sign(")"):
            raise build_function_error("DATE")
        sign = reader.accept(_OPERATOR)
        if sign is None or sign["sign"] not in _DAY_SIGNS:
            raise reader.build_error("a comparison (= != <> > < >= <=) after DATE()")
        operator = {"==": "=", "<>": "!="}.get(sign["sign"], sign["sign"])
        value = self._parse_day() if reader.accept(_DAY_BEGIN) is not None else self._parse_value()
        day = get_day(value)
        return MATCH_NONE if day is None else FieldComparison(name["name"].strip("[]"), operator, day, by_day=True)

    def _parse_day(self) -> Value:
        """Parse the value of a DATE() and its bracket."""
        value = self._parse_list_value(_LIST_END)
        if not self._reader.accept_sign(")"):
            raise self._reader.build_error('")"')
        return value

    def _parse_operand(self, field: str, sign: re.Match[str]) -> Filter:
        """Parse what follows the operator of a comparison."""
        word = sign["sign"].upper()
        if word.startswith("IS"):
            empty = FieldComparison(field, "=", None)
            return Not(empty) if sign["not_null"] else empty
        if word.endswith("LIKE"):
            like = FieldComparison(field, "like", self._parse_value())
            return Not(like) if sign["not_like"] else like
        if word.endswith("IN"):
            among = AnyOf(tuple(FieldComparison(field, "=", value) for value in self._parse_list()))
            return Not(among) if sign["not_in"] else among
        if word.endswith("BETWEEN"):
            between = self._parse_between(field)
            return Not(between) if sign["not_between"] else between
        return FieldComparison(field, {"==": "=", "<>": "!="}.get(word, word), self._parse_value())

    def _parse_list(self) -> list[Value]:
        """Parse the values of IN; arrays among them are their items."""
        if _SUBQUERY.match(self._reader.text, self._reader.position):
            raise build_function_error("SELECT")
        if not self._reader.accept_sign("("):
            return _expand([self._reader.read_to(self._reader.position + 1 + self._count_blanks())])
        values = []
        while not self._reader.accept_sign(")"):
            values.append(self._parse_list_value(_LIST_END))
            if not self._reader.accept_sign(",") and not self._reader.get_rest().startswith(")"):
                raise self._reader.build_error('")"')
        return _expand(values)

    def _count_blanks(self) -> int:
        text = self._reader.text[self._reader.position :]
        return len(text) - len(text.lstrip())

    def _parse_between(self, field: str) -> Filter:
        low = self._parse_list_value(_AND)
        if not self._accept_word("AND"):
            raise self._reader.build_error("AND after the first value of BETWEEN")
        return AllOf((FieldComparison(field, ">=", low), FieldComparison(field, "<=", self._parse_value())))

    def _parse_list_value(self, end: re.Pattern[str]) -> Value:
        """Parse a value up to what ends it."""
        quoted = self._reader.accept_quoted()
        if quoted is not None:
            return quoted
        match = end.search(self._reader.text, self._reader.position)
        return self._reader.read_to(match.start() if match else len(self._reader.text))

    def _parse_value(self) -> Value:
        """Parse a value; without quotes it ends at AND or OR before another comparison, a bracket, or a clause."""
        quoted = self._reader.accept_quoted()
        if quoted is not None:
            return quoted
        text, start = self._reader.text, self._reader.position
        joins = (match.start() for match in _JOINING.finditer(text, start) if _ANOTHER.match(text, match.end()))
        end = next(joins, len(text))
        if self._depth and ")" in text[start:end]:
            end = text.index(")", start)
        clauses = CLAUSES.search(text, start, end)
        # At the start it is the value itself: `note=LIMIT 5`.
        return self._reader.read_to(clauses.start() if clauses and text[start : clauses.start()].strip() else end)

    def _accept_word(self, word: str) -> bool:
        match = _WORD.match(self._reader.text, self._reader.position)
        if match is None or match["word"].upper() != word:
            return False
        self._reader.position = match.end()
        return True


def _expand(values: list[Value]) -> list[Value]:
    expanded = [item for value in values for item in (value if isinstance(value, list) else [value])]
    if len(expanded) > _MAX_LIST:
        raise ScriptError(f"IN compares with at most {_MAX_LIST} values, not {len(expanded)}")
    return expanded
