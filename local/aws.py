"""Clients for the local AWS and what a deployed stack says of itself."""

from dataclasses import dataclass

import boto3
from botocore.exceptions import ClientError
from mypy_boto3_lambda import LambdaClient

from local.settings import REGION, STACK_NAME, Settings

_USABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
_FINGERPRINT = "fingerprint"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack: its id, its outputs and the ids its resources got."""

    stack_id: str
    outputs: dict[str, str]
    resources: dict[str, str]

    @property
    def plan_keys(self) -> dict[str, str]:
        """The value of each tier's key: the tier and the stack's own UUID, as the template says."""
        uuid = self.stack_id.split("/")[2]
        return {tier: f"{tier}-{uuid}" for tier in ("free", "partner")}


def deployment(settings: Settings) -> Deployment | None:
    """Ask the local AWS what is deployed on it."""
    client = session().client("cloudformation", endpoint_url=settings.aws_endpoint)
    try:
        stack = client.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    except ClientError:
        return None
    if stack["StackStatus"] not in _USABLE:
        return None
    found = client.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return Deployment(
        stack_id=stack["StackId"],
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]},
        resources={resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found},
    )


def fingerprint(settings: Settings, deployed: Deployment) -> str:
    """Return what the deployment was made from, as it was remembered."""
    client = session().client("lambda", endpoint_url=settings.aws_endpoint)
    return client.list_tags(Resource=_remembering(client, deployed))["Tags"].get(_FINGERPRINT, "")


def remember(settings: Settings, deployed: Deployment, fingerprint: str) -> None:
    """Keep what the deployment was made from beside the deployment: then both are saved, or lost, together."""
    client = session().client("lambda", endpoint_url=settings.aws_endpoint)
    client.tag_resource(Resource=_remembering(client, deployed), Tags={_FINGERPRINT: fingerprint})


def _remembering(client: LambdaClient, deployed: Deployment) -> str:
    name = deployed.outputs["RunTurnFunctionName"]
    return client.get_function_configuration(FunctionName=name)["FunctionArn"]


def session() -> boto3.Session:
    """Return a session that can only ever reach the local AWS, which believes everything."""
    return boto3.Session("local", "local", region_name=REGION)
