"""A filter: a condition on a row, as a tree of comparisons."""

from dataclasses import dataclass
from typing import Protocol

from basic.filters.comparison import COMPARISONS
from basic.values import Value, find_key


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
    """

    field: str
    operator: str
    value: Value

    def matches(self, row: Value) -> bool:
        """Compare the row's field with the value."""
        return COMPARISONS[self.operator](get_field(row, self.field), self.value)


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
    match condition:
        case FieldComparison(field=field):
            return frozenset((field,))
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return frozenset(field for part in parts for field in list_fields(part))
        case Not(part=part):
            return list_fields(part)
    raise TypeError(f"cannot list the fields of {condition!r}")


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
