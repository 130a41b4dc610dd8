"""Dead letters that Lambda writes for records of a stream: positions in the stream instead of the records."""

import json
from collections.abc import Iterator
from typing import Any, Protocol

from botocore.exceptions import ClientError

from conversations.adapters.dynamodb.schema.automations import CHANGES
from conversations.domain.automations import ChangeJob

_TOO_OLD = frozenset({"ResourceNotFoundException", "TrimmedDataAccessException"})


class StreamsClient(Protocol):
    """boto3's client of DynamoDB Streams."""

    def get_shard_iterator(self, **request: str) -> dict[str, Any]:
        """Return an iterator."""
        ...

    def get_records(self, **request: str) -> dict[str, Any]:
        """Return the records at an iterator."""
        ...


def convert_letter(streams: StreamsClient, body: str) -> list[str]:
    """Return the bodies of the jobs for a dead letter; none if the stream no longer has its records.

    Messages become one outbox check, and changes of rows a job each. A letter that is a job already is returned as it
    is.
    """
    position = json.loads(body).get("DDBStreamBatchInfo")
    if position is None:
        return [body]
    try:
        records = list(_read_records(streams, position))
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _TOO_OLD:
            return []
        raise
    changes = [_build_change_job(record["Keys"]) for record in records if _is_change(record)]
    messages = [
        [record["Keys"]["session_id"]["S"], record["Keys"]["id"]["S"]]
        for record in records
        if record.get("NewImage", {}).get("sender") == {"S": "user"}
    ]
    return changes + ([json.dumps({"messages": messages})] if messages else [])


def _is_change(record: dict[str, Any]) -> bool:
    return str(record["Keys"].get("bot_table", {}).get("S", "")).startswith(CHANGES)


def _build_change_job(keys: dict[str, Any]) -> str:
    bot_id = keys["bot_table"]["S"].removeprefix(CHANGES)
    return ChangeJob(bot_id=bot_id, change_id=keys["id"]["S"]).model_dump_json()


def _read_records(streams: StreamsClient, position: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the records between two positions of a shard, in order."""
    iterator: str | None = streams.get_shard_iterator(
        StreamArn=position["streamArn"],
        ShardId=position["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=position["startSequenceNumber"],
    )["ShardIterator"]
    last = int(position["endSequenceNumber"])
    while iterator is not None:
        page = streams.get_records(ShardIterator=iterator)
        records = [record["dynamodb"] for record in page["Records"]]
        yield from (record for record in records if int(record["SequenceNumber"]) <= last)
        at_end = not records or int(records[-1]["SequenceNumber"]) >= last
        iterator = None if at_end else page.get("NextShardIterator")
