"""``python -m local.testing PYTEST-ARGUMENTS``: runs tests against a stack of their own.

The tests find it by ``STACK_JSON``; it is new every time and gone afterwards, so it takes nobody's ports or data.
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
from local.processes import free_ports
from local.settings import ROOT, Settings

_BROWSER_TESTS = "tests/browser"


@contextmanager
def fresh_stack(directory: Path) -> Iterator[Settings]:
    """Start an empty stack on free ports and stop it whatever happens; its logs stay."""
    port, aws_port = free_ports(2)
    settings = Settings(directory=directory, port=port, aws_port=aws_port, anonymous_connects=1_000)
    stack.down(settings)
    shutil.rmtree(directory, ignore_errors=True)
    try:
        stack.up(settings, _say)
        yield settings
    finally:
        stack.down(settings)


def main() -> None:
    """Run pytest with a stack and pass its verdict on."""
    signal.signal(signal.SIGTERM, _interrupt)
    arguments = sys.argv[1:] or ["tests/stack", _BROWSER_TESTS]
    directory = ROOT / ".local/test"
    try:
        browser = _browser(arguments, directory)
        with fresh_stack(directory) as settings:
            code = _pytest(arguments, settings, browser)
    except LocalStackError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(code)


def _browser(arguments: Sequence[str], directory: Path) -> dict[str, str]:
    needed = any(argument.startswith(_BROWSER_TESTS) for argument in arguments)
    return {"CHROME": chromium.ensure(directory.parent / "chromium.log")} if needed else {}


def _pytest(arguments: Sequence[str], settings: Settings, extra: dict[str, str]) -> int:
    environment = os.environ | extra | {"STACK_JSON": str(settings.stack_file)}
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603 - our tests


def _say(progress: str) -> None:
    print(f"- tests: {progress}", flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
