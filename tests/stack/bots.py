"""Publishing of test bots on the stack."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3

from tools.bots.packages import read_package
from tools.bots.publishing import publish
from tools.bots.target import build_target


def connect_aws(stack: dict[str, Any]) -> Callable[[str], Any]:
    """Return a function that creates clients of the stack's account; a local stack accepts any credentials."""
    endpoint = stack.get("aws_endpoint")
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"} if endpoint else {}
    return partial(boto3.client, region_name=stack["region"], endpoint_url=endpoint, **keys)


def publish_package(folder: Path, stack: dict[str, Any], _aws: object = None) -> str:
    """Publish a valid package and return the bot's id."""
    reading = read_package(folder)
    assert reading.package is not None, reading.diagnostics
    publish(build_target(stack), [reading.package])
    return reading.package.bot.id
