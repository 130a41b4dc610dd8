"""The AWS calls of ``send_message``, made by boto3 alone."""

import itertools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient


def count_against_limit(dynamodb: "DynamoDBClient") -> None:
    """Make the call that counts a request against a limit."""
    dynamodb.update_item(
        TableName=os.environ["LIMITS_TABLE"],
        Key={"id": {"S": "bench"}},
        UpdateExpression="SET times = :times, expires_at = :end",
        ExpressionAttributeValues={":times": {"L": [{"N": str(n)} for n in range(60)]}, ":end": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )


def create_bare_send(dynamodb: "DynamoDBClient", sqs: "SQSClient") -> Callable[[str], None]:
    """Return a function that stores and queues a message of one conversation."""
    numbers = itertools.count(1)
    conversation = f"bench-{uuid4()}"

    def send(content: str) -> None:
        number = str(next(numbers))
        count_against_limit(dynamodb)
        item = {"session_id": {"S": conversation}, "id": {"S": number}, "content": {"S": content}}
        dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Update": {
                        "TableName": os.environ["SESSIONS_TABLE"],
                        "Key": {"id": {"S": conversation}},
                        "UpdateExpression": "SET last_seq = :seq, last_message = :content",
                        "ExpressionAttributeValues": {":seq": {"N": number}, ":content": {"S": content}},
                    }
                },
                {"Put": {"TableName": os.environ["MESSAGE_HISTORY_TABLE"], "Item": item}},
            ],
        )
        sqs.send_message(
            QueueUrl=os.environ["TURNS_QUEUE_URL"],
            MessageBody=content,
            MessageGroupId=conversation,
            MessageDeduplicationId=number,
        )

    return send
