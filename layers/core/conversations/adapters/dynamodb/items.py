"""Reads of items by key, and batched writes."""

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain.errors import UnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAX_BATCH = 25
"""Requests of one BatchWriteItem (DynamoDB's quota)."""


def read_item(client: "DynamoDBClient", table: str, key: Item, *, consistent: bool = True) -> Item | None:
    """Return the item with this key, None if there is none.

    Parameters
    ----------
    client
        The low-level client.
    table
        Name of the table.
    key
        The key, as plain values.
    consistent
        Whether to see every write that was acknowledged; an eventually consistent read costs half.

    Raises
    ------
    UnavailableError
        If the table does not answer.
    """
    with service_errors():
        response = client.get_item(TableName=table, Key=serialize(key), ConsistentRead=consistent)
    return deserialize(response["Item"]) if "Item" in response else None


def query_messages(  # noqa: PLR0913 - the parts of one request
    client: "DynamoDBClient",
    table: str,
    conversation_id: str,
    *,
    first: str,
    last: str,
    newest: bool = False,
    limit: int | None = None,
) -> tuple[list[Item], bool]:
    """Return a conversation's items from ``first`` to ``last``, and whether there are more: one consistent query.

    Parameters
    ----------
    client
        The low-level client.
    table
        Name of the table of messages.
    conversation_id
        Bare id of the conversation.
    first, last
        Inclusive bounds of the bare ids.
    newest
        Whether to begin with the last one.
    limit
        Most items; None for as many as a page of DynamoDB has, which is 1 MB.

    Raises
    ------
    UnavailableError
        If the table does not answer.
    """
    options: Any = {} if limit is None else {"Limit": limit}
    with service_errors():
        response = client.query(
            TableName=table,
            KeyConditionExpression="session_id = :session AND id BETWEEN :first AND :last",
            ExpressionAttributeValues=serialize({":session": conversation_id, ":first": first, ":last": last}),
            ScanIndexForward=not newest,
            # safeguard: read-consistent
            ConsistentRead=True,
            **options,
        )
    return [deserialize(item) for item in response["Items"]], "LastEvaluatedKey" in response


def read_items(client: "DynamoDBClient", keys: Mapping[str, Sequence[Item]]) -> dict[str, list[Item]]:
    """Return the items with these keys, by table, in one consistent request. Items that do not exist are left out.

    Raises
    ------
    UnavailableError
        If a table does not answer, or answers for some of the keys only.
    """
    request: Any = {
        table: {"Keys": [serialize(key) for key in table_keys], "ConsistentRead": True}
        for table, table_keys in keys.items()
    }
    with service_errors():
        response = client.batch_get_item(RequestItems=request)
    # safeguard: read-complete
    if response.get("UnprocessedKeys"):
        raise UnavailableError
    items = response["Responses"]
    return {table: [deserialize(item) for item in items.get(table, [])] for table in keys}


def write_batch(client: "DynamoDBClient", table: str, requests: Sequence[Any]) -> None:
    """Put or delete items, in batches; not atomic.

    Parameters
    ----------
    client
        The low-level client.
    table
        Name of the table.
    requests
        ``PutRequest`` and ``DeleteRequest`` objects, serialized.

    Raises
    ------
    UnavailableError
        If the table does not answer, or processes some of the requests only.
    """
    for batch in itertools.batched(requests, _MAX_BATCH, strict=False):
        with service_errors():
            response = client.batch_write_item(RequestItems={table: batch})
        # safeguard: write-complete
        if response.get("UnprocessedItems"):
            raise UnavailableError
