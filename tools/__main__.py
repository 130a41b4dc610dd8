"""``conversations``: what is done with a deployment from the command line."""

import argparse
from collections.abc import Sequence

from tools.bots import commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="conversations", description="The Conversations API's commands.")
    commands.add_to(parser.add_subparsers(required=True).add_parser("bots", help="check, publish, list and play bots"))
    return commands.run(parser.parse_args(arguments))


if __name__ == "__main__":
    raise SystemExit(main())
