"""IAM, which moto does not check: every permission that a function needs is granted, and every grant is needed.

A missing grant fails the test that needed it. An unused grant fails the run, if it was a complete run of the
integration tests: with pytest-xdist each process has seen some of the requests, so all report to the main process.

"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.aws import BUCKET, DRIVE_BUCKET
from tests.template import (
    BOT_SECRETS,
    CONNECTIONS,
    MAIL_IDENTITY,
    SCHEDULES,
    TELEPHONES,
    Grant,
    functions,
    grants,
    poller_grants,
)

type FunctionGrant = tuple[str, Grant]
"""The name of a function, and one of its grants."""

USED: set[FunctionGrant] = set()
"""The grants that functions used in this process; in the main process of pytest-xdist, in all of them."""

_QUEUES = {
    "replies.fifo": "RepliesQueue",
    "dead-letters.fifo": "RepliesDeadLetters",
    "waiting-turns.fifo": "WaitingTurnsQueue",
    "waiting-turns-dead-letters.fifo": "WaitingTurnsDeadLetters",
    "automations.fifo": "AutomationsQueue",
    "erasures": "ErasuresQueue",
    "expiries": "ExpiriesQueue",
    "outbox": "OutboxQueue",
    "tellings": "TellingsQueue",
}
_MODEL_ACTIONS = {"ConverseStream": "bedrock:InvokeModelWithResponseStream", "InvokeModel": "bedrock:InvokeModel"}
_BUCKETS = {BUCKET: "BotsBucket", DRIVE_BUCKET: "DriveBucket"}
_OBJECT_ACTIONS = {"HeadObject": "GetObject"}
"""The permissions of requests that have none of their own name."""
_SECRET_NAMES = {"ssm": "Name", "secretsmanager": "SecretId"}
_ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


@dataclass(slots=True)
class Guard:
    """Record the requests of a function, and those that its policy does not allow.

    Attributes
    ----------
    denied
        The requests that AWS would have denied, by function.
    """

    denied: set[FunctionGrant] = field(default_factory=set)
    _running: str | None = None

    @contextmanager
    def watching(self, function: str) -> Iterator[None]:
        """Attribute all requests to a function; a function may run while another one waits."""
        outer, self._running = self._running, function
        try:
            yield
        finally:
            self._running = outer

    def __call__(self, model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore's
        """Check a request before botocore sends it."""
        self._check(_required_grants(model, params))

    def check_signed_url(self, request: Any, operation_name: str, signature_version: str, **_: object) -> None:  # noqa: ANN401 - botocore's
        """Check the address of an object that a function signs: who opens it has the permissions of the function."""
        address = urlsplit(request.url)
        if signature_version.endswith("-query"):
            objects = _name_objects(address.netloc.partition(".")[0], address.path[1:])
            self._check([(f"s3:{operation_name}", objects)])
        elif signature_version.endswith("-presign-post"):
            # The conditions of a form name the key.
            conditions = request.context["s3-presign-post-policy"]["conditions"]
            (key,) = (each["key"] for each in conditions if "key" in each)
            self._check([(f"s3:{operation_name}", _name_objects(address.netloc.partition(".")[0], key))])

    def _check(self, required: Iterable[Grant]) -> None:
        if self._running is not None:
            granted = grants(self._running)
            needed = {(self._running, _get_grant(grant, granted)) for grant in required}
            USED.update(needed)
            self.denied |= {grant for grant in needed if grant[1] not in granted}


def _required_grants(model: Any, params: dict[str, Any]) -> Iterator[Grant]:  # noqa: ANN401 - botocore's
    service = model.service_model.service_name
    if service == "apigatewaymanagementapi":
        yield "execute-api:ManageConnections", CONNECTIONS
    elif service == "sqs":
        yield f"sqs:{model.name}", _QUEUES[json.loads(params["body"])["QueueUrl"].rpartition("/")[2]]
    elif service in _SECRET_NAMES:
        yield f"{service}:{model.name}", _name_secret(json.loads(params["body"])[_SECRET_NAMES[service]])
    elif service == "s3":
        yield from _required_object_grants(model.name, params)
    elif service == "sesv2":
        yield f"ses:{model.name}", MAIL_IDENTITY
    elif service == "sns":
        yield f"sns:{model.name}", TELEPHONES
    elif service == "scheduler":
        yield f"scheduler:{model.name}", SCHEDULES
        yield "iam:PassRole", "SchedulerRole"
    elif service == "bedrock-runtime":
        yield from _required_model_grants(model.name, params["url_path"])
    else:
        yield from _required_table_grants(model, json.loads(params["body"]))


def _required_object_grants(operation: str, params: dict[str, Any]) -> Iterator[Grant]:
    inputs = params["context"]["input_params"]
    bucket, key = inputs["Bucket"], inputs["Key"]
    if operation == "CopyObject":
        # Both objects are in the same bucket.
        source_key = unquote(params["headers"]["x-amz-copy-source"]).removeprefix(f"{bucket}/")
        yield "s3:GetObject", _name_objects(bucket, source_key)
        yield "s3:PutObject", _name_objects(bucket, key)
    else:
        yield f"s3:{_OBJECT_ACTIONS.get(operation, operation)}", _name_objects(bucket, key)


def _name_objects(bucket: str, key: str) -> str:
    """Return the objects that a grant may be limited to: those of a folder of the drives, or all."""
    folder = key.partition("/")[0]
    return f"{_BUCKETS[bucket]}/{folder}/*" if folder.startswith("!") else f"{_BUCKETS[bucket]}/*"


def _get_grant(required: Grant, granted: set[Grant]) -> Grant:
    """Return the grant of all objects of a bucket, if the one of a folder is not granted."""
    action, resource = required
    bucket, slash, _ = resource.partition("/!")
    return (action, f"{bucket}/*") if slash and required not in granted else required


def _required_table_grants(model: Any, body: dict[str, Any]) -> Iterator[Grant]:  # noqa: ANN401 - botocore's
    # The tests' tables are named by their logical ids.
    if model.name == "TransactWriteItems":
        for action in body["TransactItems"]:
            for kind, request in action.items():
                yield f"dynamodb:{_ACTIONS[kind]}", request["TableName"]
    elif model.name in ("BatchGetItem", "BatchWriteItem"):
        for table in body["RequestItems"]:
            yield f"dynamodb:{model.name}", table
    else:
        yield f"dynamodb:{model.name}", body["TableName"] + ("/index" if "IndexName" in body else "")


def _required_model_grants(operation: str, path: str) -> Iterator[Grant]:
    """Yield the grants for a model by its id, or by the id or ARN of a profile, which calls a model in turn."""
    action = _MODEL_ACTIONS[operation]
    model_id = unquote(path.split("/")[2])
    yield action, "foundation-model/*"
    if ":application-inference-profile/" in model_id:
        yield action, "application-inference-profile/*"
    elif not model_id.startswith("amazon."):
        yield action, "inference-profile/*"


def _name_secret(name: str) -> str:
    """Return what a grant of a secret's name is for: those of bots, or nothing that is granted."""
    return BOT_SECRETS if name.removeprefix("/").startswith("conversations/") else name


# ------------------------------------------------------------------------------------- hooks, imported by conftest.py

_FOLDER = Path(__file__).parent
_COMPLETE = pytest.StashKey[bool]()
_UNUSED = pytest.StashKey[list[str]]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note whether every integration test is part of the run."""
    options = session.config.option
    selected = options.keyword or options.markexpr or options.deselect or getattr(options, "lf", False)
    files = {path for path in _FOLDER.rglob("test_*.py") if path.parent == _FOLDER}
    session.config.stash[_COMPLETE] = not selected and files <= {item.path for item in session.items}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - of pytest-xdist, which has no types
    """Collect what a process of pytest-xdist has seen."""
    report = getattr(node, "workeroutput", {})
    USED.update((function, (action, resource)) for function, action, resource in report.get("used_grants", ()))
    node.config.stash[_COMPLETE] = report.get("complete", False)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Report to the main process; there, fail a complete run if there are unused grants."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["used_grants"] = [(function, *grant) for function, grant in sorted(USED)]
        config.workeroutput["complete"] = config.stash.get(_COMPLETE, False)
    elif exitstatus == pytest.ExitCode.OK and config.stash.get(_COMPLETE, False):
        config.stash[_UNUSED] = unused_grants(USED)
        if config.stash[_UNUSED]:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the unused grants."""
    for sentence in config.stash.get(_UNUSED, ()):
        terminalreporter.write_line(sentence, red=True)


def unused_grants(used: set[FunctionGrant]) -> list[str]:
    """Return a sentence for each grant of the template that is not among ``used``."""
    granted = {(function, grant) for function in functions() for grant in grants(function) - poller_grants(function)}
    return [
        f"template.yaml: remove {action} on {resource} from {functions()[function]}, or add a test that needs it."
        for function, (action, resource) in sorted(granted - used)
    ]
