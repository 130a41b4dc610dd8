"""Removes a deployment. What holds data of users stays."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import WaiterError

from local.cloud import DESCRIPTION_FILES
from local.cloud.environments import Environment
from local.cloud.stacks import create_client, find_stack, list_resource_ids
from local.errors import LocalStackError
from local.settings import ROOT
from local.template import read_resources

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import WaiterConfigTypeDef

_COSTS = {
    "AWS::DynamoDB::Table": "$0.25 per GB and month, and $0.20 per GB for point-in-time recovery",
    "AWS::S3::Bucket": "$0.023 per GB and month",
    "AWS::Cognito::UserPool": "nothing without sign-ins",
}
"""List prices in us-east-1 of what is kept."""

_POLL: "WaiterConfigTypeDef" = {"Delay": 5, "MaxAttempts": 720}


def undeploy(environment: Environment, ask_name: Callable[[str], str]) -> None:
    """Delete the stack after its name was entered.

    Raises
    ------
    LocalStackError
        If there is no stack, another name was entered, or the deletion fails.
    """
    stack = find_stack(environment)
    if stack is None:
        raise LocalStackError(f"There is no stack {environment.stack_name} in {environment.region}.")
    kept = list_kept(list_resource_ids(environment))
    print("\n".join(["These stay, with all data of the users and the bots:", *kept] if kept else ["Nothing stays."]))
    if stack.parameters.get("DeletionProtection") == "true":
        print("Tables and user pool are protected against deletion (DeletionProtection).")
    print("All else is deleted: APIs, functions, queues with their jobs, logs, the website. Open chats end.")
    if ask_name(f"Enter the name of the stack to delete it ({environment.stack_name}): ") != environment.stack_name:
        raise LocalStackError("Nothing was deleted.")
    if bucket := stack.outputs.get("WebsiteBucketName"):
        empty_bucket(environment, bucket)
    _delete(environment)
    (ROOT / ".local" / DESCRIPTION_FILES.replace("*", environment.name)).unlink(missing_ok=True)


def list_kept(ids: dict[str, str]) -> list[str]:
    """Return a line for each resource that stays, with its costs."""
    return [
        f"  {resource['Type']} {ids[name]}: {_COSTS[resource['Type']]}"
        for name, resource in read_resources().items()
        if name in ids and resource.get("DeletionPolicy") == "Retain" and resource["Type"] in _COSTS
    ]


def empty_bucket(environment: Environment, bucket: str) -> None:
    """Delete all objects; CloudFormation deletes empty buckets only."""
    client = boto3.client("s3", region_name=environment.region)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        if keys := [{"Key": item["Key"]} for item in page.get("Contents", [])]:
            client.delete_objects(Bucket=bucket, Delete={"Objects": keys})  # type: ignore[typeddict-item]


def _delete(environment: Environment) -> None:
    client = create_client(environment)
    client.delete_stack(StackName=environment.stack_name)
    print(f"- deleting {environment.stack_name}: up to twenty minutes, mostly for the distribution", flush=True)
    try:
        client.get_waiter("stack_delete_complete").wait(StackName=environment.stack_name, WaiterConfig=_POLL)
    except WaiterError as error:
        raise LocalStackError(f"CloudFormation could not delete the stack: {error}") from None
