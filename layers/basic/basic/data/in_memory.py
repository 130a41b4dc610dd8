"""A table store in memory, for the terminal and for tests."""

import copy
from collections.abc import Callable, Sequence

from basic.data.merge import apply_changes, plan_merge
from basic.data.store import MergeCandidate, MergeResult, Row
from basic.filters.filter import Filter
from basic.filters.queries import DEFAULT_LIMIT


class InMemoryTableStore:
    """A `basic.data.store.TableStore` that lives as long as the process. It copies rows on the way in and out."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, Row]] = {}
        self._updated: dict[str, set[str]] = {}

    def record_changes(self, step: str, triggers: frozenset[tuple[str, str]], depth: int) -> "InMemoryTableStore":
        """Return the store: scripts for changes of rows run on a stack only."""
        del step, triggers, depth
        return self

    def find(self, table: str, where: Filter, *, limit: int | None = DEFAULT_LIMIT) -> list[Row]:
        """See `TableStore.find`."""
        rows = [row for row in self._rows(table).values() if where.matches(row)]
        return copy.deepcopy(rows[:limit])

    def insert(self, table: str, row_id: str, row: Row) -> bool:
        """See `TableStore.insert`."""
        return self._rows(table).setdefault(row_id, copy.deepcopy(row)) == row

    def save(self, table: str, row_id: str, changes: Row) -> Row:
        """See `TableStore.save`."""
        rows = self._rows(table)
        rows[row_id] = apply_changes(rows.get(row_id, {}), copy.deepcopy(changes))
        return copy.deepcopy(rows[row_id])

    def update(self, table: str, where: Filter, changes: Row) -> int:
        """See `TableStore.update`."""
        matching_ids = self._list_ids(table, where)
        for row_id in matching_ids:
            self.save(table, row_id, changes)
        return len(matching_ids)

    def update_computed(self, table: str, where: Filter, compute: Callable[[Row], Row], step: str) -> int:
        """See `TableStore.update_computed`."""
        updated = self._updated.setdefault(step, set())
        rows = self._rows(table)
        row_ids = [row_id for row_id in self._list_ids(table, where) if row_id not in updated]
        changes = {row_id: compute(copy.deepcopy(rows[row_id])) for row_id in row_ids}
        for row_id in row_ids:
            self.save(table, row_id, changes[row_id])
        updated.update(row_ids)
        return len(updated)

    def delete(self, table: str, where: Filter) -> int:
        """See `TableStore.delete`."""
        matching_ids = self._list_ids(table, where)
        for row_id in matching_ids:
            del self._rows(table)[row_id]
        return len(matching_ids)

    def merge(self, table: str, candidates: Sequence[MergeCandidate], field: str) -> MergeResult:
        """See `TableStore.merge`."""
        plan = plan_merge(self._rows(table), candidates, field)
        self._rows(table).update(copy.deepcopy({**plan.rows}))
        return MergeResult(plan.inserted, plan.updated)

    def _rows(self, table: str) -> dict[str, Row]:
        return self._tables.setdefault(table, {})

    def _list_ids(self, table: str, where: Filter) -> list[str]:
        return [row_id for row_id, row in self._rows(table).items() if where.matches(row)]
