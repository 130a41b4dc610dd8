"""``conversations``: the command line for a deployment."""

import argparse
from collections.abc import Sequence

from tools.bots import commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="conversations", description="Commands of the Conversations API.")
    subparsers = parser.add_subparsers(required=True)
    commands.add_commands(subparsers.add_parser("bots", help="check, publish, list and run bots"))
    return commands.run(parser.parse_args(arguments))


if __name__ == "__main__":
    raise SystemExit(main())
