"""``conversations bots run``."""

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from conversations.engines import webhook_bot
from tools.bots import terminal
from tools.bots.packages import Package
from tools.bots.reading import read_packages
from tools.bots.terminal_input import echo, read_input, read_lines
from tools.bots.terminal_session import TerminalSession
from tools.bots.watching import FilesChangedError, TypedLines, Watcher


def run(options: argparse.Namespace) -> int:
    """Talk to a bot in the terminal; the exit status is 1 if a script has failed."""
    if options.watch:
        return _watch(options)
    return _talk(options, read_input)


def _talk(options: argparse.Namespace, read: Callable[[], Iterator[str]]) -> int:
    """Check the package and talk to its bot, with the messages of the file or else those that ``read`` returns."""
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
        succeeded = terminal.run_session(session, read(), sys.stdout, sys.stderr, time.sleep)
    else:
        inputs = echo(read_lines(options.input))
        succeeded = terminal.run_session(session, inputs, sys.stdout, sys.stderr, lambda _seconds: None)
    return 0 if succeeded else 1


def _watch(options: argparse.Namespace) -> int:
    """Check the package and begin the conversation again whenever a file changes, until the end of the input."""
    watcher, lines = Watcher(options.package), TypedLines()
    while True:
        watcher.begin()
        try:
            status = _talk(options, lambda: watcher.read_input(lines))
            watcher.wait(lines)
        except FilesChangedError as change:
            print(f"\n--- changed: {change} ---", flush=True)
        else:
            return status


def _create_session(package: Package, groups: Sequence[str]) -> TerminalSession:
    seed = secrets.token_hex()
    if not package.bot.waits:
        return terminal.create_session(package, sys.stderr, groups, seed)
    # Only bots with a language model need these modules, which take as long to import as all others.
    from tools.bots.model_session import create_model_session  # noqa: PLC0415 - slow to load
    from tools.bots.models import load_models  # noqa: PLC0415 - slow to load

    return create_model_session(package, load_models(), sys.stderr, groups, seed)
