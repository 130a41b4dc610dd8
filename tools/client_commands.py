"""The commands of the Python client, which find the local stack of this repository."""

import os
from collections.abc import Sequence
from pathlib import Path

from general_bots_conversations import cli
from general_bots_conversations.cli.errors import UsageError
from local.errors import LocalStackError
from local.settings import find_stack_file


def main(arguments: Sequence[str]) -> int:
    """Run a command of the client; return the exit status."""
    parser, subparsers = cli.build_parser(_find_stack)
    subparsers.add_parser("bots", help="check, test, publish and run bots")  # for the help; see `tools.__main__`
    return cli.run(parser.parse_args(arguments))


def _find_stack() -> Path:
    """Return the description of the local stack, or of the one that is named."""
    try:
        return find_stack_file(os.environ)
    except LocalStackError as error:
        raise UsageError(str(error)) from None
