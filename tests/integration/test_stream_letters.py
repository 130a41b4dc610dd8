"""Dead letters of the streams, which name positions instead of records."""

import json
from collections.abc import Iterator
from uuid import uuid4

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from conversations.domain.automations import ChangeJob, parse_job
from tests.aws import REGION
from tools.stream_letters import convert_letter


class Stream:
    """A table with a stream on moto."""

    def __init__(self, hash_key: str = "session_id") -> None:
        # moto keeps tables while another test's mock is open in this process.
        self.table = f"history-{uuid4()}"
        self.dynamodb = boto3.client("dynamodb", region_name=REGION)
        # moto does not know the address of a stream by account, which boto3 prefers.
        endpoint = f"https://streams.dynamodb.{REGION}.amazonaws.com"
        self.client = boto3.client("dynamodbstreams", region_name=REGION, endpoint_url=endpoint)
        self.dynamodb.create_table(
            TableName=self.table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": hash_key, "AttributeType": "S"},
                {"AttributeName": "id", "AttributeType": "S"},
            ],
            KeySchema=[{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )

    def store(self, message_id: str, sender: str) -> None:
        """Store a message."""
        item = {"session_id": {"S": "conversation"}, "id": {"S": message_id}, "sender": {"S": sender}}
        self.dynamodb.put_item(TableName=self.table, Item=item)

    def build_letter(self, first: int, last: int) -> str:
        """Return Lambda's dead letter for the records between two indexes."""
        arn = self.dynamodb.describe_table(TableName=self.table)["Table"]["LatestStreamArn"]
        (shard,) = self.client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        position = {"streamArn": arn, "shardId": shard["ShardId"]}
        iterator = self.client.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        numbers = [
            record["dynamodb"]["SequenceNumber"]
            for record in self.client.get_records(ShardIterator=iterator)["Records"]
        ]
        position |= {"startSequenceNumber": numbers[first], "endSequenceNumber": numbers[last]}
        return json.dumps({"version": "1.0", "DDBStreamBatchInfo": position})


@pytest.fixture
def stream() -> Iterator[Stream]:
    with mock_aws():
        yield Stream()


def test_letter_of_a_stream_becomes_a_check_of_its_users_messages(stream: Stream) -> None:
    for message_id, sender in (("1", "user"), ("2", "user"), ("3", "bot"), ("4", "user"), ("5", "user")):
        stream.store(message_id, sender)

    (body,) = convert_letter(stream.client, stream.build_letter(1, 3))

    assert json.loads(body) == {"messages": [["conversation", "2"], ["conversation", "4"]]}


def test_letter_of_changed_rows_becomes_a_job_for_each_in_order() -> None:
    with mock_aws():
        stream = Stream("bot_table")
        for bot_table, item_id in (
            ("!changes#shop", "row#1"),
            ("!changes#shop", "row#2"),
            ("shop#orders", "7"),
            ("!changes#shop", "other#1"),
            ("!changes#shop", "row#3"),
        ):
            item = {"bot_table": {"S": bot_table}, "id": {"S": item_id}}
            stream.dynamodb.put_item(TableName=stream.table, Item=item)

        jobs = [parse_job(body) for body in convert_letter(stream.client, stream.build_letter(1, 3))]

    assert jobs == [ChangeJob(bot_id="shop", change_id=change) for change in ("row#2", "other#1")]


def test_letter_of_a_stream_that_is_gone_stays(stream: Stream) -> None:
    stream.store("1", "user")
    letter = stream.build_letter(0, 0)

    # moto forgets no record.
    with Stubber(stream.client) as stub:
        stub.add_client_error("get_shard_iterator", "TrimmedDataAccessException")
        assert convert_letter(stream.client, letter) == []


def test_letter_that_is_a_check_stays_as_it_is(stream: Stream) -> None:
    assert convert_letter(stream.client, '{"messages": [["1", "2"]]}') == ['{"messages": [["1", "2"]]}']
