"""The table ``bot-data``: the rows of the bots' own tables (``bot_memory`` has its other items).

======  =========================  ===========  =====================================================================
Item    ``bot_table``              ``id``       what it holds
======  =========================  ===========  =====================================================================
Row     ``<bot id>#<table>``       row's id     ``row``: the row as JSON text
Merges  ``<bot id>#!merges``       table        ``number``: how often a MERGE has put new rows there
======  =========================  ===========  =====================================================================

A row is one text and not one attribute per field: DynamoDB's numbers have 38 digits and no kinds (1 and 1.0 are the
same, 1e200 is refused), its maps no empty names, and a field called ``id`` or ``expires_at`` would be the item's own.
The language's conditions could not be asked of attributes anyway: they compare text with numbers and forget case.

A row is written on the condition that it still is what was read, and otherwise read and worked out anew, so two
functions at once lose nothing of one another. A MERGE puts new rows on the condition that no other MERGE did meanwhile,
so two that bring the same thing make one row of it.

Finding reads the table's items in one go, page by page of 1 MB, until there are enough: 256 read units and about
$0.00003 for each megabyte. A table of more than `MOST_PAGES` megabytes can be searched for what is near its beginning
and no more; the author is told. For larger ones a bot keeps several tables.
"""

import itertools
import json
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from basic.data.merge import MergePlan, apply_changes, plan_merge
from basic.data.store import MAX_FOUND_ROWS, MergeCandidate, MergeResult, Row
from basic.errors import ScriptError
from basic.filters.filter import MATCH_ALL, Filter, get_field
from basic.values import Value, to_text
from conversations.adapters.aws import get_error_code, service_errors
from conversations.adapters.dynamodb import transactions
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST_PAGES = 16
"""Pages of 1 MB (DynamoDB's own size of a page) that one search reads at most: a tenth of a second each, and memory."""

MOST_CHANGED = 1_000
"""Rows that one UPDATE, DELETE or MERGE changes at most; a few milliseconds each, within a turn of 20 seconds."""

MOST_BYTES = 390 * 1024
"""Of a row as JSON: an item of DynamoDB has 400 KB, its names and keys included."""

_LONGEST_ID = 1_024
"""Bytes of a range key (DynamoDB's quota)."""
_ROWS_PER_TRANSACTION = 9
"""As many rows of 400 KB as a transaction of 4 MB holds (DynamoDB's quota)."""
_ATTEMPTS = 20
_PAUSE_SECONDS = 0.02
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A row as it was read: its id, its very text, and what the text says."""

    id: str
    text: str
    row: Row


class _ChangedError(Exception):
    """A row is not any more what was read: ``found`` is what it is now, None if it is gone."""

    def __init__(self, found: _Kept | None) -> None:
        super().__init__()
        self.found = found


@dataclass(frozen=True, slots=True)
class DynamoDBTableStore:
    """``basic.data.store.TableStore`` of one bot.

    A table that is too large, a row that is, and a name that is none raise ``ScriptError``; a table that does not
    answer raises ``UnavailableError``, which no script can skip.

    Attributes
    ----------
    client
        The low-level client.
    table
        The name of the table ``bot-data``.
    bot_id
        Whose rows.
    """

    client: "DynamoDBClient"
    table: str
    bot_id: str

    def find(self, table: str, where: Filter, *, limit: int | None = MAX_FOUND_ROWS) -> list[Row]:
        """See ``TableStore.find``."""
        # Every row of the page will do, so the page need not be larger.
        page = limit if where == MATCH_ALL else None
        found = (kept.row for kept in self._rows(table, page) if where.matches(kept.row))
        return list(itertools.islice(found, limit))

    def insert(self, table: str, row_id: str, row: Row) -> bool:
        """See ``TableStore.insert``."""
        try:
            self._write(table, row_id, row, None)
        except _ChangedError as met:
            return met.found is not None and met.found.row == row
        return True

    def save(self, table: str, row_id: str, changes: Row) -> Row:
        """See ``TableStore.save``."""
        before = self._row(table, row_id)
        for attempt in _attempts():
            row = apply_changes(before.row if before else {}, changes)
            try:
                return _read(self._write(table, row_id, row, before))
            except _ChangedError as met:
                before = met.found
                _pause(attempt)
        raise UnavailableError

    def update(self, table: str, where: Filter, changes: Row) -> int:
        """See ``TableStore.update``."""
        return self._change(table, where, lambda row: apply_changes(row, changes))

    def delete(self, table: str, where: Filter) -> int:
        """See ``TableStore.delete``."""
        return self._change(table, where, lambda _: None)

    def merge(self, table: str, candidates: Sequence[MergeCandidate], field: str) -> MergeResult:
        """See ``TableStore.merge``."""
        ids = {candidate.row_id for candidate in candidates}
        values = {to_text(get_field(candidate.row, field)) for candidate in candidates}
        inserted_before = 0
        for attempt in _attempts():
            merge = _Merge(self, table, field, self._merges(table))
            there = {
                kept.id: kept
                for kept in self._rows(table)
                if kept.id in ids or to_text(get_field(kept.row, field)) in values
            }
            plan = plan_merge({row_id: kept.row for row_id, kept in there.items()}, candidates, field)
            _check_number(table, len(plan.rows))
            try:
                merge.write(plan, there)
            except (_ChangedError, transactions.ConditionsFailedError):
                # What was put is found again, and counts as changed from now on.
                inserted_before += merge.inserted
                _pause(attempt)
            else:
                inserted = inserted_before + plan.inserted
                return MergeResult(inserted, len(candidates) - inserted)
        raise UnavailableError

    def put_new(self, table: str, rows: Sequence[tuple[str, Row, _Kept | None]], merges: int) -> None:
        """Put rows that have a new value, all or none, if no other MERGE has put any since ``merges`` was read."""
        actions: list[dict[str, Any]] = [
            {"Put": self._put(table, row_id, _text(table, row), before)} for row_id, row, before in rows
        ]
        condition = "#number = :before" if merges else "attribute_not_exists(#number)"
        count = {
            "TableName": self.table,
            "Key": serialize(self._merges_key(table)),
            "UpdateExpression": "SET #number = :after",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#number": "number"},
            "ExpressionAttributeValues": serialize({":after": merges + 1, ":before": merges or None}),
        }
        transactions.write(self.client, [*actions, {"Update": count}])

    def put_changed(self, table: str, before: _Kept, row: Row) -> None:
        """Put a row in place of what it was.

        Raises
        ------
        _ChangedError
            If it is not that any more.
        """
        self._write(table, before.id, row, before)

    def _rows(self, table: str, page: int | None = None) -> Iterator[_Kept]:
        """Read a table, row by row, no further than it is asked."""
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "bot_table = :table",
            "ExpressionAttributeValues": serialize({":table": self._partition(table)}),
            "ConsistentRead": True,
            **({} if page is None else {"Limit": page}),
        }
        for _ in range(MOST_PAGES):
            with service_errors():
                answer = self.client.query(**request)
            yield from (_kept(deserialize(item)) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        raise ScriptError(f"the table {table} is too large to search: no more than {MOST_PAGES} MB of it are read")

    def _row(self, table: str, row_id: str) -> _Kept | None:
        with service_errors():
            answer = self.client.get_item(
                TableName=self.table, Key=serialize(self._key(table, row_id)), ConsistentRead=True
            )
        return _kept(deserialize(answer["Item"])) if "Item" in answer else None

    def _change(self, table: str, where: Filter, change: Callable[[Row], Row | None]) -> int:
        found = [kept for kept in self._rows(table) if where.matches(kept.row)]
        _check_number(table, len(found))
        return sum(self._changed(table, kept, where, change) for kept in found)

    def _changed(self, table: str, found: _Kept, where: Filter, change: Callable[[Row], Row | None]) -> bool:
        """Change one row, if it still is one that is meant."""
        before: _Kept | None = found
        for attempt in _attempts():
            if before is None or not where.matches(before.row):
                return False
            try:
                self._write(table, before.id, change(before.row), before)
            except _ChangedError as met:
                before = met.found
                _pause(attempt)
            else:
                return True
        raise UnavailableError

    def _write(self, table: str, row_id: str, row: Row | None, before: _Kept | None) -> str:
        """Put a row, or take it away, if it still is what was read; return its text.

        Raises
        ------
        _ChangedError
            If it is not.
        """
        text = "" if row is None else _text(table, row)
        try:
            with service_errors():
                if row is None:
                    self.client.delete_item(
                        TableName=self.table,
                        Key=serialize(self._key(table, row_id)),
                        **_unchanged(before),
                    )
                elif before is None or text != before.text:
                    self.client.put_item(**self._put(table, row_id, text, before))
        except ClientError as error:
            if get_error_code(error) != "ConditionalCheckFailedException":
                raise
            met: Any = error.response.get("Item")
            raise _ChangedError(_kept(deserialize(met)) if met else None) from None
        return text

    def _put(self, table: str, row_id: str, text: str, before: _Kept | None) -> dict[str, Any]:
        item = self._key(table, row_id) | {"row": text}
        return {"TableName": self.table, "Item": serialize(item), **_unchanged(before)}

    def _merges(self, table: str) -> int:
        with service_errors():
            answer = self.client.get_item(
                TableName=self.table, Key=serialize(self._merges_key(table)), ConsistentRead=True
            )
        return int(deserialize(answer["Item"])["number"]) if "Item" in answer else 0

    def _merges_key(self, table: str) -> Item:
        return {"bot_table": f"{self.bot_id}#!merges", "id": table}

    def _key(self, table: str, row_id: str) -> Item:
        if not row_id or _bytes(row_id, "the id of a row") > _LONGEST_ID:
            raise ScriptError(f"the id of a row has 1 to {_LONGEST_ID} bytes")
        return {"bot_table": self._partition(table), "id": row_id}

    def _partition(self, table: str) -> str:
        # What begins with "!" is ours.
        if table.startswith("!"):
            raise ScriptError("the name of a table does not begin with an exclamation mark")
        _bytes(table, "the name of a table")
        return f"{self.bot_id}#{table}"


@dataclass(slots=True)
class _Merge:
    """One attempt at a MERGE.

    Attributes
    ----------
    merges
        How often new rows had been put when it began.
    inserted
        How many rows with a new value it has put.
    """

    store: DynamoDBTableStore
    table: str
    field: str
    merges: int
    inserted: int = 0

    def write(self, plan: MergePlan, there: dict[str, _Kept]) -> None:
        """Write what is planned: what has a new value first, then what has not."""
        new = [
            (row_id, row, there.get(row_id))
            for row_id, row in plan.rows.items()
            if row_id not in there or self._value(row) != self._value(there[row_id].row)
        ]
        for rows in itertools.batched(new, _ROWS_PER_TRANSACTION, strict=False):
            self.store.put_new(self.table, rows, self.merges)
            self.merges += 1
            self.inserted += len(rows)
        put = {row_id for row_id, _, _ in new}
        for row_id in plan.rows.keys() - put:
            self.store.put_changed(self.table, there[row_id], plan.rows[row_id])

    def _value(self, row: Row) -> str:
        return to_text(get_field(row, self.field))


def _unchanged(before: _Kept | None) -> dict[str, Any]:
    """Return the condition that a row still is what was read."""
    if before is None:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(id)"}
    else:
        condition = {
            "ConditionExpression": "#row = :before",
            "ExpressionAttributeNames": {"#row": "row"},
            "ExpressionAttributeValues": serialize({":before": before.text}),
        }
    return condition | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def _kept(item: Item) -> _Kept:
    return _Kept(item["id"], item["row"], _read(item["row"]))


def _read(text: str) -> Row:
    row: Row = json.loads(text)
    return row


def _text(table: str, row: Row) -> str:
    text = to_json(row)
    if len(text.encode()) > MOST_BYTES:
        raise ScriptError(f"a row of the table {table} would be larger than {MOST_BYTES // 1024} KB")
    return text


def to_json(value: Value) -> str:
    """Write a value so that it is read back as it is, to the last digit, and can be stored as UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Half a pair of UTF-16, which a script can cut off, has no UTF-8; JSON has a way to write it.
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def _bytes(text: str, what: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise ScriptError(f"{what} has a character that is none") from None


def _check_number(table: str, rows: int) -> None:
    if rows > MOST_CHANGED:
        raise ScriptError(f"at most {MOST_CHANGED} rows are changed at once, and these are {rows} of the table {table}")


def _attempts() -> range:
    return range(1, _ATTEMPTS + 1)


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, _PAUSE_SECONDS * attempt))  # noqa: S311 - jitter, no secret
