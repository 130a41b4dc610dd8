"""``python -m tools.copy_table``: restored items are copied, and newer ones are not overwritten."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws import Aws
from tools.copy_table import copy_items, main

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TARGET = "MessageHistoryTable"
RESTORED = "restored-messages"


def a_message_item(number: int, content: str) -> dict[str, Any]:
    return {"session_id": {"S": "session"}, "id": {"S": f"message-{number}"}, "content": {"S": content}}


@pytest.fixture
def dynamodb(deployed: Aws) -> Iterator["DynamoDBClient"]:
    """The client of a deployment that has lost messages, beside a restored table."""
    client = deployed.dynamodb
    table = client.describe_table(TableName=TARGET)["Table"]
    client.create_table(
        TableName=RESTORED,
        KeySchema=table["KeySchema"],
        AttributeDefinitions=table["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(3):
        client.put_item(TableName=RESTORED, Item=a_message_item(number, "restored"))
    client.put_item(TableName=TARGET, Item=a_message_item(0, "newer"))
    yield client
    client.delete_table(TableName=RESTORED)


def test_lost_items_are_copied_and_newer_ones_kept(deployed: Aws, dynamodb: "DynamoDBClient") -> None:
    assert copy_items(dynamodb, RESTORED, TARGET) == (2, 1)
    assert copy_items(dynamodb, RESTORED, TARGET) == (0, 3)

    contents = {item["id"]["S"]: item["content"]["S"] for item in deployed.list_items(TARGET)}
    assert contents == {"message-0": "newer", "message-1": "restored", "message-2": "restored"}


@pytest.mark.usefixtures("dynamodb")
def test_command_reports_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", RESTORED, "--to", TARGET]) == 0
    assert capsys.readouterr().out == f"copied 2 items; 1 were in {TARGET} already\n"


@pytest.mark.usefixtures("dynamodb")
def test_missing_table_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", "nothing", "--to", TARGET]) == 1
    assert capsys.readouterr().err.startswith("AWS error: ")
