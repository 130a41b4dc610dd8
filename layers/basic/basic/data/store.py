"""The port to the store of a bot's rows. A store belongs to one bot; it does not know the fields of a table.

A table exists as soon as it has a row. A row is a map; its id is a text, which the row also contains in the id field of
its table. The order of found rows is up to the store.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from basic.filters.filter import Filter
from basic.filters.queries import DEFAULT_LIMIT
from basic.values import Value

type Row = dict[str, Value]


@dataclass(frozen=True, slots=True)
class MergeResult:
    """How many rows a merge inserted, and how many existing rows it updated."""

    inserted: int
    updated: int


@dataclass(frozen=True, slots=True)
class MergeCandidate:
    """A row of a merge.

    Attributes
    ----------
    row_id
        The id of the row if it is new.
    row
        The row to insert, with its id.
    changes
        The changes of existing rows: the row without an id.
    """

    row_id: str
    row: Row
    changes: Row


class TableStore(Protocol):
    """Stores rows. Every method is atomic for a row and idempotent."""

    def record_changes(self, step: str, triggers: frozenset[tuple[str, str]], depth: int) -> "TableStore":
        """Return the same store, which records each change that a script runs for, in the transaction of the row.

        Parameters
        ----------
        step
            Identifies the step that changes rows. A repetition records no change of a row again.
        triggers
            The kinds of changes, ``insert``, ``update`` and ``delete``, each with its table.
        depth
            How many runs for changes led to these.
        """

    def find(self, table: str, where: Filter, *, limit: int | None = DEFAULT_LIMIT) -> list[Row]:
        """Return rows that match a filter, up to a limit; None is all of them."""

    def insert(self, table: str, row_id: str, row: Row) -> bool:
        """Insert a row.

        Returns
        -------
        bool
            False if a different row has the id, which is unchanged. An equal row counts as inserted by this call.
        """

    def save(self, table: str, row_id: str, changes: Row) -> Row:
        """Update or insert the row with an id and return the complete row."""

    def update(self, table: str, where: Filter, changes: Row) -> int:
        """Update all rows that match a filter and return how many there are."""

    def update_computed(self, table: str, where: Filter, compute: Callable[[Row], Row], step: str) -> int:
        """Update all rows that match a filter by what is computed from each, and return how many there are.

        Parameters
        ----------
        table
            The table.
        where
            The filter.
        compute
            Returns the changes of a row. A `ScriptError` for one of the rows leaves all unchanged, unless another
            writer changes that row meanwhile.
        step
            Identifies the update. A repetition changes no row again, and counts those that were changed before, also
            if they do not match any more.
        """

    def delete(self, table: str, where: Filter) -> int:
        """Delete all rows that match a filter and return how many there were."""

    def merge(self, table: str, candidates: Sequence[MergeCandidate], field: str) -> MergeResult:
        """Update the rows that have a candidate's value in a field, or else insert the candidate, one after another.

        `basic.data.merge` plans the writes. Every candidate has the field.
        """
