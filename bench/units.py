"""The units that DynamoDB bills, by its documented rules.

Emulators do not report them. A write is billed by the larger of the items before and after it, per KB, and twice in a
transaction; an index by what changes in it; a read per 4 KB, and half if it is eventually consistent.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

type Item = Mapping[str, Any]
"""An item with typed attributes, as in requests."""

_WRITE_BYTES = 1_024
_READ_BYTES = 4_096


def compute_item_size(item: Item) -> int:
    """Return the size of an item in bytes."""
    return sum(_compute_size(name) + _compute_size(value) for name, value in item.items())


def _compute_size(value: Any) -> int:  # noqa: ANN401 - an attribute's name or typed value
    """Return the size of an attribute by the rules of DynamoDB ("item sizes and formats"), numbers rounded up."""
    match value:
        case str():
            return len(value.encode())
        case {"M": members}:
            return 3 + sum(_compute_size(name) + _compute_size(member) + 1 for name, member in members.items())
        case {"L": members}:
            return 3 + sum(_compute_size(member) + 1 for member in members)
        case dict():
            (content,) = value.values()
            return len(str(content).encode())
        case _:
            return 1


def count_read_units(size: int, *, consistent: bool) -> float:
    """Return the units of reading items of ``size`` bytes together; nothing is billed like a small item."""
    return max(math.ceil(size / _READ_BYTES), 1) * (1 if consistent else 0.5)


def _count_kilobytes(*items: Item | None) -> int:
    return max(math.ceil(compute_item_size(item or {}) / _WRITE_BYTES) or 1 for item in items)


@dataclass(frozen=True, slots=True)
class Index:
    """An index of a table.

    Attributes
    ----------
    keys
        Its key attributes; an item without one of them is not in the index.
    projected
        The other attributes that it has; None if it has all.
    """

    keys: frozenset[str]
    projected: frozenset[str] | None

    @classmethod
    def from_template(cls, table: Mapping[str, Any], index: Mapping[str, Any]) -> "Index":
        """Return an index as the template declares it."""
        keys = frozenset(key["AttributeName"] for key in index["KeySchema"])
        table_keys = frozenset(key["AttributeName"] for key in table["KeySchema"])
        projection = index["Projection"]
        if projection["ProjectionType"] == "ALL":
            return cls(keys, None)
        return cls(keys, keys | table_keys | frozenset(projection.get("NonKeyAttributes", ())))

    def project(self, item: Item | None) -> Item | None:
        """Return the entry of an item."""
        if item is None or not self.keys <= item.keys():
            return None
        return {name: value for name, value in item.items() if self.projected is None or name in self.projected}

    def count_write_units(self, before: Item | None, after: Item | None) -> int:
        """Return the units of a change: a new key is a deletion and an insertion."""
        old, new = self.project(before), self.project(after)
        if old == new:
            return 0
        if old is None or new is None:
            return _count_kilobytes(old or new)
        if all(old[key] == new[key] for key in self.keys):
            return _count_kilobytes(old, new)
        return _count_kilobytes(old) + _count_kilobytes(new)


def count_write_units(before: Item | None, after: Item | None, indexes: Sequence[Index], *, transactional: bool) -> int:
    """Return the units of writing an item, or of a condition that fails; a transaction doubles those of the table."""
    table = _count_kilobytes(before, after) * (2 if transactional else 1)
    return table + sum(index.count_write_units(before, after) for index in indexes)
