"""Background processes, which continue after the command that started them.

Each process holds a lock on its pid file until it ends and does not pass it on to its children. Whether it runs is
therefore known from the lock, not from a pid that another process may have after a crash or a reboot.
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

    def is_running(self) -> bool:
        """Return whether the process runs."""
        if not self.pid_file.exists():
            return False
        with self.pid_file.open("r+") as file:
            return not _acquire_lock(file.fileno())

    def read_pid(self) -> int | None:
        """Return the process id. Return None if the process does not run."""
        return int(self.pid_file.read_text()) if self.is_running() else None

    def start(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        """Start the process in its own process group, so that Ctrl-C does not reach it.

        Raises
        ------
        LocalStackError
            If the process already runs.
        """
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.pid_file.open("a+") as file, self.log.open("ab") as log:
            if not _acquire_lock(file.fileno()):
                raise LocalStackError(f"The {self.name} is already running.")
            process = subprocess.Popen(  # noqa: S603 - fixed commands
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
        process.returncode = 0  # the process outlives this command on purpose: avoid the warning

    def stop(self, timeout: float = 30) -> None:
        """Terminate the process and wait for its end. Kill it and its children after the timeout."""
        pid = self.read_pid()
        if pid is None:
            return
        _signal(pid, signal.SIGTERM)
        if not self.wait_until_stopped(timeout):
            os.killpg(pid, signal.SIGKILL)
            self.wait_until_stopped(timeout)

    def wait_until_stopped(self, timeout: float) -> bool:
        """Wait for the end of the process. Return False after the timeout."""
        deadline = time.monotonic() + timeout
        while self.is_running():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True


def is_port_free(port: int) -> bool:
    """Return whether a server can listen on a loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def find_free_ports(count: int) -> list[int]:
    """Return different loopback ports on which no process listens."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _acquire_lock(descriptor: int) -> bool:
    """Lock an open pid file. The lock is released when the last process that has the file open ends."""
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
