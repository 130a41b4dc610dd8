"""The functions as Lambda runs them: each with its own environment and handler, and AWS on moto."""

import importlib
import json
import logging
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO, StringIO
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from conversations.adapters.dynamodb.webhook_secrets import DynamoDBWebhookSecrets
from conversations.bootstrap.gateway import announcing_gateway, gateway
from conversations.bootstrap.stores import bot_catalogue, conversation_store, message_store
from conversations.domain import ids, jobs
from conversations.domain.bot import Bot
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import TurnJob
from conversations.domain.message import Message
from conversations.domain.principal import Principal
from tests import events
from tests.aws import Aws
from tests.builders import a_conversation, a_draft
from tests.composition import clear_caches
from tests.events import Event
from tests.integration.permissions import Guard
from tests.template import Deployment, functions, handler_module, properties, template

_LOGGING = (
    "conversations.entrypoints.rest",
    "conversations.entrypoints.websocket",
    "conversations.entrypoints.queue",
    "conversations.entrypoints.authorizer",
)
"""The modules that log."""

QUEUES = ("RepliesQueue", "WaitingTurnsQueue")
"""The queues of turns: of bots that answer at once, and of bots that wait for another service."""

WORKERS = ("run_turn", "run_waiting_turns")
"""The functions that run the turns of these queues; each can run every turn."""

_VARIABLES = frozenset(
    {
        *template()["Globals"]["Function"]["Environment"]["Variables"],
        *template()["Resources"]["AuthorizerFunction"]["Properties"]["Environment"]["Variables"],
    }
)


class Context(LambdaContext):
    """The context object of an invocation that begins."""

    def __init__(self, logical_id: str) -> None:
        self._function_name = logical_id
        self._memory_limit_in_mb = 512
        self._invoked_function_arn = f"arn:aws:lambda:us-east-1:123456789012:function:{logical_id}"
        self._aws_request_id = "8f5d7a34-0a4e-4e8a-9d35-2b9c1c7b6a5e"

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override] # a static method in Powertools
        globals_ = template()["Globals"]["Function"]
        return int(properties(self._function_name).get("Timeout", globals_["Timeout"])) * 1_000


@dataclass(slots=True)
class FakeConnectionsApi:
    """API Gateway's ``@connections``: every connection is open unless it is listed as gone.

    Attributes
    ----------
    frames
        The frames that each connection received, parsed, in order.
    closed
        Connections that the server closed.
    gone
        Connections whose requests get 410.
    throttled
        Connections whose requests get 429.
    throttled_times
        Connections whose next requests get 429, with the number of these requests.
    """

    frames: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    closed: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    throttled: set[str] = field(default_factory=set)
    throttled_times: dict[str, int] = field(default_factory=dict)

    def __call__(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Respond to a request of the client, in place of the network."""
        connection_id = unquote(urlsplit(request.url).path.rpartition("/")[2])
        if connection_id in self.gone:
            return _respond(request, 410, "GoneException")
        if self.throttled_times.get(connection_id, 0):
            self.throttled_times[connection_id] -= 1
            return _respond(request, 429, "LimitExceededException")
        if connection_id in self.throttled:
            return _respond(request, 429, "LimitExceededException")
        if request.method == "DELETE":
            self.closed.append(connection_id)
            return _respond(request, 204)
        self.frames[connection_id].append(json.loads(cast("bytes", request.body)))
        return _respond(request, 200)

    def get_last_frame(self, connection_id: str = "phone") -> dict[str, Any]:
        """Return the last frame that a connection received."""
        return self.frames[connection_id][-1]


class _RawBody(BytesIO):
    """A response body as urllib3 passes it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def _respond(request: AWSPreparedRequest, status: int, kind: str = "") -> AWSResponse:
    headers = {"x-amzn-errortype": kind} if kind else {}
    return AWSResponse(request.url, status, cast("Any", headers), _RawBody(b"{}"))


@dataclass(frozen=True, slots=True)
class Functions:
    """A deployment whose functions can be invoked.

    Attributes
    ----------
    aws
        The tables and queues.
    deployment
        The template with its parameters and names.
    connections
        API Gateway's ``@connections``.
    guard
        Checks the permissions of every request.
    worker
        The function that ``run_turns`` invokes, one of ``WORKERS``.
    """

    aws: Aws
    deployment: Deployment
    connections: FakeConnectionsApi
    guard: Guard
    worker: str = "run_turn"

    def run_turns(self, batch: Event) -> dict[str, Any]:
        """Run a batch of turns."""
        return self.invoke(self.worker, batch)

    def invoke(self, function: str, event: Event) -> dict[str, Any]:
        """Invoke a function with exactly the environment and the permissions of the template."""
        for name in _VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(self.deployment.environment(function))
        # To JSON and back, as Lambda does: a value that cannot be serialized fails here too.
        handler = importlib.import_module(handler_module(function)).handler
        with self.guard.watching(function):
            response = handler(json.loads(json.dumps(event)), Context(functions()[function]))
        parsed: dict[str, Any] = json.loads(json.dumps(response))
        return parsed

    def publish(self, bot: Bot) -> None:
        """Store a bot."""
        bot_catalogue().publish(bot)

    def set_webhook_secret(self, bot_id: str, secret_hash: str) -> None:
        """Store the hash of a bot's webhook secret."""
        DynamoDBWebhookSecrets(self.aws.dynamodb, self.aws.names["BotsTable"]).set_hash(bot_id, secret_hash)

    def create_conversation(
        self,
        owner: Principal,
        *contents: str,
        **fields: Any,  # noqa: ANN401 - as the builder declares them
    ) -> Conversation:
        """Store a conversation of now with these messages of its owner, and return it."""
        now = datetime.now(UTC).replace(microsecond=0)
        conversation = self.store_conversation(a_conversation(owner, **{"last_activity": now} | fields))
        for content in contents:
            self.store_message(owner, conversation, content)
        return conversation

    def store_conversation(self, conversation: Conversation) -> Conversation:
        """Store a conversation and return it."""
        conversation_store().create(conversation)
        return conversation

    def store_message(self, owner: Principal, conversation: Conversation, content: str = "Hello") -> Message:
        """Store a message without queueing it, and return it."""
        return message_store().append(owner, conversation.id, a_draft(content), conversation.last_activity)

    def list_messages(self, conversation_id: str) -> list[Message]:
        """Return the history of a conversation, oldest first."""
        conversation = conversation_store().get(conversation_id)
        if conversation is None:
            return []
        page = message_store().get_page(conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=1_000)
        return list(page.items)

    def receive_jobs(self, queue: str = "RepliesQueue") -> list[TurnJob]:
        """Receive and delete all jobs of a queue of turns, by its logical id."""
        url = self.aws.names[queue]
        received: list[TurnJob] = []
        while batch := self.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", []):
            received.append(jobs.from_json(batch[0]["Body"]))
            self.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=batch[0]["ReceiptHandle"])
        return received

    def forward_jobs(self) -> list[Event]:
        """Receive and delete all jobs of the turns queue. Return a batch for each, with its message attributes."""
        url = self.aws.names["RepliesQueue"]
        batches: list[Event] = []
        while received := self.aws.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", []):
            message = received[0]
            batch = events.records(jobs.from_json(message["Body"]))
            batch["Records"][0]["messageAttributes"] = {
                name: {"dataType": value["DataType"], "stringValue": value["StringValue"]}
                for name, value in message.get("MessageAttributes", {}).items()
            }
            batches.append(batch)
            self.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return batches

    def check_outbox(self) -> None:
        """Run all scheduled checks of the outbox."""
        url = self.aws.names["OutboxQueue"]
        while batch := self.aws.sqs.receive_message(QueueUrl=url).get("Messages", []):
            self.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=batch[0]["ReceiptHandle"])
            assert self.invoke("check_outbox", events.records(batch[0]["Body"])) == {"batchItemFailures": []}

    def run_bots(self) -> None:
        """Run all queued jobs, one record at a time, until both queues of turns are empty."""
        while any(self._run_jobs(queue, function) for queue, function in zip(QUEUES, WORKERS, strict=True)):
            pass

    def _run_jobs(self, queue: str, function: str) -> bool:
        """Run the jobs of a queue, and return whether there were any."""
        jobs_ = self.receive_jobs(queue)
        for job in jobs_:
            assert self.invoke(function, events.records(job)) == {"batchItemFailures": []}
        return bool(jobs_)


@contextmanager
def run_functions(aws: Aws, **parameters: str) -> Iterator[Functions]:
    """Yield the functions, with empty caches as in a cold process."""
    before = dict(os.environ)
    deployment = aws.deployment(**parameters)
    connections = FakeConnectionsApi()
    os.environ.update(deployment.environment("authorizer"))
    clear_caches()
    guard = Guard()
    # A client copies the session's hooks when it is created.
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register("before-call", guard)
    boto3.DEFAULT_SESSION.events.register("before-sign.s3", guard.check_signed_url)
    for way in (gateway(), announcing_gateway()):
        way.client.meta.events.register_first("before-send.apigatewaymanagementapi.*", cast("Any", connections))
    try:
        yield Functions(aws, deployment, connections, guard)
    finally:
        clear_caches()
        boto3.DEFAULT_SESSION.events.unregister("before-call", guard)
        boto3.DEFAULT_SESSION.events.unregister("before-sign.s3", guard.check_signed_url)
        os.environ.clear()
        os.environ.update(before)
    assert guard.denied == set(), "template.yaml: the function lacks these grants"


@dataclass(frozen=True, slots=True)
class Logs:
    """The logs of the functions."""

    stream: StringIO

    @property
    def text(self) -> str:
        """All lines, as CloudWatch gets them."""
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines, parsed."""
        return [json.loads(line) for line in self.text.splitlines()]


@contextmanager
def capture_logs() -> Iterator[Logs]:
    """Capture what goes to CloudWatch."""
    stream = StringIO()
    with ExitStack() as handlers:
        loggers = {importlib.import_module(name).logger for name in _LOGGING}
        # Modules with the same service share a logger. On Lambda the service has the package's name, so the logger
        # also writes the package's own logs; here the name depends on the module that was imported first.
        formatters = {logger.service: logger.registered_formatter for logger in loggers}
        formatters.setdefault("conversations", next(iter(formatters.values())))
        for name, formatter in formatters.items():
            handler = logging.StreamHandler(stream)
            handler.setFormatter(formatter)
            logging.getLogger(name).addHandler(handler)
            handlers.callback(logging.getLogger(name).removeHandler, handler)
        # The service's logger has the level INFO on Lambda, whichever module is imported first.
        package = logging.getLogger("conversations")
        handlers.callback(package.setLevel, package.level)
        package.setLevel(logging.INFO)
        yield Logs(stream)
