"""Command line of the local stack: ``python -m local run|up|down|clean|logs|status``. The Makefile calls it."""

import argparse
import os
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import Any, NoReturn

from local import stack
from local.errors import LocalStackError
from local.removal import remove_stack_files
from local.settings import Settings


def run(settings: Settings) -> None:
    """Start the stack in the foreground and stop it on Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, _interrupt)
    if stack.is_up(settings):
        raise LocalStackError(f"The stack is already running at {settings.base_url}. Stop it with `make down`.")
    try:
        _print_access(stack.up(settings, print_progress))
        print("Press Ctrl-C to stop. Conversations are saved.", flush=True)
        _monitor(settings)
    finally:
        # A second Ctrl-C must not interrupt saving the state.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if stack.is_up(settings):
            print_progress("stopping")
        stack.down(settings)


def up(settings: Settings) -> None:
    """Start the stack in the background."""
    if stack.is_up(settings) and stack.get_current_deployment(settings):
        print(f"The stack is already running at {settings.base_url} and up to date.")
        return
    _print_access(stack.up(settings, print_progress))
    print("Stop it with `make down`. Conversations are saved.")


def down(settings: Settings) -> None:
    """Stop the stack and save its state."""
    print("Stopped. Conversations are saved." if stack.down(settings) else "The stack is not running.")


def clean(settings: Settings) -> None:
    """Stop the stack and delete its data. Keep other stacks in the same folder, and descriptions of deployments."""
    stack.down(settings)
    others = remove_stack_files(settings)
    print(f"Deleted the data in {settings.display_path(settings.directory)}.")
    for other in others:
        path = settings.display_path(other)
        print(f"Kept {path}, another stack. Delete it with `LOCAL_DIR={path} make clean`.")


def logs(settings: Settings) -> None:
    """Follow the logs of the stack."""
    names = ("aws.log", "functions.log", "front-door.log", "model.log")
    settings.logs.mkdir(parents=True, exist_ok=True)
    for name in names:
        (settings.logs / name).touch()
    subprocess.run(["tail", "-n", "20", "-F", *names], cwd=settings.logs, check=False)  # noqa: S603, S607 - POSIX


def status(settings: Settings) -> None:
    """Print which processes of the stack are running."""
    for daemon in stack.list_all_daemons(settings):
        pid = daemon.read_pid()
        print(f"{daemon.name + ':':13} {'stopped' if pid is None else f'running, pid {pid}'}")
    if stack.is_up(settings):
        print(f"{'Chat page:':13} {settings.base_url}")


def print_progress(step: str) -> None:
    """Print the step that begins."""
    print(f"- {step}", flush=True)


def main() -> None:
    """Run the command line. Print an expected failure as one sentence, without a traceback."""
    commands = {"run": run, "up": up, "down": down, "clean": clean, "logs": logs, "status": status}
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("command", choices=commands)
    try:
        commands[parser.parse_args().command](Settings.from_environment(os.environ))
    except LocalStackError as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit(0)


def _monitor(settings: Settings) -> None:
    while True:
        for daemon in stack.list_daemons(settings):
            if not daemon.is_running():
                raise LocalStackError(f"The {daemon.name} has stopped; see {settings.display_path(daemon.log)}.")
        time.sleep(1)


def _print_access(description: dict[str, Any]) -> None:
    print(f"\nChat page: {description['base_url']}")
    for user in description["users"].values():
        print(f"Sign in:   {user['username']}  {user['password']}")


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
