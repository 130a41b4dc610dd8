"""``conversations bots run``."""

import argparse
import secrets
import sys
import time
from collections.abc import Sequence

from conversations.engines import webhook_bot
from tools.bots import terminal
from tools.bots.packages import Package
from tools.bots.reading import read_packages
from tools.bots.terminal_input import echo, read_input, read_lines
from tools.bots.terminal_session import TerminalSession


def run(options: argparse.Namespace) -> int:
    """Talk to a bot in the terminal; the exit status is 1 if a script has failed."""
    packages = read_packages([options.package], skip_broken=options.skip_broken)
    if packages is None:
        return 1
    if packages[0].bot.engine == webhook_bot.ENGINE:
        print("A webhook bot is its server: talk to it with `conversations bots webhook PORT`.", file=sys.stderr)
        return 2
    session = _create_session(packages[0], options.group)
    if options.user is not None:
        session.sign_in(options.user)
    if options.input is None:
        succeeded = terminal.run_session(session, read_input(), sys.stdout, sys.stderr, time.sleep)
    else:
        inputs = echo(read_lines(options.input))
        succeeded = terminal.run_session(session, inputs, sys.stdout, sys.stderr, lambda _seconds: None)
    return 0 if succeeded else 1


def _create_session(package: Package, groups: Sequence[str]) -> TerminalSession:
    seed = secrets.token_hex()
    if not package.bot.waits:
        return terminal.create_session(package, sys.stderr, groups, seed)
    # Only bots with a language model need these modules, which take as long to import as all others.
    from tools.bots.model_session import create_model_session  # noqa: PLC0415 - see above
    from tools.bots.models import load_models  # noqa: PLC0415 - see above

    return create_model_session(package, load_models(), sys.stderr, groups, seed)
