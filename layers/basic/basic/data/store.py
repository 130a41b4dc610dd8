"""The port to where a bot's rows are kept. A store belongs to one bot; it knows nothing of fields and their types.

A table is there as soon as it has a row. A row is a map; its id, a text, is its place in the table and stands in the
row as well, under the name that the table gives it. The order in which rows are found is the store's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from basic.data.filters import Filter
from basic.values import Value

MOST_FOUND = 10
"""Rows that FIND gives."""

type Row = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did: how many rows are new, and how many rows that were there it found again."""

    inserted: int
    updated: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of a merge.

    Attributes
    ----------
    row_id
        Its id if it turns out to be new.
    row
        The row then, with its id.
    changes
        What changes rows that are there: the row without any id.
    """

    row_id: str
    row: Row
    changes: Row


class TableStore(Protocol):
    """Where rows are kept. Every method is all or nothing for a row; doing the same again changes nothing."""

    def find(self, table: str, where: Filter, *, limit: int | None = MOST_FOUND) -> list[Row]:
        """Return rows that fulfil a condition, at most so many; None is all of them."""

    def insert(self, table: str, row_id: str, row: Row) -> bool:
        """Put a new row.

        Returns
        -------
        bool
            False if another row has the id; it stays. The very same row counts as this one.
        """

    def save(self, table: str, row_id: str, changes: Row) -> Row:
        """Change the fields of the row with an id, or make it of them, and return the whole row."""

    def update(self, table: str, where: Filter, changes: Row) -> int:
        """Change the fields of all rows that fulfil a condition, and count them."""

    def delete(self, table: str, where: Filter) -> int:
        """Take all rows away that fulfil a condition, and count them."""

    def merge(self, table: str, candidates: Sequence[Candidate], field: str) -> Merged:
        """Change the rows that have a candidate's value in a field, or else put it; one candidate after another.

        ``basic.data.merging`` works out what that comes to. Every candidate has the field.
        """
