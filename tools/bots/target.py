"""The stack that bots are published to: the table and bucket of the options, or the running local stack."""

import argparse
import getpass
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from local.errors import LocalStackError
from local.settings import find_stack_file

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client


class TargetError(Exception):
    """The target is missing or incomplete. The text is shown to the user."""


@dataclass(frozen=True, slots=True)
class PublishTarget:
    """The table and the bucket of a stack, and clients for them.

    Attributes
    ----------
    table
        The name of the bots table.
    bucket
        The name of the bucket of dialog versions; empty for commands that need only the table.
    session
        The boto3 session with the credentials and the region.
    endpoint_url
        The URL of the AWS emulator; None for AWS.
    schedules
        The output `Schedules` of the stack: where the schedules of bots are created; empty if it was not named.
    data_table
        The name of the table with the bots' data; empty if it is not known.
    drive_bucket
        The name of the bucket with the contents of the bots' files; empty if it is not known.
    """

    table: str
    bucket: str
    session: boto3.Session
    endpoint_url: str | None
    schedules: str = ""
    data_table: str = ""
    drive_bucket: str = ""

    @property
    def dynamodb(self) -> "DynamoDBClient":
        """A client for the table."""
        return self.session.client("dynamodb", endpoint_url=self.endpoint_url)

    @property
    def s3(self) -> "S3Client":
        """A client for the bucket."""
        return self.session.client("s3", endpoint_url=self.endpoint_url)

    def get_user(self) -> str:
        """Return who uses the stack: the ARN of the AWS identity, or the user of this machine for an emulator."""
        if self.endpoint_url is not None:
            return getpass.getuser()
        return str(self.session.client("sts").get_caller_identity()["Arn"])


def resolve_target(options: argparse.Namespace) -> PublishTarget:
    """Return the target of the options, or the local stack without options.

    Raises
    ------
    TargetError
        If an option is missing, or if there are none and no local stack is running or a setting of it is invalid.
    """
    present = [name for name in options.required_options if getattr(options, name)]
    if present == options.required_options:
        return PublishTarget(
            options.table,
            getattr(options, "bucket", ""),
            boto3.Session(),
            options.endpoint_url,
            getattr(options, "schedules", None) or "",
            getattr(options, "data_table", None) or "",
            getattr(options, "drive_bucket", None) or "",
        )
    if present or options.endpoint_url:
        missing = " and ".join(f"--{name}" for name in options.required_options if name not in present)
        raise TargetError(f"{missing} {'is' if len(present) + 1 == len(options.required_options) else 'are'} missing.")
    try:
        file = find_stack_file(os.environ)
    except LocalStackError as error:
        raise TargetError(str(error)) from None
    return _load_local_target(file)


def _load_local_target(file: Path) -> PublishTarget:
    try:
        stack = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TargetError(
            f"No local stack is running: there is no {file}. Start one with `make up`, or set --table and --bucket to"
            " the outputs BotsTableName and BotsBucketName of another stack."
        ) from None
    except ValueError:
        raise TargetError(f"{file} does not describe a stack.") from None
    return build_target(stack)


def build_target(stack: Mapping[str, Any]) -> PublishTarget:
    """Return the target of a stack that is described as in ``stack.json``."""
    outputs, endpoint, region = stack["outputs"], stack.get("aws_endpoint"), stack["region"]
    # A stack on AWS is described too, by `make deploy`: it needs the credentials of the shell.
    session = (
        boto3.Session(region_name=region) if endpoint is None else boto3.Session("local", "local", region_name=region)
    )
    schedules = outputs.get("Schedules", "")
    return PublishTarget(
        outputs["BotsTableName"],
        outputs["BotsBucketName"],
        session,
        endpoint,
        schedules,
        outputs.get("BotDataTableName", ""),
        outputs.get("DriveBucketName", ""),
    )
