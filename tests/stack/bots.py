"""Publishing of test bots on the stack."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.stack.conftest import Stack
from tools.bots.packages import read_package
from tools.bots.publishing import publish


def publish_package(folder: Path, stack: Stack, aws: Callable[[str], Any]) -> str:
    """Publish a valid package and return the bot's id."""
    reading = read_package(folder)
    assert reading.package is not None, reading.diagnostics
    outputs = stack["outputs"]
    publish(aws("s3"), outputs["BotsBucketName"], aws("dynamodb"), outputs["BotsTableName"], [reading.package])
    return reading.package.bot.id
