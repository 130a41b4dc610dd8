"""``python -m local.cloud ENVIRONMENT``: deploys the build to AWS with the credentials of the shell.

The environments are the sections of ``samconfig.toml``. The command writes a file in the format of a local stack's
``stack.json``, with which ``tests/stack`` and the tools can use the deployment (``STACK_JSON``).
"""

import json
import os
import subprocess
import sys
import tomllib
from typing import Any

import boto3

from local.build import BUILDS
from local.errors import LocalStackError
from local.settings import ROOT, get_tool_path

DESCRIPTION_FILES = "aws-*.json"
"""The descriptions of deployments in ``.local``, as a glob pattern."""

_CONFIG = ROOT / "samconfig.toml"
_TEMPLATE = BUILDS / "arm64/build/template.yaml"


def main() -> None:
    """Deploy, publish the bots and write the description of the deployment."""
    environment = sys.argv[1]
    try:
        configuration = read_configuration(environment)
        _deploy(environment)
        description = describe_deployment(_get_outputs(configuration), configuration["region"])
        _publish_bots(description["outputs"], configuration["region"])
    except LocalStackError as error:
        sys.exit(str(error))
    file = ROOT / ".local" / DESCRIPTION_FILES.replace("*", environment)
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(description, indent=2) + "\n")
    print(f"REST:       {description['api_url']}")
    print(f"WebSocket:  {description['ws_url']}")
    print(f"Stack file: {file.relative_to(ROOT)}")


def read_configuration(environment: str) -> dict[str, Any]:
    """Return the settings of an environment.

    Raises
    ------
    LocalStackError
        If samconfig.toml has no such environment for AWS.
    """
    sections = tomllib.loads(_CONFIG.read_text())
    if environment not in sections or environment == "local":
        raise LocalStackError(f"ENV={environment}: samconfig.toml has no such environment for AWS.")
    section = sections[environment]
    return {**section["global"]["parameters"], **section["deploy"]["parameters"]}


def describe_deployment(outputs: dict[str, str], region: str) -> dict[str, Any]:
    """Describe a deployment in the format of ``stack.json``. It has neither a chat page nor demo users."""
    return {
        "base_url": None,
        "api_url": outputs["RestApiUrl"],
        "ws_url": outputs["WebSocketUrl"],
        "aws_endpoint": None,
        "region": region,
        "cognito": {"user_pool_id": outputs.get("UserPoolId"), "client_id": outputs.get("UserPoolClientId")},
        "users": {},
        "outputs": outputs,
    }


def _deploy(environment: str) -> None:
    options = ["--config-file", str(_CONFIG), "--config-env", environment, "--template-file", str(_TEMPLATE)]
    _run([get_tool_path(".venvs/sam", "sam"), "deploy", *options], "The deployment failed; see above.")


def _publish_bots(outputs: dict[str, str], region: str) -> None:
    bots = [str(bot) for bot in sorted((ROOT / "bots").glob("*.gbai"))]
    target = ["--table", outputs["BotsTableName"], "--bucket", outputs["BotsBucketName"]]
    command = [sys.executable, "-m", "tools.bots", "publish", *target, *bots]
    _run(command, "Publishing the bots failed; see above.", AWS_DEFAULT_REGION=region)


def _get_outputs(configuration: dict[str, Any]) -> dict[str, str]:
    client = boto3.client("cloudformation", region_name=configuration["region"])
    stack = client.describe_stacks(StackName=configuration["stack_name"])["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _run(command: list[str], failure: str, **variables: str) -> None:
    environment = os.environ | {"SAM_CLI_TELEMETRY": "0"} | variables
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:  # noqa: S603 - fixed commands
        raise LocalStackError(failure)


if __name__ == "__main__":
    main()
