"""Queries: a condition that may be followed by ORDER BY, LIMIT and OFFSET.

::

    status=open ORDER BY placed DESC, id LIMIT 5 OFFSET 10
    ORDER BY name
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from basic.errors import ScriptError
from basic.filters.filter import MATCH_ALL, Filter, get_field, list_fields
from basic.filters.parser import CLAUSES, FilterParser, build_filter
from basic.filters.reader import FIELD, PLACEHOLDERS, ConditionReader
from basic.host import Bound, Condition, Where
from basic.values import Value, parse_numeric, to_text

DEFAULT_LIMIT = 10
"""Rows that FIND returns without LIMIT, as documented."""

MAX_LIMIT = 1_000
"""Rows that FIND returns at most; a larger LIMIT stands for it. A value has 256 KB, so few tables have more."""

_ORDER = re.compile(r"\s*+ORDER\s++BY\b", re.IGNORECASE)
_DIRECTION = re.compile(r"\s++(?P<word>ASC|DESC)\b", re.IGNORECASE)
_COUNT = re.compile(rf"\s*+(?P<word>LIMIT|OFFSET)\s++(?P<number>\d++|{PLACEHOLDERS})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """What FIND looks for.

    Attributes
    ----------
    where
        The condition.
    order
        The fields to sort by, and whether each is descending.
    limit
        The number of rows to return, as the script gave it; None if it gave none.
    offset
        The number of rows to leave out before.
    """

    where: Filter
    order: tuple[tuple[str, bool], ...] = ()
    limit: Value = None
    offset: Value = None

    def list_fields(self) -> frozenset[str]:
        """Return the names of all fields that the query reads."""
        return list_fields(self.where).union(field for field, _ in self.order)

    def get_range(self, default: int | None = None) -> slice:
        """Return which of the sorted rows to return.

        Parameters
        ----------
        default
            How many if the query has no LIMIT; None for ``DEFAULT_LIMIT``.

        Raises
        ------
        ScriptError
            If the limit or the offset is not a whole number from 0.
        """
        start = _to_count(self.offset, "OFFSET", 0)
        return slice(start, start + min(_to_count(self.limit, "LIMIT", default or DEFAULT_LIMIT), MAX_LIMIT))

    def sort[T: Value](self, rows: list[T]) -> list[T]:
        """Return rows in the order of the query: NOTHING first, then numbers, then texts without regard to case."""
        for field, is_descending in reversed(self.order):
            rows = sorted(rows, key=partial(_get_row_key, field), reverse=is_descending)
        return rows


def build_query(where: Where) -> Query:
    """Return the query of a request's ``where``.

    Raises
    ------
    ScriptError
        If a text is not a valid query.
    """
    parts: Sequence[str | Bound | Condition] = [where] if isinstance(where, str) else where
    if any(isinstance(part, Condition) for part in parts):
        return Query(build_filter(where))
    return parse_query([part for part in parts if not isinstance(part, Condition)])


def parse_query(parts: Sequence[str | Bound]) -> Query:
    """Parse a query; an empty one is about all rows.

    Raises
    ------
    ScriptError
        If it is invalid.
    """
    reader = ConditionReader(parts)
    has_condition = reader.get_rest() and not _ORDER.match(reader.text) and not CLAUSES.match(f" {reader.get_rest()}")
    where = FilterParser(reader).parse() if has_condition else MATCH_ALL
    order = _parse_order(reader) if reader.accept(_ORDER) else ()
    counts: dict[str, Value] = {}
    while (count := reader.accept(_COUNT)) is not None:
        reader.position = count.start("number")
        counts[count["word"].upper()] = reader.read_to(count.end())
    if reader.get_rest():
        raise reader.build_error("AND, OR, ORDER BY, LIMIT or the end" if not counts else "the end")
    return Query(where, order, counts.get("LIMIT"), counts.get("OFFSET"))


def _parse_order(reader: ConditionReader) -> tuple[tuple[str, bool], ...]:
    fields: list[tuple[str, bool]] = []
    while True:
        field = reader.accept(FIELD)
        if field is None:
            raise reader.build_error("the name of a field after ORDER BY")
        direction = reader.accept(_DIRECTION)
        fields.append((field["name"].strip("[]"), bool(direction and direction["word"].upper() == "DESC")))
        if not reader.accept_sign(","):
            return tuple(fields)


def _to_count(value: Value, clause: str, default: int) -> int:
    if value is None:
        return default
    number = parse_numeric(value) if isinstance(value, str) else value
    if isinstance(number, int | float) and not isinstance(number, bool) and number >= 0 and number == int(number):
        return int(number)
    raise ScriptError(f"{clause} expects a whole number from 0, not {to_text(value)}")


def _get_row_key(field: str, row: Value) -> tuple[int, float, str, str]:
    match value := get_field(row, field):
        case None:
            return (0, 0, "", "")
        case bool() | int() | float():
            return (1, value, "", "")
        case str():
            return (2, 0, value.casefold(), value)
        case _:
            return (3, 0, to_text(value), "")
