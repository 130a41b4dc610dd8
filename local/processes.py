"""Processes that outlive the command that started them.

Each holds a lock on its pid file for as long as it lives and hands it to no child of its own. So "is it running" is
asked of the kernel, not of a number that another process may bear after a crash or a reboot.
"""

import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalStackError

_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Daemon:
    """A background process with its pid file and its log."""

    name: str
    pid_file: Path
    log: Path

    def running(self) -> bool:
        """Tell whether the process lives."""
        if not self.pid_file.exists():
            return False
        with self.pid_file.open("r+") as file:
            return not _lock(file.fileno())

    def pid(self) -> int | None:
        """Return the process id while the process lives."""
        return int(self.pid_file.read_text()) if self.running() else None

    def start(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches only the command that watches it.

        Raises
        ------
        LocalStackError
            If it runs already.
        """
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.pid_file.open("a+") as file, self.log.open("ab") as log:
            if not _lock(file.fileno()):
                raise LocalStackError(f"The {self.name} is running already.")
            process = subprocess.Popen(  # noqa: S603 - our own programs
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[file.fileno()],
            )
            file.truncate(0)
            file.write(str(process.pid))
        process.returncode = 0  # it is meant to outlive us, so no warning that it does

    def stop(self, patience: float = 30) -> None:
        """Ask the process to finish and wait until it has; end it and its children when it does not."""
        pid = self.pid()
        if pid is None:
            return
        _signal(pid, signal.SIGTERM)
        if not self.finished(patience):
            os.killpg(pid, signal.SIGKILL)
            self.finished(patience)

    def finished(self, patience: float) -> bool:
        """Wait for the end of the process and tell whether it came in time."""
        deadline = time.monotonic() + patience
        while self.running():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True


def port_is_free(port: int) -> bool:
    """Tell whether a server could listen on a loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Return different loopback ports that nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _lock(descriptor: int) -> bool:
    """Take the lock of an open pid file; it is let go when the last process that has the file open ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
