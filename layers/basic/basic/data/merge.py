"""Changes of rows, and MERGE: which rows are inserted and which are updated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from basic.data.store import MergeCandidate, Row
from basic.filters.filter import get_field
from basic.values import to_text


def apply_changes(row: Row, changes: Row) -> Row:
    """Return a row with some of its fields changed; field names ignore case."""
    spellings = {name.casefold(): name for name in row} | {name: name for name in row}
    return row | {spellings.get(name, spellings.get(name.casefold(), name)): value for name, value in changes.items()}


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge has to write.

    Attributes
    ----------
    rows
        Every complete row to write, by its id.
    inserted, updated
        How many candidates are new rows, and how many update existing rows.
    """

    rows: Mapping[str, Row]
    inserted: int
    updated: int


def plan_merge(existing: Mapping[str, Row], candidates: Sequence[MergeCandidate], field: str) -> MergePlan:
    """Plan a merge.

    Parameters
    ----------
    existing
        The rows that have a value of a candidate in the field, by their ids; it may have other rows too.
    candidates
        The rows to merge, in order; each one sees the result of the ones before.
    field
        The key of the merge, compared as text: 7 and ``"7"`` are equal, ``"7"`` and ``"007"`` are not.
    """
    ids: dict[str, list[str]] = {}
    for row_id, row in existing.items():
        ids.setdefault(to_text(get_field(row, field)), []).append(row_id)
    rows: dict[str, Row] = {}
    inserted = 0
    for candidate in candidates:
        matching_ids = ids.setdefault(to_text(get_field(candidate.row, field)), [])
        if not matching_ids:
            matching_ids.append(candidate.row_id)
            rows[candidate.row_id] = candidate.row
            inserted += 1
        else:
            for row_id in matching_ids:
                rows[row_id] = apply_changes(rows.get(row_id) or existing[row_id], candidate.changes)
    return MergePlan(rows, inserted, len(candidates) - inserted)
