"""``conversations bots language-server``."""

import argparse
import importlib.util
import sys


def run(_options: argparse.Namespace) -> int:
    """Serve an editor over standard input and output, until it ends; the exit status is 2 without pygls."""
    if importlib.util.find_spec("pygls") is None:
        print("The language server needs pygls: .venv/bin/pip install 'pygls>=2.1'", file=sys.stderr)
        return 2
    from tools.bots.language_server.server import build_server  # noqa: PLC0415 - needs pygls

    build_server().start_io()
    return 0
