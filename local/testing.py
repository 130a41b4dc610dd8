"""``python -m local.testing PYTEST-ARGUMENTS``: runs tests against a new, empty stack.

The stack uses free ports and its own folder, and is stopped afterwards. Tests find it by ``STACK_JSON``.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from local import chromium, stack
from local.errors import LocalStackError
from local.processes import find_free_ports
from local.removal import remove_stack_files
from local.settings import ROOT, Settings

_BROWSER_TESTS = "tests/browser"


@contextmanager
def fresh_stack(directory: Path) -> Iterator[Settings]:
    """Start an empty stack on free ports, and stop it in any case. Delete its data, but not its logs.

    The small language model is not started.
    """
    port, aws_port = find_free_ports(2)
    settings = Settings(directory=directory, port=port, aws_port=aws_port, anonymous_connects=1_000, model_port=None)
    stack.down(settings)
    shutil.rmtree(directory, ignore_errors=True)
    try:
        stack.up(settings, _print_progress)
        yield settings
    finally:
        stack.down(settings)
        remove_stack_files(settings, settings.logs)


def main() -> None:
    """Run pytest against a new stack. Exit with the status of pytest."""
    signal.signal(signal.SIGTERM, _interrupt)
    arguments = sys.argv[1:] or ["tests/stack", _BROWSER_TESTS]
    directory = ROOT / ".local/test"
    try:
        browser = _find_browser(arguments, directory)
        with fresh_stack(directory) as settings:
            code = _run_pytest(arguments, settings, browser)
    except LocalStackError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(code)


def _find_browser(arguments: Sequence[str], directory: Path) -> dict[str, str]:
    needed = any(argument.startswith(_BROWSER_TESTS) for argument in arguments)
    return {"CHROME": chromium.ensure_browser(directory.parent / "chromium.log")} if needed else {}


def _run_pytest(arguments: Sequence[str], settings: Settings, extra: dict[str, str]) -> int:
    environment = os.environ | extra | {"STACK_JSON": str(settings.stack_file)}
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603 - fixed command


def _print_progress(step: str) -> None:
    print(f"- test stack: {step}", flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
