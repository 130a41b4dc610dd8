"""What changes make of rows, and MERGE: which rows are new, and which change rows that are there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from basic.data.filters import field_of
from basic.data.store import Candidate, Row
from basic.values import to_text


def changed(row: Row, changes: Row) -> Row:
    """Return a row with some of its fields changed; a field is the same whatever the case of its name."""
    spelled = {name.casefold(): name for name in row} | {name: name for name in row}
    return row | {spelled.get(name, spelled.get(name.casefold(), name)): value for name, value in changes.items()}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a merge comes to.

    Attributes
    ----------
    rows
        Every row that is to be written, whole, by its id.
    inserted, updated
        How many of the merged rows are new, and how many changed rows that were there.
    """

    rows: Mapping[str, Row]
    inserted: int
    updated: int


def plan(there: Mapping[str, Row], candidates: Sequence[Candidate], field: str) -> Plan:
    """Work out a merge.

    Parameters
    ----------
    there
        The rows that have one of the candidates' values, by their ids; more do no harm.
    candidates
        The rows to merge, in order; a later one meets what an earlier one left.
    field
        The field whose value tells rows apart, as text: 7 and ``"7"`` are the same, ``"7"`` and ``"007"`` are not.
    """
    ids: dict[str, list[str]] = {}
    for row_id, row in there.items():
        ids.setdefault(to_text(field_of(row, field)), []).append(row_id)
    written: dict[str, Row] = {}
    inserted = 0
    for candidate in candidates:
        found = ids.setdefault(to_text(field_of(candidate.row, field)), [])
        if not found:
            found.append(candidate.row_id)
            written[candidate.row_id] = candidate.row
            inserted += 1
        else:
            written |= {row_id: changed(written.get(row_id) or there[row_id], candidate.changes) for row_id in found}
    return Plan(written, inserted, len(candidates) - inserted)
