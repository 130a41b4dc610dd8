"""Records the requests of an invocation, and restores what they have changed, so that they can be made again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from itertools import groupby
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore import xform_name
from botocore.client import BaseClient
from botocore.model import OperationModel

from bench.units import Item
from bench.written_items import Key, list_written_keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Call(NamedTuple):
    """One request to AWS."""

    client: BaseClient
    operation: str
    parameters: Mapping[str, Any]

    def repeat(self) -> None:
        """Make the request."""
        getattr(self.client, xform_name(self.operation))(**self.parameters)


class Change(NamedTuple):
    """An item before a request wrote it; None if it did not exist."""

    key: Key
    before: Item | None

    def undo(self) -> None:
        """Make the item what it was."""
        table, key = self.key
        if self.before is None:
            _dynamodb().delete_item(TableName=table, Key=key)
        else:
            _dynamodb().put_item(TableName=table, Item=self.before)


def record_calls(run: Callable[[], object], kept_table: str) -> list[Call]:
    """Return the requests of an invocation, in order.

    Parameters
    ----------
    run
        Invokes a handler.
    kept_table
        The table whose changes stay; all others are undone. Jobs, frames and files are not sent at all.
    """
    from conversations.bootstrap import clients
    from conversations.bootstrap.gateway import announcing_gateway, gateway

    calls: list[Call] = []
    changes: list[Change] = []
    with _listening([clients.dynamodb()], calls, lambda call: changes.extend(_read_items(call))):
        others = [clients.sqs(), clients.s3(), gateway().client, announcing_gateway().client]
        with _listening(others, calls, _accept):
            run()
    for change in reversed(changes):
        if change.key[0] != kept_table:
            change.undo()
    return calls


def describe_operations(calls: list[Call]) -> str:
    """Return the names of operations in order; those that follow each other are counted."""
    groups = [(name, len(list(group))) for name, group in groupby(call.operation for call in calls)]
    return " + ".join(name if count == 1 else f"{count} {name}" for name, count in groups)


@contextmanager
def _listening(clients: Sequence[BaseClient], calls: list[Call], handle: Callable[[Call], object]) -> Iterator[None]:
    """Record the requests of clients, and answer those for which ``handle`` returns something.

    A signed address has parameters too, and is no request.
    """

    def keep_parameters(params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
        context["bench"] = dict(params)

    def listen(client: BaseClient) -> Callable[..., Any]:
        def record(model: OperationModel, context: Mapping[str, Any], **_: object) -> object:
            calls.append(Call(client, model.name, context["bench"]))
            return handle(calls[-1])

        return record

    hooks = [(client.meta.events, listen(client)) for client in clients]
    for emitter, record in hooks:
        emitter.register("provide-client-params", keep_parameters)
        emitter.register("before-call", record)
    yield
    for emitter, record in hooks:
        emitter.unregister("provide-client-params", keep_parameters)
        emitter.unregister("before-call", record)


def _accept(_call: Call) -> object:
    return SimpleNamespace(status_code=HTTPStatus.OK.value), {}


def _read_items(call: Call) -> list[Change]:
    """Return the items that a request is going to write."""
    return [
        Change((table, key), _dynamodb().get_item(TableName=table, Key=key, ConsistentRead=True).get("Item"))
        for table, key in list_written_keys(call.operation, call.parameters, _list_key_names)
    ]


@cache
def _list_key_names(table: str) -> list[str]:
    description = _dynamodb().describe_table(TableName=table)
    return [element["AttributeName"] for element in description["Table"]["KeySchema"]]


@cache
def _dynamodb() -> "DynamoDBClient":
    """Return a client of its own, without the hooks that record requests."""
    return boto3.client("dynamodb")
