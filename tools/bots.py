"""Publish bot packages: ``python -m tools.bots publish --table NAME bots/*.gbai``.

A package is a folder ``<bot id>.gbai`` with a ``rules.toml`` in it; docs/bots.md says what that holds.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
from pydantic import ValidationError

from conversations.adapters.dynamodb.bots import DynamoDBBots
from conversations.adapters.engines import rules
from conversations.domain.bot import BOT_ID_PATTERN, Bot

PACKAGE_SUFFIX = ".gbai"
_BOT_ID = re.compile(BOT_ID_PATTERN)


class PackageError(Exception):
    """A package that cannot be published; the text says where and why."""


def read_package(folder: Path) -> Bot:
    """Read and check a package.

    Raises
    ------
    PackageError
        If it is not one; its text lists every fault.
    """
    bot_id = folder.name.removesuffix(PACKAGE_SUFFIX)
    if folder.name == bot_id or not _BOT_ID.fullmatch(bot_id):
        raise PackageError(f"{folder}: a package is a folder named <bot>{PACKAGE_SUFFIX}, in small letters")
    source = folder / "rules.toml"
    try:
        content = tomllib.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise PackageError(f"{source}: {error.strerror}") from error
    except ValueError as error:
        raise PackageError(f"{source}: {error}") from error
    return _bot(bot_id, source, content)


def _bot(bot_id: str, source: Path, content: dict[str, Any]) -> Bot:
    about = {name: content.pop(name) for name in ("name", "description", "access") if name in content}
    try:
        rules.read_program(content)
        return Bot(id=bot_id, engine=rules.ENGINE, program=content, **about)
    except ValidationError as error:
        faults = (f"{source}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise PackageError("\n".join(faults)) from error


def publish(table: str, folders: Sequence[Path], *, endpoint_url: str | None = None) -> list[Bot]:
    """Check all packages, then store them: none if one has a fault.

    Raises
    ------
    PackageError
        If a package has a fault.
    """
    bots = [read_package(folder) for folder in folders]
    catalogue = DynamoDBBots(boto3.client("dynamodb", endpoint_url=endpoint_url), table)
    for bot in bots:
        catalogue.publish(bot)
    return bots


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.bots", description=__doc__)
    command = parser.add_subparsers(required=True).add_parser("publish", help="store packages in the table of bots")
    command.add_argument("--table", required=True, help="name of the table (the stack's output BotsTableName)")
    command.add_argument("--endpoint-url", help="a local AWS; without it the real one")
    command.add_argument("packages", nargs="+", type=Path, help="folders <bot>.gbai")
    options = parser.parse_args(arguments)
    try:
        bots = publish(options.table, options.packages, endpoint_url=options.endpoint_url)
    except PackageError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"published: {', '.join(bot.id for bot in bots)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
