"""Deploys an environment, from the template to a page that answers."""

import json
from pathlib import Path
from typing import Any

from local.build import BUILDS
from local.cloud import DESCRIPTION_FILES
from local.cloud.change_sets import Confirm, deploy_template
from local.cloud.environments import Environment
from local.cloud.publishing import publish_bots, publish_website
from local.cloud.stacks import find_stack
from local.errors import LocalStackError
from local.settings import ROOT

TEMPLATE = BUILDS / "arm64/build/template.yaml"


def deploy(environment: Environment, confirm: Confirm, template: Path = TEMPLATE) -> dict[str, str]:
    """Deploy the build, publish the bots and the website. Return the outputs of the stack.

    Raises
    ------
    LocalStackError
        If it is not confirmed, or a step fails.
    """
    known = _get_website_parameters(environment, _get_outputs(environment))
    deploy_template(environment, template, known, confirm)
    outputs = _get_outputs(environment)
    found = _get_website_parameters(environment, outputs)
    if found != known:
        print(f"- the website is {found['WebsiteUrl']}; the user pool and the functions get this address", flush=True)
        deploy_template(environment, template, found, lambda _: True)
        outputs = _get_outputs(environment)
    print("- publishing the bots", flush=True)
    publish_bots(environment, outputs)
    if environment.has_website:
        print("- uploading the website", flush=True)
        print(f"  {publish_website(environment, outputs)} files")
    return outputs


def describe_deployment(outputs: dict[str, str], region: str) -> dict[str, Any]:
    """Describe a deployment in the format of ``stack.json``. It has no demo users."""
    return {
        "base_url": outputs.get("WebsiteUrl"),
        "api_url": outputs["RestApiUrl"],
        "ws_url": outputs["WebSocketUrl"],
        "aws_endpoint": None,
        "region": region,
        "cognito": {"user_pool_id": outputs.get("UserPoolId"), "client_id": outputs.get("UserPoolClientId")},
        "users": {},
        "outputs": outputs,
    }


def write_description(environment: Environment, outputs: dict[str, str]) -> Path:
    """Write the description, with which tests and tools can use the deployment (``STACK_JSON``). Return its path."""
    file = ROOT / ".local" / DESCRIPTION_FILES.replace("*", environment.name)
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(describe_deployment(outputs, environment.region), indent=2) + "\n")
    return file


def _get_website_parameters(environment: Environment, outputs: dict[str, str]) -> dict[str, str]:
    """Return the parameter with the website's address, if the distribution has named it."""
    domain = outputs.get("DistributionDomainName")
    named = environment.parameters.keys() & {"WebsiteDomain", "WebsiteUrl"}
    return {} if domain is None or named else {"WebsiteUrl": f"https://{domain}"}


def _get_outputs(environment: Environment) -> dict[str, str]:
    stack = find_stack(environment)
    return {} if stack is None else stack.outputs


def require_outputs(environment: Environment) -> dict[str, str]:
    """Return the outputs of a deployed stack.

    Raises
    ------
    LocalStackError
        If it is not deployed.
    """
    outputs = _get_outputs(environment)
    if not outputs:
        raise LocalStackError(f"ENV={environment.name} is not deployed. Run `make deploy ENV={environment.name}`.")
    return outputs
