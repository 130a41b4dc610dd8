"""Owners of rows, in the table ``bot-data`` (``schema.table_rows`` describes its rows).

=======  ==================  ====================================  ============================
Item     ``bot_table``       ``id``                                Content
=======  ==================  ====================================  ============================
Owner    ``!rows#<owner>``   ``<bot id>#<table>#<id of the row>``  nothing
=======  ==================  ====================================  ============================

So that exporting and erasing a user's rows is one query. A row that a script deletes leaves its owner's item behind,
which is erased with the user. Neither a bot's id nor the name of a table contains the separator.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError
from conversations.adapters.dynamodb.schema import sessions
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.errors import UnavailableError
from conversations.domain.owned_rows import OwnedRow, RowKey
from conversations.domain.page import Page
from conversations.ports.clock import Clock
from conversations.ports.owned_rows import OwnedRowStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ERASED_AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class DynamoDBOwnedRowStore(OwnedRowStore):
    """``OwnedRowStore`` on the table ``bot-data``.

    Attributes
    ----------
    client
        The low-level client.
    table
        The name of the table ``bot-data``.
    sessions_table
        The name of the table of conversations.
    now
        The clock, for the expiry of conversations.
    """

    client: "DynamoDBClient"
    table: str
    sessions_table: str
    now: Clock = timestamps.now

    def insert(self, owner: str, key: RowKey, row: Mapping[str, JsonValue], conversation_id: str) -> bool:
        """Insert a row and its owner in one transaction; see ``OwnedRowStore.insert``."""
        # The functions that export and erase rows do not have the dialog language.
        from conversations.adapters.dynamodb.schema import table_rows  # noqa: PLC0415 - loads the language

        text = table_rows.format_row(key.table, {**row})
        put = {
            "TableName": self.table,
            "Item": serialize(_build_row_key(key) | {"row": text}),
            "ConditionExpression": "attribute_not_exists(id)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        owned = {"TableName": self.table, "Item": serialize(_build_owner_key(owner, key))}
        check = sessions.build_owner_check(self.sessions_table, conversation_id, owner, self.now())
        try:
            transactions.write(self.client, [{"Put": put}, {"Put": owned}, check])
        except ConditionsFailedError as conflict:
            # safeguard: row-conversation
            if 0 not in conflict.current_items:
                raise UnavailableError from None
            current = conflict.current_items[0]
            return current is not None and current["row"] == text
        return True

    def list_by_owner(self, owner: str, *, limit: int, after: RowKey | None = None) -> Page[OwnedRow]:
        """Return a page of rows, with a query and a request for the rows; see ``OwnedRowStore.list_by_owner``."""
        response = self._query(owner, limit, after)
        keys = [_parse_key(deserialize(item)) for item in response["Items"]]
        if not keys:
            return Page((), has_more=False)
        stored = items.read_items(self.client, {self.table: [_build_row_key(key) for key in keys]})[self.table]
        texts = {(item["bot_table"], item["id"]): item["row"] for item in stored}
        rows = [(key, texts.get((*_build_row_key(key).values(),))) for key in keys]
        found = tuple(OwnedRow(key, None if text is None else json.loads(text)) for key, text in rows)
        return Page(found, "LastEvaluatedKey" in response)

    def erase_by_owner(self, owner: str) -> bool:
        """Erase rows, and then what names them; see ``OwnedRowStore.erase_by_owner``."""
        response = self._query(owner, _ERASED_AT_ONCE, None)
        keys = [_parse_key(deserialize(item)) for item in response["Items"]]
        self._delete([_build_row_key(key) for key in keys])
        self._delete([_build_owner_key(owner, key) for key in keys])
        return "LastEvaluatedKey" not in response

    def _query(self, owner: str, limit: int, after: RowKey | None) -> Any:  # noqa: ANN401 - a response of boto3
        start: dict[str, Any] = (
            {} if after is None else {"ExclusiveStartKey": serialize(_build_owner_key(owner, after))}
        )
        with service_errors():
            return self.client.query(
                TableName=self.table,
                KeyConditionExpression="bot_table = :partition",
                ExpressionAttributeValues=serialize({":partition": _build_partition(owner)}),
                ConsistentRead=True,
                Limit=limit,
                **start,
            )

    def _delete(self, keys: list[Item]) -> None:
        items.write_batch(self.client, self.table, [{"DeleteRequest": {"Key": serialize(key)}} for key in keys])


def _build_partition(owner: str) -> str:
    return f"!rows#{owner}"


def _build_owner_key(owner: str, key: RowKey) -> Item:
    return {"bot_table": _build_partition(owner), "id": f"{key.bot_id}#{key.table}#{key.row_id}"}


def _build_row_key(key: RowKey) -> Item:
    return {"bot_table": f"{key.bot_id}#{key.table}", "id": key.row_id}


def _parse_key(item: Item) -> RowKey:
    return RowKey(*item["id"].split("#", 2))
