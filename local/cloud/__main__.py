"""``python -m local.cloud check|deploy|undeploy|user ENVIRONMENT [E-MAIL]``. The Makefile calls it.

``YES=1`` answers the question of ``deploy``, and ``CONFIRM=NAME`` that of ``undeploy``.
"""

import argparse
import os
import sys

import boto3

from local.cloud.deployment import deploy, require_outputs, write_description
from local.cloud.environments import Environment, read_environment
from local.cloud.requirements_check import check_requirements
from local.cloud.undeployment import undeploy
from local.cloud.users import create_user
from local.cloud.verification import verify
from local.errors import LocalStackError
from local.settings import ROOT


def main() -> None:
    """Run the command line. Print an expected failure as a sentence, without a traceback."""
    parser = argparse.ArgumentParser(prog="python -m local.cloud")
    parser.add_argument("command", choices=("check", "deploy", "undeploy", "user"))
    parser.add_argument("environment")
    parser.add_argument("email", nargs="?", default="")
    options = parser.parse_args()
    try:
        environment = read_environment(options.environment)
        match options.command:
            case "check":
                print("\n".join(check_requirements(environment)))
            case "deploy":
                _deploy(environment)
            case "undeploy":
                undeploy(environment, _ask_name)
            case _:
                client = boto3.client("cognito-idp", region_name=environment.region)
                create_user(client, require_outputs(environment), options.email)
                print(f"Cognito sends {options.email} a temporary password.")
    except LocalStackError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted. CloudFormation finishes a change that has begun.")


def _deploy(environment: Environment) -> None:
    outputs = deploy(environment, _confirm)
    file = write_description(environment, outputs)
    print("- checking the deployment from outside", flush=True)
    verify(environment, outputs, os.environ.get("SMOKE_TOKEN"))
    if url := outputs.get("WebsiteUrl"):
        print(f"Website:    {url}/")
    print(f"REST:       {outputs['RestApiUrl']}")
    print(f"WebSocket:  {outputs['WebSocketUrl']}")
    print(f"Stack file: {file.relative_to(ROOT)}")


def _confirm(question: str) -> bool:
    if os.environ.get("YES") == "1":
        return True
    if not sys.stdin.isatty():
        raise LocalStackError(
            "There is no terminal for the confirmation of the changes. Set YES=1 to deploy without a question."
        )
    return input(f"{question} [y/N] ").strip().lower() == "y"


def _ask_name(question: str) -> str:
    return os.environ.get("CONFIRM") or (input(question).strip() if sys.stdin.isatty() else "")


if __name__ == "__main__":
    main()
