"""The functions as Lambda runs them: their own environment, their own entry point, and AWS on moto."""

import importlib
import json
import logging
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from conversations.bootstrap.gateway import gateway
from conversations.bootstrap.stores import bot_catalogue, conversation_store, message_store
from conversations.domain import jobs
from conversations.domain.bot import Bot
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import TurnJob
from conversations.domain.message import Message
from conversations.domain.principal import Principal
from tests import events
from tests.aws import Aws
from tests.builders import a_draft
from tests.composition import clear_caches
from tests.events import Event
from tests.integration.permissions import Guard
from tests.template import Deployment, functions, handler_module, template

_LOGGING = (
    "conversations.entrypoints.rest",
    "conversations.entrypoints.websocket",
    "conversations.entrypoints.queue",
    "conversations.entrypoints.authorizer",
)
"""The modules that log."""

_VARIABLES = frozenset(
    {
        *template()["Globals"]["Function"]["Environment"]["Variables"],
        *template()["Resources"]["AuthorizerFunction"]["Properties"]["Environment"]["Variables"],
    }
)


class Context(LambdaContext):
    """What Lambda tells a function of its invocation."""

    def __init__(self, function_name: str) -> None:
        self._function_name = function_name
        self._memory_limit_in_mb = 512
        self._invoked_function_arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function_name}"
        self._aws_request_id = "8f5d7a34-0a4e-4e8a-9d35-2b9c1c7b6a5e"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 20_000


@dataclass(slots=True)
class OpenSockets:
    """The far side of ``@connections``: every socket is open unless it is said to be gone.

    Attributes
    ----------
    told
        The frames every socket got, parsed, in order.
    closed
        Sockets closed from our side.
    gone
        Sockets that answer 410.
    throttled
        Sockets that answer 429.
    throttled_times
        Sockets that answer 429 so many times, and then no more.
    """

    told: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    closed: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    throttled: set[str] = field(default_factory=set)
    throttled_times: dict[str, int] = field(default_factory=dict)

    def __call__(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Answer a request of the client, in place of the network."""
        connection_id = unquote(urlsplit(request.url).path.rpartition("/")[2])
        if connection_id in self.gone:
            return _answer(request, 410, "GoneException")
        if self.throttled_times.get(connection_id, 0):
            self.throttled_times[connection_id] -= 1
            return _answer(request, 429, "LimitExceededException")
        if connection_id in self.throttled:
            return _answer(request, 429, "LimitExceededException")
        if request.method == "DELETE":
            self.closed.append(connection_id)
            return _answer(request, 204)
        self.told[connection_id].append(json.loads(cast("bytes", request.body)))
        return _answer(request, 200)

    def last(self, connection_id: str = "phone") -> dict[str, Any]:
        """Return the last frame a socket got."""
        return self.told[connection_id][-1]


class _Raw(BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def _answer(request: AWSPreparedRequest, status: int, kind: str = "") -> AWSResponse:
    headers = {"x-amzn-errortype": kind} if kind else {}
    return AWSResponse(request.url, status, cast("Any", headers), _Raw(b"{}"))


@dataclass(frozen=True, slots=True)
class Functions:
    """A deployment whose functions can be invoked.

    Attributes
    ----------
    where
        Tables and queue.
    deployment
        The template, filled in.
    sockets
        The far side of ``@connections``.
    guard
        What IAM would say.
    """

    where: Aws
    deployment: Deployment
    sockets: OpenSockets
    guard: Guard

    def invoke(self, function: str, event: Event) -> dict[str, Any]:
        """Run a function with exactly the environment and the permissions that the template gives it."""
        for name in _VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(self.deployment.environment(function))
        # Through JSON and back, as Lambda does: what cannot be written fails here as it would there.
        handler = importlib.import_module(handler_module(function)).handler
        with self.guard.watching(function):
            answer = handler(json.loads(json.dumps(event)), Context(functions()[function]))
        read: dict[str, Any] = json.loads(json.dumps(answer))
        return read

    def publish(self, bot: Bot) -> None:
        """Store a bot."""
        bot_catalogue().publish(bot)

    def holds(self, conversation: Conversation) -> Conversation:
        """Store a conversation and return it."""
        conversation_store().create(conversation)
        return conversation

    def said(self, owner: Principal, conversation: Conversation, content: str = "Hello") -> Message:
        """Store a message without queueing it, and return it."""
        return message_store().append(owner, conversation.id, a_draft(content), conversation.last_activity)

    def stored(self, session_id: str) -> list[Message]:
        """Return the history of a conversation, oldest first."""
        conversation = conversation_store().get(session_id)
        if conversation is None:
            return []
        page = message_store().page(conversation, first="0", last="g", newest=False, limit=1_000)
        return list(page.items)

    def queued(self) -> list[TurnJob]:
        """Take all work off the queue."""
        url = self.where.names["RepliesQueue"]
        taken: list[TurnJob] = []
        while batch := self.where.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", []):
            taken.append(jobs.from_json(batch[0]["Body"]))
            self.where.sqs.delete_message(QueueUrl=url, ReceiptHandle=batch[0]["ReceiptHandle"])
        return taken

    def run_the_bots(self) -> None:
        """Hand queued work to the reply function, one record at a time, as the template has it, until none is left."""
        while works := self.queued():
            for work in works:
                assert self.invoke("run_turn", events.records(work)) == {"batchItemFailures": []}


@contextmanager
def running(where: Aws, **parameters: str) -> Iterator[Functions]:
    """Run the functions in a fresh process, as far as one test can tell."""
    before = dict(os.environ)
    deployment = where.deployment(**parameters)
    sockets = OpenSockets()
    os.environ.update(deployment.environment("authorizer"))
    clear_caches()
    guard = Guard()
    # Clients take the session's hooks along when they are made.
    assert boto3.DEFAULT_SESSION is not None
    boto3.DEFAULT_SESSION.events.register("before-call", guard)
    client = gateway().client
    client.meta.events.register_first("before-send.apigatewaymanagementapi.*", cast("Any", sockets))
    try:
        yield Functions(where, deployment, sockets, guard)
    finally:
        clear_caches()
        boto3.DEFAULT_SESSION.events.unregister("before-call", guard)
        os.environ.clear()
        os.environ.update(before)
    assert guard.denied == set(), "template.yaml: grant the function what it asks for"


@dataclass(frozen=True, slots=True)
class Logs:
    """What the functions logged."""

    stream: StringIO

    @property
    def text(self) -> str:
        """Everything, as it goes to CloudWatch."""
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Line by line, parsed."""
        return [json.loads(line) for line in self.text.splitlines()]


@contextmanager
def reading_logs() -> Iterator[Logs]:
    """Read along with CloudWatch."""
    stream = StringIO()
    with ExitStack() as readers:
        loggers = {importlib.import_module(name).logger for name in _LOGGING}
        # Modules with the same service share a logger. On Lambda the service has the package's name, so that what the
        # package logs by itself is written by it too; here the name depends on who was imported first.
        writers = {each.service: each.registered_formatter for each in loggers}
        writers.setdefault("conversations", next(iter(writers.values())))
        for name, formatter in writers.items():
            handler = logging.StreamHandler(stream)
            handler.setFormatter(formatter)
            logging.getLogger(name).addHandler(handler)
            readers.callback(logging.getLogger(name).removeHandler, handler)
        yield Logs(stream)
