"""The template's tables, queues and bucket on moto, and hooks that check, count and serialize requests."""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING, Any, cast

import boto3
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from tests.template import Deployment, properties, resources

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

REGION = "us-east-1"
ACCOUNT = "123456789012"
BUCKET, DRIVE_BUCKET = "bots", "drive"
STACK_UUID = "01234567-89ab-cdef-0123-456789abcdef"
"""The last part of the stack's id, from which the keys of its usage plans are derived."""

_PLACEHOLDER = re.compile(r"[#:]\w+")
_BETWEEN = re.compile(r"BETWEEN (:\w+) AND (:\w+)")
_CLAUSE = re.compile(r"\b(?:SET|REMOVE|ADD|DELETE)\s")
_IN_BRACES = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)")
_SCHEMA = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
_QUEUE_ATTRIBUTES = {
    "FifoQueue": "true",
    "DeduplicationScope": "messageGroup",
    "FifoThroughputLimit": "perMessageGroupId",
}

FIFO_QUEUES = {
    "RepliesQueue": "replies.fifo",
    "RepliesDeadLetters": "dead-letters.fifo",
    "WaitingTurnsQueue": "waiting-turns.fifo",
    "WaitingTurnsDeadLetters": "waiting-turns-dead-letters.fifo",
    "AutomationsQueue": "automations.fifo",
    "AutomationsDeadLetters": "automations-dead-letters.fifo",
}
STANDARD_QUEUES = {
    "AutomationRelayDeadLetters": "automation-relay-dead-letters",
    "ErasuresQueue": "erasures",
    "ErasuresDeadLetters": "erasures-dead-letters",
    "ExpiriesQueue": "expiries",
    "ExpiriesDeadLetters": "expiries-dead-letters",
    "OutboxQueue": "outbox",
    "ReceivedMailsQueue": "received-mails",
    "ReceivedMailsDeadLetters": "received-mails-dead-letters",
    "RelayDeadLetters": "relay-dead-letters",
    "TellingsQueue": "tellings",
    "TellingsDeadLetters": "tellings-dead-letters",
}
"""Names of the standard queues, by their logical ids."""


@dataclass(frozen=True, slots=True)
class Aws:
    """A deployment on moto.

    Attributes
    ----------
    dynamodb, sqs, s3
        Clients.
    names
        The values of the template's ``Ref``: names of tables, URLs of queues, ids of the rest.
    """

    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    s3: "S3Client"
    names: dict[str, str] = field(default_factory=dict)

    def deployment(self, **parameters: str) -> Deployment:
        """Return the template with these names and parameters."""
        return Deployment(self.names, parameters)

    def create(self) -> None:
        """Create every table, the queues and the bucket as the template defines them."""
        for name in resources("AWS::DynamoDB::Table"):
            schema = {key: value for key, value in properties(name).items() if key in _SCHEMA}
            self.dynamodb.create_table(TableName=name, **cast("Any", schema))
            self.names[name] = name
        for name, queue_name in FIFO_QUEUES.items():
            queue = properties(name)
            attributes = {key: queue[key] if isinstance(queue[key], str) else "true" for key in _QUEUE_ATTRIBUTES}
            assert attributes == _QUEUE_ATTRIBUTES
            response = self.sqs.create_queue(QueueName=queue_name, Attributes=cast("Any", attributes))
            self.names[name] = response["QueueUrl"]
        for name, queue_name in STANDARD_QUEUES.items():
            self.names[name] = self.sqs.create_queue(QueueName=queue_name)["QueueUrl"]
        for bucket in (BUCKET, DRIVE_BUCKET):
            self.s3.create_bucket(Bucket=bucket)
        self.names.update(
            {
                "BotsBucket": BUCKET,
                "DriveBucket": DRIVE_BUCKET,
                "ScheduleGroup": "group",
                "WebSocketApi": "a1b2c3d4e5",
                "RestApi": "f6g7h8i9j0",
                "AWS::Region": REGION,
                "AWS::StackName": "test",
                "AWS::URLSuffix": "amazonaws.com",
                "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/test/{STACK_UUID}",
                "UserPool": f"{REGION}_Test",
                "UserPoolClient": "client",
                "DistributionSecret": "secret",
            }
        )

    def empty(self) -> None:
        """Empty what ``create`` created, without the requests that deleting and creating it again would take."""
        for name in resources("AWS::DynamoDB::Table"):
            dynamodb_backends[ACCOUNT][REGION].tables[name].items.clear()
        for name in (*FIFO_QUEUES.values(), *STANDARD_QUEUES.values()):
            queues = sqs_backends[ACCOUNT][REGION]
            # Otherwise it is refused for a minute after the last one, as on SQS.
            queues.get_queue(name).last_purged_at = None
            queues.purge_queue(name)
        objects = s3_backends[ACCOUNT]["aws"]
        for bucket in (BUCKET, DRIVE_BUCKET):
            for key in [*objects.buckets[bucket].keys]:
                objects.delete_object(bucket, key)

    def list_items(self, table: str) -> list[dict[str, Any]]:
        """Return all items of a table, serialized."""
        return list(self.dynamodb.scan(TableName=table)["Items"])


def create_clients() -> Aws:
    """Return clients of moto, which must be active."""
    dynamodb = boto3.client("dynamodb", region_name=REGION)
    dynamodb.meta.events.register("before-call.dynamodb.*", refuse_requests_invalid_on_dynamodb)
    return Aws(dynamodb, boto3.client("sqs", region_name=REGION), boto3.client("s3", region_name=REGION))


def refuse_requests_invalid_on_dynamodb(params: dict[str, Any], **_: object) -> None:
    """Refuse requests that moto accepts and DynamoDB answers with a ``ValidationException``."""
    body = json.loads(params["body"])
    actions = [action for item in body.get("TransactItems", []) for action in item.values()]
    for request in [body, *actions]:
        expressions = " ".join(str(value) for name, value in request.items() if name.endswith("Expression"))
        defined = {*request.get("ExpressionAttributeNames", {}), *request.get("ExpressionAttributeValues", {})}
        unused = defined - set(_PLACEHOLDER.findall(expressions))
        assert not unused, f"unused in {expressions}: {unused}"
        values = request.get("ExpressionAttributeValues", {})
        for lower, upper in _BETWEEN.findall(request.get("KeyConditionExpression", "")):
            assert values[lower]["S"] <= values[upper]["S"], "BETWEEN requires the upper bound not to be the lower"
        paths = _changed_paths(request.get("UpdateExpression", ""))
        overlaps = [(one, other) for one, other in permutations(paths, 2) if _overlap(one, other)]
        assert not overlaps, f"two document paths overlap with each other: {overlaps}"


def _changed_paths(expression: str) -> list[str]:
    flat = _IN_BRACES.sub("", expression)
    clauses = _CLAUSE.split(flat)[1:]
    return [re.split(r"[\s=]", action.strip())[0] for clause in clauses for action in clause.split(",")]


def _overlap(one: str, other: str) -> bool:
    return one == other or other.startswith((f"{one}.", f"{one}["))


@contextmanager
def count_requests(client: "DynamoDBClient") -> Iterator[Counter[str]]:
    """Count the requests of a client, by operation."""
    counts: Counter[str] = Counter()

    def count(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        counts[model.name] += 1

    client.meta.events.register("before-call.dynamodb.*", count)
    try:
        yield counts
    finally:
        client.meta.events.unregister("before-call.dynamodb.*", count)


def run_before_next(client: "DynamoDBClient", operation: str, action: Callable[[dict[str, Any]], object]) -> None:
    """Run ``action`` once, with the request, just before the next request of an operation is sent."""
    event = f"before-call.dynamodb.{operation}"

    def once(params: dict[str, Any], **_: object) -> None:
        client.meta.events.unregister(event, once)
        action(params)

    client.meta.events.register(event, once)


class SerializedClient:
    """A client that sends one request at a time.

    A request to DynamoDB is atomic; one to moto is atomic in a single thread only. The requests of several threads
    may still come in any order.
    """

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(self._client, name)

        def locked(**parameters: Any) -> Any:  # noqa: ANN401 - boto3's
            with self._lock:
                return operation(**parameters)

        return locked


def serialize_requests(client: "DynamoDBClient") -> "DynamoDBClient":
    """Return a client that threads may share on moto."""
    return cast("DynamoDBClient", SerializedClient(client))
