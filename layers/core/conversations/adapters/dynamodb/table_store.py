"""The bots' tables (``schema.table_rows``).

A row is written on the condition that it is unchanged since it was read, and otherwise read and computed again, so
concurrent functions lose none of each other's changes. A MERGE inserts rows on the condition that no other MERGE has
inserted any meanwhile, so two that bring the same thing insert one row.

An UPDATE that computes with a field is not idempotent. A transaction changes each row and marks it as changed by this
step of this turn, so a turn that runs again changes it no second time (ADR 48).

A search reads the table page by page of 1 MB, until it has enough rows: 256 read units and about $0.00003 per megabyte.
A table of more than ``MAX_PAGES`` megabytes cannot be searched to its end, and the bot's author gets an error. Larger
data needs several tables.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from basic.data import merge
from basic.data.store import MergeCandidate, MergeResult, Row, TableStore
from basic.errors import ScriptError
from basic.filters.filter import MATCH_ALL, Filter, get_field
from basic.filters.queries import DEFAULT_LIMIT
from basic.values import to_text
from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.journal_storage import USER_SECONDS
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write, retry_on_conflict
from conversations.adapters.dynamodb.schema import table_rows
from conversations.adapters.dynamodb.schema.automations import ChangeRecorder
from conversations.adapters.dynamodb.schema.table_rows import StoredRow
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.ports.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_PAGES = 16
"""Pages of 1 MB (DynamoDB's page size) that one search reads: a tenth of a second each, and memory."""

MAX_CHANGED_ROWS = 1_000
"""Rows that one UPDATE, DELETE or MERGE changes: a few milliseconds each, within a turn of 20 seconds."""

_ROWS_PER_TRANSACTION = 9
"""Rows of 400 KB that fit into a transaction of 4 MB (DynamoDB's quota)."""

_UPDATED_SECONDS = USER_SECONDS
"""How long a step's mark of a row is stored: as long as the turn can be run again, as its journal."""

_MARK = 1
"""The index of the mark in the transaction that changes a row."""

_MAX_ATTEMPTS = 20
_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class DynamoDBTableStore(TableStore):
    """``basic.data.store.TableStore`` of one bot.

    An invalid name, a table that is too large to search and a row that is too large raise ``ScriptError``. A table that
    does not answer raises ``UnavailableError``, which no script can handle.

    Attributes
    ----------
    client
        The low-level client.
    table
        The name of the table ``bot-data``.
    bot_id
        The bot.
    now
        The clock, for the expiry of the marks of rows.
    recorder
        Builds the items of the changes that scripts run for; None if none of them do.
    """

    client: "DynamoDBClient"
    table: str
    bot_id: str
    now: Clock = timestamps.now
    recorder: ChangeRecorder | None = None

    def record_changes(self, step: str, triggers: frozenset[tuple[str, str]], depth: int) -> "DynamoDBTableStore":
        """Return a store that records changes; see ``TableStore.record_changes``."""
        return replace(self, recorder=ChangeRecorder(self.bot_id, step, triggers, depth))

    def find(self, table: str, where: Filter, *, limit: int | None = DEFAULT_LIMIT) -> list[Row]:
        """Return matching rows; see ``TableStore.find``."""
        # If every row matches, the page need not be larger than the limit.
        page_size = limit if where == MATCH_ALL else None
        matching = (stored.row for stored in self._query(table, page_size) if where.matches(stored.row))
        return list(itertools.islice(matching, limit))

    def insert(self, table: str, row_id: str, row: Row) -> bool:
        """Insert a row; see ``TableStore.insert``."""
        try:
            self._write(table, row_id, row, None)
        except ConditionsFailedError as conflict:
            current = _get_current(conflict)
            return current is not None and current.row == row
        return True

    def save(self, table: str, row_id: str, changes: Row) -> Row:
        """Change or insert a row; see ``TableStore.save``."""

        def attempt(before: StoredRow | None) -> Row:
            row = merge.apply_changes(before.row if before else {}, changes)
            return table_rows.parse_row(self._write(table, row_id, row, before))

        return _retry(self._read(table, row_id), attempt, _get_current)

    def update(self, table: str, where: Filter, changes: Row) -> int:
        """Change matching rows; see ``TableStore.update``."""
        return self._change_all(table, where, lambda row: merge.apply_changes(row, changes))

    def update_computed(self, table: str, where: Filter, compute: Callable[[Row], Row], step: str) -> int:
        """Change matching rows once; see ``TableStore.update_computed``."""
        matching = [stored for stored in self._query(table) if where.matches(stored.row)]
        # After the rows: what another run of the same step changes before they are read does not match any more.
        updated = set(self._list_updated(step))
        pending = [stored for stored in matching if stored.id not in updated]
        check_row_count(table, len(pending))
        for stored in pending:
            compute(stored.row)
        return len(updated) + sum(self._update_once(table, stored, where, compute, step) for stored in pending)

    def delete(self, table: str, where: Filter) -> int:
        """Delete matching rows; see ``TableStore.delete``."""
        return self._change_all(table, where, lambda _: None)

    def merge(self, table: str, candidates: Sequence[MergeCandidate], field: str) -> MergeResult:
        """Merge rows; see ``TableStore.merge``."""
        merge = _Merge(self, table, field, candidates)
        _retry(None, lambda _: merge.attempt(), lambda _: None)
        return MergeResult(merge.inserted, len(candidates) - merge.inserted)

    def put_new(self, table: str, rows: Sequence[tuple[str, Row, StoredRow | None]], merges: int) -> None:
        """Put rows that have a new value atomically, if the table's merge count is still ``merges``.

        Raises
        ------
        ConditionsFailedError
            If another MERGE has inserted rows, or one of the rows has changed.
        """
        actions: list[dict[str, Any]] = [
            {"Put": self._build_put(table, row_id, table_rows.format_row(table, row), before)}
            for row_id, row, before in rows
        ]
        condition = "#number = :before" if merges else "attribute_not_exists(#number)"
        count = {
            "TableName": self.table,
            "Key": serialize(table_rows.build_merge_count_key(self.bot_id, table)),
            "UpdateExpression": "SET #number = :after",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#number": "number"},
            "ExpressionAttributeValues": serialize({":after": merges + 1, ":before": merges or None}),
        }
        changes = (
            self._build_change(table, row_id, table_rows.format_row(table, row), before) for row_id, row, before in rows
        )
        self._transact([*actions, {"Update": count}], [change for change in changes if change is not None])

    def put_changed(self, table: str, before: StoredRow, row: Row) -> None:
        """Replace a row.

        Raises
        ------
        ConditionsFailedError
            If the row has changed.
        """
        self._write(table, before.id, row, before)

    @property
    def rows_per_transaction(self) -> int:
        """How many new rows of a MERGE are written at once; each may have a change of its size."""
        return _ROWS_PER_TRANSACTION if self.recorder is None else _ROWS_PER_TRANSACTION // 2

    def find_mergeable(self, table: str, candidates: Sequence[MergeCandidate], field: str) -> dict[str, StoredRow]:
        """Return the rows that have the id of a candidate, or its value in ``field``, by their ids."""
        row_ids = {candidate.row_id for candidate in candidates}
        values = {to_text(get_field(candidate.row, field)) for candidate in candidates}
        return {
            stored.id: stored
            for stored in self._query(table)
            if stored.id in row_ids or to_text(get_field(stored.row, field)) in values
        }

    def read_merge_count(self, table: str) -> int:
        """Return how often a MERGE has inserted rows into a table."""
        item = items.read_item(self.client, self.table, table_rows.build_merge_count_key(self.bot_id, table))
        return 0 if item is None else int(item["number"])

    def _query(self, table: str, page_size: int | None = None) -> Iterator[StoredRow]:
        """Yield the rows of a table, reading pages as they are needed."""
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "bot_table = :table",
            "ExpressionAttributeValues": serialize({":table": table_rows.build_partition_key(self.bot_id, table)}),
            "ConsistentRead": True,
            **({} if page_size is None else {"Limit": page_size}),
        }
        for _ in range(MAX_PAGES):
            with service_errors():
                response = self.client.query(**request)
            yield from (table_rows.parse_stored_row(deserialize(item)) for item in response["Items"])
            if "LastEvaluatedKey" not in response:
                return
            request["ExclusiveStartKey"] = response["LastEvaluatedKey"]
        raise ScriptError(f"the table {table} is too large to search: no more than {MAX_PAGES} MB of it are read")

    def _read(self, table: str, row_id: str) -> StoredRow | None:
        item = items.read_item(self.client, self.table, table_rows.build_row_key(self.bot_id, table, row_id))
        return None if item is None else table_rows.parse_stored_row(item)

    def _change_all(self, table: str, where: Filter, change: Callable[[Row], Row | None]) -> int:
        matching = [stored for stored in self._query(table) if where.matches(stored.row)]
        check_row_count(table, len(matching))
        return sum(self._change(table, stored, where, change) for stored in matching)

    def _change(self, table: str, stored: StoredRow, where: Filter, change: Callable[[Row], Row | None]) -> bool:
        """Change one row, and return whether it still matched."""

        def attempt(before: StoredRow | None) -> bool:
            if before is None or not where.matches(before.row):
                return False
            self._write(table, before.id, change(before.row), before)
            return True

        first: StoredRow | None = stored
        return _retry(first, attempt, _get_current)

    def _list_updated(self, step: str) -> Iterator[str]:
        """Yield the ids of the rows that a step has changed."""
        key = table_rows.build_updated_rows_key(self.bot_id, step)
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "bot_table = :step",
            "ExpressionAttributeValues": serialize({":step": key}),
            "ConsistentRead": True,
        }
        # A step changes at most MAX_CHANGED_ROWS rows, whose ids have at most 1 KB.
        for _ in range(MAX_PAGES):
            with service_errors():
                response = self.client.query(**request)
            yield from (deserialize(item)["id"] for item in response["Items"])
            if "LastEvaluatedKey" not in response:
                return
            request["ExclusiveStartKey"] = response["LastEvaluatedKey"]

    def _update_once(
        self, table: str, stored: StoredRow, where: Filter, compute: Callable[[Row], Row], step: str
    ) -> bool:
        """Change one row unless the step has, and return whether the row is changed by it."""
        expires_at = timestamps.to_epoch_seconds(timestamps.add_seconds(self.now(), _UPDATED_SECONDS))
        mark = table_rows.build_updated_row(self.bot_id, step, stored.id, expires_at)
        put_mark = {
            "TableName": self.table,
            "Item": serialize(mark),
            "ConditionExpression": "attribute_not_exists(id)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

        def attempt(before: StoredRow | None) -> bool:
            if before is None or not where.matches(before.row):
                return False
            text = table_rows.format_row(table, merge.apply_changes(before.row, compute(before.row)))
            put_row = self._build_put(table, before.id, text, before)
            try:
                change = self._build_change(table, before.id, text, before)
                # safeguard: computed-update-once
                self._transact([{"Put": put_row}, {"Put": put_mark}], [] if change is None else [change])
            except ConditionsFailedError as conflict:
                if _MARK in conflict.current_items:
                    # Another run of the turn has changed the row meanwhile.
                    return True
                raise
            return True

        first: StoredRow | None = stored
        return _retry(first, attempt, _get_current)

    def _write(self, table: str, row_id: str, row: Row | None, before: StoredRow | None) -> str:
        """Put a row, or with None delete it, if it is unchanged; return its text.

        Raises
        ------
        ConditionsFailedError
            If the row has changed.
        """
        text = "" if row is None else table_rows.format_row(table, row)
        is_changed = before is None or row is None or text != before.text
        change = self._build_change(table, row_id, None if row is None else text, before) if is_changed else None
        if change is not None:
            key = table_rows.build_row_key(self.bot_id, table, row_id)
            if row is None:
                action = {"Delete": {"TableName": self.table, "Key": serialize(key), **_build_unchanged(before)}}
            else:
                action = {"Put": self._build_put(table, row_id, text, before)}
            self._transact([action], [change])
            return text
        with conditional_write():
            if row is None:
                key = table_rows.build_row_key(self.bot_id, table, row_id)
                self.client.delete_item(TableName=self.table, Key=serialize(key), **_build_unchanged(before))
            elif before is None or text != before.text:
                self.client.put_item(**self._build_put(table, row_id, text, before))
        return text

    def _build_change(self, table: str, row_id: str, new: str | None, before: StoredRow | None) -> Item | None:
        """Return the item of a change of a row; None if no script runs for it."""
        if self.recorder is None:
            return None
        return self.recorder.build(table, row_id, None if before is None else before.text, new, self.now())

    def _transact(self, actions: Sequence[dict[str, Any]], changes: Sequence[Item]) -> None:
        """Write rows with the changes that scripts run for, each of which is recorded once for a step.

        Raises
        ------
        ConditionsFailedError
            If one of the rows has changed.
        """
        # safeguard: change-recorded
        puts = [
            {
                "Put": {
                    "TableName": self.table,
                    "Item": serialize(change),
                    "ConditionExpression": "attribute_not_exists(id)",
                }
            }
            for change in changes
        ]
        try:
            transactions.write(self.client, [*actions, *puts])
        except ConditionsFailedError as conflict:
            recorded = {index - len(actions) for index in conflict.current_items}
            if min(recorded) < 0:
                raise
            # An earlier run of the turn has recorded the change of these rows, which may have changed since.
            self._transact(actions, [change for index, change in enumerate(changes) if index not in recorded])

    def _build_put(self, table: str, row_id: str, text: str, before: StoredRow | None) -> dict[str, Any]:
        item = table_rows.build_row_key(self.bot_id, table, row_id) | {"row": text}
        return {"TableName": self.table, "Item": serialize(item), **_build_unchanged(before)}


@dataclass(slots=True)
class _Merge:
    """A MERGE, attempted until no concurrent write interferes.

    Attributes
    ----------
    inserted
        How many candidates are new rows. Grows with each attempt: rows inserted before a conflict exist in the next.
    """

    store: DynamoDBTableStore
    table: str
    key_field: str
    candidates: Sequence[MergeCandidate]
    inserted: int = field(default=0, init=False)

    def attempt(self) -> None:
        """Read what exists, plan the merge and write it: rows with a new value first, then changed rows."""
        merges = self.store.read_merge_count(self.table)
        existing = self.store.find_mergeable(self.table, self.candidates, self.key_field)
        rows_by_id = {row_id: stored.row for row_id, stored in existing.items()}
        plan = merge.plan_merge(rows_by_id, self.candidates, self.key_field)
        check_row_count(self.table, len(plan.rows))
        new = [
            (row_id, row, existing.get(row_id))
            for row_id, row in plan.rows.items()
            if self._is_new(row_id, row, existing)
        ]
        inserted_before, put = self.inserted, 0
        for batch in itertools.batched(new, self.store.rows_per_transaction, strict=False):
            self.store.put_new(self.table, batch, merges)
            merges += 1
            put += len(batch)
            self.inserted = inserted_before + put
        for row_id in plan.rows.keys() - {row_id for row_id, _, _ in new}:
            self.store.put_changed(self.table, existing[row_id], plan.rows[row_id])
        self.inserted = inserted_before + plan.inserted

    def _is_new(self, row_id: str, row: Row, existing: dict[str, StoredRow]) -> bool:
        """Return whether the row has a value that no row with its id has."""
        return row_id not in existing or self._get_value(row) != self._get_value(existing[row_id].row)

    def _get_value(self, row: Row) -> str:
        return to_text(get_field(row, self.key_field))


def _retry[State, Result](
    state: State, attempt: Callable[[State], Result], refresh: Callable[[ConditionsFailedError], State]
) -> Result:
    return retry_on_conflict(state, attempt, refresh, max_attempts=_MAX_ATTEMPTS, max_pause_seconds=_PAUSE_SECONDS)


def _get_current(conflict: ConditionsFailedError) -> StoredRow | None:
    item = conflict.current_items[0]
    return None if item is None else table_rows.parse_stored_row(item)


def _build_unchanged(before: StoredRow | None) -> dict[str, Any]:
    """Build the condition that a row is as it was read."""
    if before is None:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(id)"}
    else:
        condition = {
            "ConditionExpression": "#row = :before",
            "ExpressionAttributeNames": {"#row": "row"},
            "ExpressionAttributeValues": serialize({":before": before.text}),
        }
    return condition | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def check_row_count(table: str, rows: int) -> None:
    """Raise ``ScriptError`` if one statement would change too many rows."""
    if rows > MAX_CHANGED_ROWS:
        raise ScriptError(
            f"at most {MAX_CHANGED_ROWS} rows are changed at once, and these are {rows} of the table {table}"
        )
