"""``conversations``: the commands of the Python client, and those for the bots of a deployment."""

import sys
from collections.abc import Sequence

from tools.bots import commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    if words[:1] == ["bots"]:
        return commands.main(words[1:])
    from tools import client_commands  # noqa: PLC0415 - takes longer to import than checking a package does

    return client_commands.main(words)


if __name__ == "__main__":
    raise SystemExit(main())
