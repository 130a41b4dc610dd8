"""Dead letters that Lambda writes for records of a stream: positions in the stream instead of the records."""

import json
from typing import Any, Protocol

from botocore.exceptions import ClientError

_TOO_OLD = frozenset({"ResourceNotFoundException", "TrimmedDataAccessException"})


class StreamsClient(Protocol):
    """boto3's client of DynamoDB Streams."""

    def get_shard_iterator(self, **request: str) -> dict[str, Any]:
        """Return an iterator."""
        ...

    def get_records(self, **request: str) -> dict[str, Any]:
        """Return the records at an iterator."""
        ...


def convert_letter(streams: StreamsClient, body: str) -> str | None:
    """Return the body of the outbox check for a dead letter; None if the stream no longer has its records.

    A letter that is an outbox check already is returned as it is.
    """
    position = json.loads(body).get("DDBStreamBatchInfo")
    if position is None:
        return body
    if "BotDataTable" in position["streamArn"]:
        # Changes of rows, not messages; docs/runbooks.md says what to do.
        return None
    try:
        stored = _read_stored_messages(streams, position)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _TOO_OLD:
            return None
        raise
    return json.dumps({"messages": stored}) if stored else None


def _read_stored_messages(streams: StreamsClient, position: dict[str, Any]) -> list[list[str]]:
    """Return the ids of conversation and message of the users' messages between two positions of a shard."""
    iterator: str | None = streams.get_shard_iterator(
        StreamArn=position["streamArn"],
        ShardId=position["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=position["startSequenceNumber"],
    )["ShardIterator"]
    last, stored = int(position["endSequenceNumber"]), []
    while iterator is not None:
        page = streams.get_records(ShardIterator=iterator)
        changes = [record["dynamodb"] for record in page["Records"]]
        stored += [
            [change["Keys"]["session_id"]["S"], change["Keys"]["id"]["S"]]
            for change in changes
            if int(change["SequenceNumber"]) <= last and change.get("NewImage", {}).get("sender") == {"S": "user"}
        ]
        at_end = not changes or int(changes[-1]["SequenceNumber"]) >= last
        iterator = None if at_end else page.get("NextShardIterator")
    return stored
