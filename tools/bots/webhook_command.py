"""``conversations bots webhook``."""

import argparse
import os
import sys

from conversations.domain.webhook_signature import InvalidSecretError, make_secret, parse_secret
from tools.bots.bot_server_session import BotServerSession, print_failures
from tools.bots.terminal_input import echo, read_input, read_lines


def run(options: argparse.Namespace) -> int:
    """Talk to a bot server on this machine."""
    secret = os.environ.get("WEBHOOK_SECRET", "")
    try:
        parse_secret(secret)
    except InvalidSecretError as error:
        print(f"Set WEBHOOK_SECRET for your server and for this command: {error}. A new one:", file=sys.stderr)
        print(f"export WEBHOOK_SECRET={make_secret()}", file=sys.stderr)
        return 2
    print_failures(sys.stderr)
    session = BotServerSession(
        url=f"http://127.0.0.1:{options.port}/{options.path.removeprefix('/')}",
        secret=secret,
        output=sys.stdout,
        user=options.user,
        groups=frozenset(options.group),
    )
    session.run(read_input() if options.input is None else echo(read_lines(options.input)))
    return 0
