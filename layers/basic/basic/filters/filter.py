"""A filter: a condition on a row, as a tree of comparisons."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from basic.filters.comparison import COMPARISONS, get_day
from basic.sizes import measure_size
from basic.values import Value, find_key

_PARSING = 4
"""Parsing a comparison takes about as long as this number of instructions."""

_ROWS_PER_INSTRUCTION = 8
_PATTERN_CHARACTERS_PER_INSTRUCTION = 16


class Filter(Protocol):
    """A condition on a row."""

    def matches(self, row: Value) -> bool:
        """Return whether a row, or an item that is not a row, meets the condition."""


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """Compares a field with a value.

    Attributes
    ----------
    field
        The field's name; ``item`` is the item itself where it is not a row.
    operator
        ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=`` or ``like``.
    value
        The value to compare with.
    by_day
        Whether the day of a date in the field is compared, not its time.
    """

    field: str
    operator: str
    value: Value
    by_day: bool = False

    def matches(self, row: Value) -> bool:
        """Compare the row's field with the value."""
        value = get_field(row, self.field)
        return COMPARISONS[self.operator](get_day(value) if self.by_day else value, self.value)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Matches if all parts match; without parts it matches every row."""

    parts: tuple[Filter, ...]

    def matches(self, row: Value) -> bool:
        """Return whether all parts match."""
        return all(part.matches(row) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Matches if at least one part matches."""

    parts: tuple[Filter, ...]

    def matches(self, row: Value) -> bool:
        """Return whether a part matches."""
        return any(part.matches(row) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """Matches if the part does not match."""

    part: Filter

    def matches(self, row: Value) -> bool:
        """Return whether the part does not match."""
        return not self.part.matches(row)


MATCH_ALL = AllOf(())
"""The filter that matches every row."""


def list_fields(condition: Filter) -> frozenset[str]:
    """Return the names of the fields that a filter reads."""
    return frozenset(comparison.field for comparison in _list_comparisons(condition))


def measure_filter(condition: Filter, items: Value) -> int:
    """Return how many instructions of a script it costs to match items with a filter.

    Raises
    ------
    BudgetError
        If the items or a value of the filter are larger than a value may be.
    """
    rows = len(items) if isinstance(items, list) else 0
    kilobytes = measure_size(items) >> 10
    return sum(_measure_comparison(comparison, rows, kilobytes) for comparison in _list_comparisons(condition))


def _measure_comparison(comparison: FieldComparison, rows: int, kilobytes: int) -> int:
    size = measure_size(comparison.value)
    cost = _PARSING + rows // _ROWS_PER_INSTRUCTION + 2 * kilobytes + rows * ((size + len(comparison.field)) >> 10)
    is_search = comparison.operator == "like" and isinstance(comparison.value, str) and "_" in comparison.value
    return cost + kilobytes * size // _PATTERN_CHARACTERS_PER_INSTRUCTION if is_search else cost


def _list_comparisons(condition: Filter) -> Iterator[FieldComparison]:
    match condition:
        case FieldComparison():
            yield condition
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _list_comparisons(part)
        case Not(part=part):
            yield from _list_comparisons(part)
        case _:
            raise TypeError(f"cannot list the comparisons of {condition!r}")


def get_field(row: Value, field: str) -> Value:
    """Return a field of a row, ignoring case; ``a.b`` is a field of a nested map.

    An item that is not a row has no fields; ``item`` is the item itself.
    """
    if not isinstance(row, dict):
        return row if field.lower() == "item" else None
    key = find_key(row, field)
    if key is not None:
        return row[key]
    outer, dot, inner = field.partition(".")
    key = find_key(row, outer) if dot else None
    return None if key is None else get_field(row[key], inner)
