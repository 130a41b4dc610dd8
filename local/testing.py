"""``python -m local.testing [--stacks N] [--rerun] PYTEST-ARGUMENTS``: runs tests against new, empty stacks.

Each stack uses free ports and its own folder, and is stopped afterwards. Tests find it by ``STACK_JSON``. With several
stacks the test files are shared out among as many processes, each of which has a stack of its own: the tests kill
functions and restart the stack.

With ``--rerun``, tests that fail are run once more, alone on a new stack. What they test takes real time on a machine
that they share with others. A test that fails twice has failed.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from local import chromium, stack
from local.errors import LocalStackError
from local.processes import find_free_ports
from local.removal import remove_stack_files
from local.settings import ROOT, Settings

_BROWSER_TESTS = "tests/browser"
_TESTS_FAILED = 1
"""The exit code of pytest if it ran and tests failed, and nothing else went wrong."""

_FOLDERS = (ROOT / ".local/test", ROOT / ".local/test-2")


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
    parser = argparse.ArgumentParser(
        prog="local.testing", description="Run tests on new, empty stacks.", allow_abbrev=False
    )
    parser.add_argument("--stacks", type=int, choices=range(1, len(_FOLDERS) + 1), default=1)
    parser.add_argument("--rerun", action="store_true")
    options, arguments = parser.parse_known_args()
    try:
        browser = _find_browser(arguments)
        code = _run_on_stacks(options.stacks, arguments, browser)
        if options.rerun and code == _TESTS_FAILED:
            print("\nThe tests that failed are run once more, on a new stack.", flush=True)
            code = _run_on_stacks(1, ["--last-failed", *arguments], browser)
    except LocalStackError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(code)


def _find_browser(arguments: Sequence[str]) -> dict[str, str]:
    needed = any(argument.startswith(_BROWSER_TESTS) for argument in arguments)
    return {"CHROME": chromium.ensure_browser(ROOT / ".local/chromium.log")} if needed else {}


def _run_on_stacks(count: int, arguments: Sequence[str], extra: dict[str, str]) -> int:
    with ExitStack() as stacks:
        files = [stacks.enter_context(fresh_stack(folder)).stack_file for folder in _FOLDERS[:count]]
        return _run_pytest(arguments, files, extra)


def _run_pytest(arguments: Sequence[str], stack_files: Sequence[Path], extra: dict[str, str]) -> int:
    environment = os.environ | extra | {"STACK_JSON": os.pathsep.join(map(str, stack_files))}
    workers = [] if len(stack_files) == 1 else [f"--numprocesses={len(stack_files)}", "--dist=loadfile"]
    command = [sys.executable, "-m", "pytest", *workers, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603 - fixed command


def _print_progress(step: str) -> None:
    print(f"- test stack: {step}", flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
