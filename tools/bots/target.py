"""Where bots are published: the stack whose table and bucket are named, or else the local one that runs."""

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

LOCAL = Path(__file__).parents[2] / ".local/stack.json"
"""What the local stack writes when it runs; ``STACK_JSON`` names the file of another."""


class NoPlaceError(Exception):
    """It is not said where to publish; the text tells the user how to."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stack, as far as bots are published to it.

    Attributes
    ----------
    table
        Name of the table of bots.
    bucket
        Name of the bucket of versions; empty where only the table was named.
    session
        Whose credentials and region are used.
    endpoint_url
        A local AWS; None for the real one.
    """

    table: str
    bucket: str
    session: boto3.Session
    endpoint_url: str | None

    @property
    def dynamodb(self) -> "DynamoDBClient":
        """A client for the table."""
        return self.session.client("dynamodb", endpoint_url=self.endpoint_url)

    @property
    def s3(self) -> "S3Client":
        """A client for the bucket."""
        return self.session.client("s3", endpoint_url=self.endpoint_url)


def add_to(parser: argparse.ArgumentParser, *, bucket: bool) -> None:
    """Add the options that name a place to a command; without ``bucket``, it needs the table only."""
    place = parser.add_argument_group("where; without these, the local stack that runs")
    place.add_argument("--table", help="the stack's output BotsTableName")
    if bucket:
        place.add_argument("--bucket", help="the stack's output BotsBucketName")
    place.add_argument("--endpoint-url", help="a local AWS; without it the real one")
    parser.set_defaults(needs=["table", "bucket"] if bucket else ["table"])


def place_of(options: argparse.Namespace) -> Place:
    """Return the place the options name, or the local stack if they name none.

    Raises
    ------
    NoPlaceError
        If they name half of one, or none and no local stack runs.
    """
    named = [name for name in options.needs if getattr(options, name)]
    if named == options.needs:
        return Place(options.table, getattr(options, "bucket", ""), boto3.Session(), options.endpoint_url)
    if named or options.endpoint_url:
        missing = " and ".join(f"--{name}" for name in options.needs if name not in named)
        raise NoPlaceError(f"{missing} {'is' if len(named) + 1 == len(options.needs) else 'are'} missing.")
    return _local(Path(os.environ.get("STACK_JSON", LOCAL)))


def _local(file: Path) -> Place:
    try:
        stack = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NoPlaceError(
            "No local stack runs here: start one with `make up`, or name the outputs BotsTableName and BotsBucketName"
            " of another with --table and --bucket."
        ) from None
    outputs = stack["outputs"]
    session = boto3.Session("local", "local", region_name=stack["region"])
    return Place(outputs["BotsTableName"], outputs["BotsBucketName"], session, stack["aws_endpoint"])
