"""``conversations bots run --watch``: the conversation begins again when a file changes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest

from tests.template import ROOT
from tools.bots.watching import FilesChangedError, Watcher

SECONDS = 20


@pytest.fixture
def package(tmp_path: Path) -> Path:
    scripts = tmp_path / "shop.gbai/shop.gbdialog"
    scripts.mkdir(parents=True)
    (scripts / "start.bas").write_text('HEAR x WITH "Who?"\nTALK "Hello " + x\n')
    return tmp_path / "shop.gbai"


class Terminal:
    """A running command."""

    def __init__(self, *arguments: str | Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools", "bots", "run", "--watch", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join((".", "layers/core", "layers/basic")),
                "PYTHONUNBUFFERED": "1",
            },
        )
        self.characters: Queue[str] = Queue()
        Thread(target=self._read, daemon=True).start()

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def wait_for(self, text: str) -> str:
        """Return the output until a text appears in it."""
        shown = ""
        while not shown.endswith(text):
            try:
                shown += self.characters.get(timeout=SECONDS)
            except Empty:
                pytest.fail(f"the output has no {text!r}: {shown!r}")
        return shown

    def end(self) -> int:
        """End the input and return the exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(SECONDS)

    def _read(self) -> None:
        assert self.process.stdout is not None
        while character := self.process.stdout.read(1):
            self.characters.put(character)


@pytest.fixture
def terminal(package: Path) -> Iterator[Terminal]:
    terminal = Terminal(package)
    yield terminal
    terminal.process.kill()
    terminal.process.wait()
    assert terminal.process.stdin is not None
    assert terminal.process.stdout is not None
    terminal.process.stdin.close()
    terminal.process.stdout.close()


def test_conversation_begins_again_when_a_script_changes(package: Path, terminal: Terminal) -> None:
    script = package / "shop.gbdialog/start.bas"
    terminal.wait_for("Bot: Who?\nYou: ")
    terminal.type("Ana")
    terminal.wait_for("Bot: Hello Ana\nYou: ")

    script.write_text("TALK (\n")
    shown = terminal.wait_for("shop: cannot be published: 1 error\n")
    assert "\n--- changed: shop.gbdialog/start.bas ---\n" in shown
    assert "start.bas:1:" in shown

    script.write_text('HEAR x WITH "And who are you?"\nTALK "Good day " + x\n')
    terminal.wait_for("Bot: And who are you?\nYou: ")
    terminal.type("Bia")
    terminal.wait_for("Bot: Good day Bia\nYou: ")

    assert terminal.end() == 0


def test_changed_new_and_deleted_files_are_named(package: Path) -> None:
    watcher = Watcher(package)
    watcher.require_unchanged()
    script = package / "shop.gbdialog/start.bas"
    os.utime(script, ns=(0, 0))
    (package / "shop.gbdialog/pay.bas").write_text("")

    with pytest.raises(FilesChangedError, match=r"^shop.gbdialog/pay.bas, shop.gbdialog/start.bas$"):
        watcher.require_unchanged()
    watcher.begin()
    watcher.require_unchanged()
    script.unlink()

    with pytest.raises(FilesChangedError, match=r"^shop.gbdialog/start.bas$"):
        watcher.require_unchanged()
