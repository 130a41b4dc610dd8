"""What moto answers with the changes of ``moto_speed.py``, where they could make a difference."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.aws import Aws, create_clients
from tests.faults.moto_speed import speed_up_moto

TABLES = ("SessionsTable", "BotDataTable")
"""One without a sort key, and one with it."""


@pytest.fixture
def aws() -> Iterator[Aws]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        speed_up_moto(patch)
        clients = create_clients()
        clients.create()
        yield clients


@pytest.mark.parametrize("table", TABLES)
def test_cancelled_transaction_leaves_an_item_as_it_was(aws: Aws, table: str) -> None:
    schema = aws.dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]
    key = {each["AttributeName"]: {"S": "one"} for each in schema}
    item: dict[str, Any] = {**key, "list": {"L": [{"M": {"deep": {"N": "1"}}}]}, "text": {"S": "before"}}
    aws.dynamodb.put_item(TableName=table, Item=item)
    update: Any = {
        "TableName": table,
        "Key": key,
        "UpdateExpression": "SET #text = :text, #list[0].deep = :number",
        "ExpressionAttributeNames": {"#text": "text", "#list": "list"},
        "ExpressionAttributeValues": {":text": {"S": "after"}, ":number": {"N": "2"}},
    }
    other = {name: {"S": "other"} for name in key}
    check: Any = {"TableName": table, "Key": other, "ConditionExpression": f"attribute_exists({next(iter(key))})"}

    for _ in range(2):
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            aws.dynamodb.transact_write_items(TransactItems=[{"Update": update}, {"ConditionCheck": check}])
        assert aws.list_items(table) == [item]

    aws.dynamodb.put_item(TableName=table, Item=other)
    aws.dynamodb.transact_write_items(TransactItems=[{"Update": update}, {"ConditionCheck": check}])
    changed = {**item, "list": {"L": [{"M": {"deep": {"N": "2"}}}]}, "text": {"S": "after"}}
    assert aws.dynamodb.get_item(TableName=table, Key=key)["Item"] == changed
