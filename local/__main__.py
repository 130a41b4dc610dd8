"""``python -m local run|up|down|clean|logs``: what the Makefile calls."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import Any, NoReturn

from local import stack
from local.errors import LocalStackError
from local.settings import Settings


def run(settings: Settings) -> None:
    """Start the stack, say where it is, and stop it when told to."""
    signal.signal(signal.SIGTERM, _interrupt)
    if stack.is_up(settings):
        raise LocalStackError(f"The stack is up already at {settings.base_url}; `make down` stops it.")
    try:
        _introduce(stack.up(settings, say))
        print("Ctrl-C stops it; the conversations are kept.", flush=True)
        _watch(settings)
    finally:
        # A second Ctrl-C must not keep the state from being written.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if stack.is_up(settings):
            say("stopping")
        stack.down(settings)


def up(settings: Settings) -> None:
    """Start the stack in the background."""
    if stack.is_up(settings) and stack.deployed_as_is(settings):
        print(f"The stack is up already at {settings.base_url}.")
        return
    _introduce(stack.up(settings, say))
    print("`make down` stops it; the conversations are kept.")


def down(settings: Settings) -> None:
    """Stop the stack and keep its state."""
    print("Stopped." if stack.down(settings) else "Nothing was running.")


def clean(settings: Settings) -> None:
    """Stop the stack and forget everything it knows."""
    stack.down(settings)
    shutil.rmtree(settings.directory, ignore_errors=True)
    print(f"Forgot {settings.shown(settings.directory)}.")


def logs(settings: Settings) -> None:
    """Follow what the stack says."""
    names = ("aws.log", "functions.log", "front-door.log")
    settings.logs.mkdir(parents=True, exist_ok=True)
    for name in names:
        (settings.logs / name).touch()
    subprocess.run(["tail", "-n", "20", "-F", *names], cwd=settings.logs, check=False)  # noqa: S603, S607 - POSIX


def say(progress: str) -> None:
    """Show what is being done."""
    print(f"- {progress}", flush=True)


def main() -> None:
    """Do what the command line says; a failure is one sentence."""
    commands = {"run": run, "up": up, "down": down, "clean": clean, "logs": logs}
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("command", choices=commands)
    try:
        commands[parser.parse_args().command](Settings.from_environment(os.environ))
    except LocalStackError as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit(0)


def _watch(settings: Settings) -> None:
    while True:
        for daemon in stack.daemons(settings):
            if not daemon.running():
                raise LocalStackError(
                    f"The {daemon.name} has stopped. What it said is in {settings.shown(daemon.log)}."
                )
        time.sleep(1)


def _introduce(description: dict[str, Any]) -> None:
    print(f"\nThe page:  {description['base_url']}")
    for user in description["users"].values():
        print(f"Sign in:   {user['username']}  {user['password']}")


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
