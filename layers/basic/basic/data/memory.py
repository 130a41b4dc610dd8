"""Tables in memory: for the terminal, and for tests."""

import copy
from collections.abc import Sequence

from basic.data import merging
from basic.data.filters import Filter
from basic.data.store import MOST_FOUND, Candidate, Merged, Row


class MemoryTables:
    """A `basic.data.store.TableStore` that forgets when the process ends. What goes in and comes out is a copy."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, Row]] = {}

    def find(self, table: str, where: Filter, *, limit: int | None = MOST_FOUND) -> list[Row]:
        """See `TableStore.find`."""
        found = [row for row in self._rows(table).values() if where.matches(row)]
        return copy.deepcopy(found[:limit])

    def insert(self, table: str, row_id: str, row: Row) -> bool:
        """See `TableStore.insert`."""
        return self._rows(table).setdefault(row_id, copy.deepcopy(row)) == row

    def save(self, table: str, row_id: str, changes: Row) -> Row:
        """See `TableStore.save`."""
        rows = self._rows(table)
        rows[row_id] = merging.changed(rows.get(row_id, {}), copy.deepcopy(changes))
        return copy.deepcopy(rows[row_id])

    def update(self, table: str, where: Filter, changes: Row) -> int:
        """See `TableStore.update`."""
        found = self._ids(table, where)
        for row_id in found:
            self.save(table, row_id, changes)
        return len(found)

    def delete(self, table: str, where: Filter) -> int:
        """See `TableStore.delete`."""
        found = self._ids(table, where)
        for row_id in found:
            del self._rows(table)[row_id]
        return len(found)

    def merge(self, table: str, candidates: Sequence[Candidate], field: str) -> Merged:
        """See `TableStore.merge`."""
        plan = merging.plan(self._rows(table), candidates, field)
        self._rows(table).update(copy.deepcopy({**plan.rows}))
        return Merged(plan.inserted, plan.updated)

    def _rows(self, table: str) -> dict[str, Row]:
        return self._tables.setdefault(table, {})

    def _ids(self, table: str, where: Filter) -> list[str]:
        return [row_id for row_id, row in self._rows(table).items() if where.matches(row)]
