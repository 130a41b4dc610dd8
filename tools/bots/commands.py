"""The command line: ``conversations bots check|publish|list|run|secret``."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from botocore.exceptions import BotoCoreError, ClientError

from conversations.domain.errors import NotFoundError
from tools.bots import place, publishing, terminal
from tools.bots.packages import Package, read_package
from tools.bots.place import NoPlaceError, place_of

ADVICE = "Nothing was published."


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the commands to a parser; the one that is chosen is its ``command``."""
    commands = parser.add_subparsers(required=True)

    check = commands.add_parser("check", help="say all that is wrong with packages, and what is not supported")
    check.add_argument("packages", nargs="+", type=Path, metavar="PATH", help="folders <bot>.gbai")
    check.set_defaults(command=_check)

    publish = commands.add_parser("publish", help="publish packages: all of them, or none if one has an error")
    publish.add_argument("packages", nargs="+", type=Path, metavar="PATH", help="folders <bot>.gbai")
    place.add_to(publish, bucket=True)
    publish.set_defaults(command=_publish)

    listing = commands.add_parser("list", help="show what is published, and its versions")
    place.add_to(listing, bucket=True)
    listing.set_defaults(command=_list)

    run = commands.add_parser("run", help="talk with a bot here, without any AWS")
    run.add_argument("package", type=Path, metavar="PATH", help="a folder <bot>.gbai")
    run.add_argument("--user", metavar="ID", help="talk as a user who is signed in; typing `/sign-in ID` does it later")
    run.add_argument("--input", type=Path, help="a file with what to answer, line by line")
    run.add_argument(
        "--group", action="append", default=[], help="a group that you are a member of, for READ BY and WRITE BY"
    )
    run.set_defaults(command=_run)

    secret = commands.add_parser("secret", help="give a bot a new secret for its webhooks, and show it once")
    secret.add_argument("bot", metavar="BOT", help="the id of a published bot")
    place.add_to(secret, bucket=False)
    secret.set_defaults(command=_secret)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="conversations bots", description="Check, publish, list and play bots.")
    add_to(parser)
    options = parser.parse_args(arguments)
    return run(options)


def run(options: argparse.Namespace) -> int:
    """Run the command that was chosen; return the exit status."""
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except NoPlaceError as error:
        print(error, file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as error:
        print(f"AWS does not do it: {error}", file=sys.stderr)
        return 1


def _read(folders: Sequence[Path], faults: TextIO) -> list[Package] | None:
    """Read packages and show all that is wrong with them; return None if anything of it is an error."""
    readings = [read_package(folder) for folder in folders]
    for reading in readings:
        for fault in reading.faults:
            print(fault, file=faults)
    packages = [reading.package for reading in readings if reading.package is not None]
    return packages if len(packages) == len(readings) else None


def _check(options: argparse.Namespace) -> int:
    packages = _read(options.packages, sys.stdout)
    if packages is None:
        return 1
    print(f"can be published: {', '.join(package.bot.id for package in packages)}")
    return 0


def _publish(options: argparse.Namespace) -> int:
    packages = _read(options.packages, sys.stderr)
    if packages is None:
        print(ADVICE, file=sys.stderr)
        return 1
    there = place_of(options)
    publishing.publish(there.s3, there.bucket, there.dynamodb, there.table, packages)
    for package in packages:
        print("published:", package.bot.id, *([] if package.bundle is None else [package.bundle.program.id]))
    return 0


def _list(options: argparse.Namespace) -> int:
    there = place_of(options)
    for each in publishing.published(there.s3, there.bucket, there.dynamodb, there.table):
        print(f"{each.bot.id}: {each.bot.name} ({each.bot.engine})")
        for version in each.versions:
            mark = "*" if version.id == each.current else " "
            print(f"  {mark} {version.id}  {version.published_at:%Y-%m-%d %H:%M:%S} UTC")
    return 0


def _run(options: argparse.Namespace) -> int:
    packages = _read([options.package], sys.stderr)
    if packages is None:
        return 1
    player = terminal.player_of(packages[0], sys.stderr, options.group)
    if options.user is not None:
        player.sign_in(options.user)
    if options.input is None:
        sound = terminal.play(player, _typed(), sys.stdout, sys.stderr, time.sleep)
    else:
        lines = options.input.read_text(encoding="utf-8").splitlines()
        answers = [line.strip() for line in lines if line.strip()]
        sound = terminal.play(player, _echoed(answers), sys.stdout, sys.stderr, lambda _seconds: None)
    return 0 if sound else 1


def _typed() -> Iterator[str]:
    """Yield what somebody types, until they have enough."""
    while True:
        try:
            yield input("You: ")
        except (EOFError, KeyboardInterrupt):
            print()
            return


def _echoed(answers: Sequence[str]) -> Iterator[str]:
    for answer in answers:
        print(f"You: {answer}")
        yield answer


def _secret(options: argparse.Namespace) -> int:
    there = place_of(options)
    try:
        secret = publishing.new_webhook_secret(there.dynamodb, there.table, options.bot)
    except NotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print(secret)
    print("This is shown once. What the bot had before is no longer good.", file=sys.stderr)
    return 0
