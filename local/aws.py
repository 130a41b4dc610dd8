"""Clients for the local AWS and what a deployed stack says of itself."""

from dataclasses import dataclass

import boto3

from local.settings import REGION, STACK_NAME, Settings


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack: its id, its outputs and the ids its resources got."""

    stack_id: str
    outputs: dict[str, str]
    resources: dict[str, str]

    @property
    def free_key(self) -> str:
        """The value of the free tier's key: the stack's own UUID, as the template says."""
        return self.stack_id.split("/")[2]


def session() -> boto3.Session:
    """Return a session that can only ever reach the local AWS, which believes everything."""
    return boto3.Session("local", "local", region_name=REGION)


def deployment(settings: Settings) -> Deployment:
    """Ask the local AWS what is deployed on it."""
    client = session().client("cloudformation", endpoint_url=settings.aws_endpoint)
    stack = client.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    found = client.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return Deployment(
        stack_id=stack["StackId"],
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]},
        resources={resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found},
    )
