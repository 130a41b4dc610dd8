"""AWS clients for the emulator, and the description of a deployed stack."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local.settings import REGION, STACK_NAME, Settings

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

CREDENTIALS = Credentials("local", "local")
"""Dummy credentials, which only the emulator accepts; it takes them for those of the account's root."""
_USABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
_TAGGED_FUNCTION = "HealthFunction"
"""A logical id that all versions of the template have, so that a deployment of an older version is updated."""
_FINGERPRINT = "fingerprint"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack: its id, its outputs and the physical ids of its resources by logical id."""

    stack_id: str
    outputs: dict[str, str]
    resources: dict[str, str]

    @property
    def plan_keys(self) -> dict[str, str]:
        """The API key of each tier, as the template builds it: the tier and the UUID of the stack."""
        uuid = self.stack_id.split("/")[2]
        return {tier: f"{tier}-{uuid}" for tier in ("free", "partner")}


def get_deployment(settings: Settings) -> Deployment | None:
    """Return the deployed stack. Return None if there is none that can be used."""
    client = create_session().client("cloudformation", endpoint_url=settings.aws_endpoint)
    try:
        stack = client.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    except ClientError:
        return None
    if stack["StackStatus"] not in _USABLE:
        return None
    resources = client.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return Deployment(
        stack_id=stack["StackId"],
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]},
        resources={resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources},
    )


def get_fingerprint(settings: Settings, deployment: Deployment) -> str:
    """Return the stored fingerprint of the sources of a deployment; empty if it has none."""
    client = create_session().client("lambda", endpoint_url=settings.aws_endpoint)
    return client.list_tags(Resource=_get_tagged_arn(client, deployment))["Tags"].get(_FINGERPRINT, "")


def store_fingerprint(settings: Settings, deployment: Deployment, fingerprint: str) -> None:
    """Store the fingerprint of the sources as a tag of the deployment, so that both are saved or lost together."""
    client = create_session().client("lambda", endpoint_url=settings.aws_endpoint)
    client.tag_resource(Resource=_get_tagged_arn(client, deployment), Tags={_FINGERPRINT: fingerprint})


def _get_tagged_arn(client: "LambdaClient", deployment: Deployment) -> str:
    name = deployment.resources[_TAGGED_FUNCTION]
    return client.get_function_configuration(FunctionName=name)["FunctionArn"]


def create_session() -> boto3.Session:
    """Create a session with the dummy credentials."""
    return boto3.Session(CREDENTIALS.access_key, CREDENTIALS.secret_key, region_name=REGION)
