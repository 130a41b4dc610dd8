"""A stack as CloudFormation describes it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from local.cloud.environments import Environment

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack: its status, outputs, parameters and ids of resources by logical id."""

    status: str
    outputs: dict[str, str]
    parameters: dict[str, str]


def create_client(environment: Environment) -> "CloudFormationClient":
    """Return a client for the Region of the environment."""
    return boto3.client("cloudformation", region_name=environment.region)


def find_stack(environment: Environment) -> Stack | None:
    """Return the stack. Return None if there is none."""
    try:
        stack = create_client(environment).describe_stacks(StackName=environment.stack_name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        return None
    return Stack(
        stack["StackStatus"],
        {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        {item["ParameterKey"]: item["ParameterValue"] for item in stack.get("Parameters", [])},
    )


def list_resource_ids(environment: Environment) -> dict[str, str]:
    """Return the physical ids of the stack's resources by logical id."""
    pages = create_client(environment).get_paginator("list_stack_resources").paginate(StackName=environment.stack_name)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if "PhysicalResourceId" in resource
    }
