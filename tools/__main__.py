"""``conversations``: the commands of the Python client, and those for the bots of a deployment."""

import os
from collections.abc import Sequence
from pathlib import Path

from general_bots_conversations import cli
from general_bots_conversations.cli.errors import UsageError
from local.errors import LocalStackError
from local.settings import find_stack_file
from tools.bots import commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser, subparsers = cli.build_parser(_find_stack)
    bots = subparsers.add_parser("bots", help="check, publish, list and run bots")
    commands.add_commands(bots)
    bots.set_defaults(run=commands.run)
    parser.set_defaults(run=cli.run)
    options = parser.parse_args(arguments)
    status: int = options.run(options)
    return status


def _find_stack() -> Path:
    """Return the description of the local stack, or of the one that is named."""
    try:
        return find_stack_file(os.environ)
    except LocalStackError as error:
        raise UsageError(str(error)) from None


if __name__ == "__main__":
    raise SystemExit(main())
