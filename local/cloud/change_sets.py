"""The change set of a deployment: created by SAM, shown, confirmed and executed."""

import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import WaiterError

from local.cloud.environments import Environment
from local.cloud.stacks import create_client, find_stack
from local.errors import LocalStackError
from local.settings import ROOT, get_tool_path

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import ChangeTypeDef, WaiterConfigTypeDef

type Confirm = Callable[[str], bool]

_POLL: "WaiterConfigTypeDef" = {"Delay": 5, "MaxAttempts": 720}
"""Waits for at most an hour; a distribution takes up to a quarter of it."""


def deploy_template(environment: Environment, template: Path, parameters: Mapping[str, str], confirm: Confirm) -> bool:
    """Upload the code, show what changes, and change it after a confirmation. Return whether there was a change.

    Raises
    ------
    LocalStackError
        If it is not confirmed or fails.
    """
    known = _list_executable(environment)
    _create(environment, template, parameters)
    new = [name for name in _list_executable(environment) if name not in known]
    if not new:
        print("Nothing changes.")
        return False
    changes = list(_read_changes(environment, new[-1]))
    print("\n".join(summarize(changes)))
    if not confirm(f"Change the stack {environment.stack_name}?"):
        _discard(environment, new[-1])
        raise LocalStackError("Nothing was changed.")
    _execute(environment, new[-1])
    return True


def summarize(changes: "list[ChangeTypeDef]") -> list[str]:
    """Return lines for the kinds of resources that are added, and for each one that is removed or replaced."""
    added: Counter[str] = Counter()
    modified: Counter[str] = Counter()
    lines = []
    for change in changes:
        resource = change["ResourceChange"]
        kind, name = resource["ResourceType"], resource["LogicalResourceId"]
        if resource["Action"] == "Add":
            added[kind] += 1
        elif resource["Action"] == "Remove":
            lines.append(f"  remove   {kind} {name}")
        elif resource.get("Replacement") == "True":
            lines.append(f"  REPLACE  {kind} {name}")
        else:
            modified[kind] += 1
    totals = [f"  add      {number} {kind}" for kind, number in sorted(added.items())]
    totals += [f"  modify   {number} {kind}" for kind, number in sorted(modified.items())]
    return [f"{len(changes)} resources change:", *totals, *lines]


def _create(environment: Environment, template: Path, parameters: Mapping[str, str]) -> None:
    overrides = [f"{name}={value}" for name, value in {**environment.parameters, **parameters}.items()]
    command = [
        *(get_tool_path(".venvs/sam", "sam"), "deploy", "--no-execute-changeset", "--no-confirm-changeset"),
        *("--no-fail-on-empty-changeset", "--template-file", str(template)),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--resolve-s3"),
        *("--stack-name", environment.stack_name, "--s3-prefix", environment.stack_name),
        *("--region", environment.region),
        *(("--parameter-overrides", *overrides) if overrides else ()),
    ]
    log = ROOT / ".local" / f"deploy-{environment.name}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:
        code = subprocess.run(  # noqa: S603 - a fixed command
            command,
            cwd=ROOT,
            env=os.environ | {"SAM_CLI_TELEMETRY": "0"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code:
        raise LocalStackError(f"SAM cannot prepare the deployment; see {log.relative_to(ROOT)}.")


def _list_executable(environment: Environment) -> list[str]:
    """Return the change sets that can be executed, the oldest first."""
    if find_stack(environment) is None:
        return []
    response = create_client(environment).list_change_sets(StackName=environment.stack_name)
    available = [item for item in response["Summaries"] if item.get("ExecutionStatus") == "AVAILABLE"]
    return [item["ChangeSetName"] for item in sorted(available, key=lambda item: item["CreationTime"])]


def _read_changes(environment: Environment, name: str) -> Iterator[Any]:
    pages = create_client(environment).get_paginator("describe_change_set")
    for page in pages.paginate(StackName=environment.stack_name, ChangeSetName=name):
        yield from page["Changes"]


def _execute(environment: Environment, name: str) -> None:
    client = create_client(environment)
    stack = find_stack(environment)
    is_new = stack is not None and stack.status == "REVIEW_IN_PROGRESS"
    began = time.time()
    client.execute_change_set(StackName=environment.stack_name, ChangeSetName=name)
    print(f"- changing {environment.stack_name}: about ten minutes the first time, for the distribution", flush=True)
    try:
        if is_new:
            client.get_waiter("stack_create_complete").wait(StackName=environment.stack_name, WaiterConfig=_POLL)
        else:
            client.get_waiter("stack_update_complete").wait(StackName=environment.stack_name, WaiterConfig=_POLL)
    except WaiterError:
        reasons = "\n".join(_list_failures(environment, began))
        raise LocalStackError(f"CloudFormation could not change the stack:\n{reasons}") from None


def _list_failures(environment: Environment, began: float) -> list[str]:
    events = create_client(environment).describe_stack_events(StackName=environment.stack_name)["StackEvents"]
    return [
        f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED") and event["Timestamp"].timestamp() >= began
    ]


def _discard(environment: Environment, name: str) -> None:
    """Delete a change set, and the empty stack that it would have created."""
    client = create_client(environment)
    stack = find_stack(environment)
    client.delete_change_set(StackName=environment.stack_name, ChangeSetName=name)
    if stack is not None and stack.status == "REVIEW_IN_PROGRESS":
        client.delete_stack(StackName=environment.stack_name)
