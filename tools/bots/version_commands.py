"""The commands for the versions of a bot: versions, rollback, diff, unpublish."""

import argparse
import sys
from collections.abc import Callable
from functools import wraps

from tools.bots.publications import get_version
from tools.bots.stack_commands import Command, reports_stack_errors
from tools.bots.target import resolve_target
from tools.bots.versions import BotVersions, VersionError, format_versions

type VersionCommand = Callable[[BotVersions, argparse.Namespace], None]


def _for_bot(command: VersionCommand) -> Command:
    """Make a command of a function for the versions of the bot that the options name."""

    @reports_stack_errors
    @wraps(command)
    def run(options: argparse.Namespace) -> int:
        try:
            command(BotVersions(resolve_target(options), options.bot), options)
        except VersionError as error:
            print(error, file=sys.stderr)
            return 1
        return 0

    return run


@_for_bot
def list_versions(versions: BotVersions, _options: argparse.Namespace) -> None:
    """List who published which version when."""
    print(*format_versions(versions), sep="\n")


@_for_bot
def roll_back(versions: BotVersions, options: argparse.Namespace) -> None:
    """Publish an earlier version again."""
    bot = versions.roll_back(options.version)
    print("published:", bot.id, get_version(bot))


@_for_bot
def compare(versions: BotVersions, options: argparse.Namespace) -> None:
    """Print the differences between two versions."""
    for line in versions.compare(options.first, options.second):
        print(line)


@_for_bot
def unpublish(versions: BotVersions, _options: argparse.Namespace) -> None:
    """Unpublish a bot."""
    versions.unpublish()
    print(f"unpublished: {versions.bot_id}. `conversations bots rollback {versions.bot_id}` publishes it again.")
