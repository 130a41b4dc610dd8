"""Checks before the build: credentials, Region, name of the stack and rights."""

import json
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.cloud.environments import Environment
from local.cloud.stacks import Stack, find_stack
from local.errors import LocalStackError

POLICY_FILE = Path(__file__).with_name("deployer-policy.json")
"""The rights that a deployment needs, as an IAM policy."""

_BUSY = "_IN_PROGRESS"
_FAILED_CREATION = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}
_MAX_ACTIONS = 50
"""So many actions are checked in one request."""


def check_requirements(environment: Environment) -> list[str]:
    """Return sentences about what will be deployed where.

    Raises
    ------
    LocalStackError
        If a requirement is not met.
    """
    identity = _get_identity()
    stack = _find_usable_stack(environment)
    action = "is created" if stack is None or stack.status == "REVIEW_IN_PROGRESS" else "is updated"
    account = f"Account {identity['Account']}, Region {environment.region}, as {identity['Arn']}"
    return [account, f"Stack {environment.stack_name} {action}.", _check_rights(identity["Arn"])]


def _get_identity() -> dict[str, Any]:
    try:
        return dict(boto3.client("sts", region_name="us-east-1").get_caller_identity())
    except (BotoCoreError, ClientError) as error:
        raise LocalStackError(
            f"There are no valid AWS credentials ({error}). Sign in, for example with `aws sso login`, and set "
            "AWS_PROFILE; see docs/deploying.md."
        ) from None


def _find_usable_stack(environment: Environment) -> Stack | None:
    try:
        stack = find_stack(environment)
    except (BotoCoreError, ClientError) as error:
        raise LocalStackError(f"CloudFormation in {environment.region} cannot be read: {error}") from None
    if stack is None or stack.status == "REVIEW_IN_PROGRESS":
        return stack
    if stack.status in _FAILED_CREATION:
        raise LocalStackError(
            f"The stack {environment.stack_name} is {stack.status}: its creation failed. Remove it with "
            f"`make undeploy ENV={environment.name}`, and deploy again."
        )
    if stack.status.endswith(_BUSY):
        raise LocalStackError(f"The stack {environment.stack_name} is {stack.status}. Wait until it is finished.")
    if "SessionsTableName" not in stack.outputs:
        raise LocalStackError(
            f"The stack {environment.stack_name} in {environment.region} is another application. Set another "
            "stack_name in samconfig.toml."
        )
    return stack


def _check_rights(arn: str) -> str:
    """Ask IAM whether the caller has the rights. Return a sentence.

    Raises
    ------
    LocalStackError
        If IAM says that rights are missing.
    """
    try:
        missing = sorted(_list_missing(_get_principal(arn)))
    except (BotoCoreError, ClientError):
        return "Rights: not checked, because the caller may not ask IAM (iam:SimulatePrincipalPolicy)."
    if missing:
        raise LocalStackError(
            f"These rights are missing: {', '.join(missing)}. docs/deploying.md has a policy with all of them."
        )
    return "Rights: the caller has those that a deployment needs."


def _get_principal(arn: str) -> str:
    """Return the role of a session; IAM knows no sessions."""
    if ":assumed-role/" not in arn:
        return arn
    account, name = arn.split(":")[4], arn.split("/")[1]
    return f"arn:{arn.split(':')[1]}:iam::{account}:role/{name}"


def _list_missing(principal: str) -> set[str]:
    if principal.endswith(":root"):
        return set()
    client = boto3.client("iam")
    actions = list_checked_actions()
    missing = set()
    for start in range(0, len(actions), _MAX_ACTIONS):
        pages = client.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=principal, ActionNames=actions[start : start + _MAX_ACTIONS]
        )
        for page in pages:
            missing |= {
                result["EvalActionName"]
                for result in page["EvaluationResults"]
                if result["EvalDecision"] == "explicitDeny"
                or (result["EvalDecision"] != "allowed" and not _is_limited(result["EvalActionName"]))
            }
    return missing


def list_checked_actions() -> list[str]:
    """Return the actions of the policy that are not patterns."""
    statements = json.loads(POLICY_FILE.read_text())["Statement"]
    return sorted({action for statement in statements for action in statement["Action"] if "*" not in action})


def _is_limited(action: str) -> bool:
    """Return whether the policy allows an action for some resources only; IAM was asked for all of them."""
    statements = json.loads(POLICY_FILE.read_text())["Statement"]
    return all(statement["Resource"] != "*" for statement in statements if action in statement["Action"])
