"""Background processes."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.errors import LocalStackError
from local.processes import Daemon

_LONG_RUNNING = "import time; print('here', flush=True); time.sleep(60)"
_IGNORING_SIGTERM = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_LONG_RUNNING}"
_SHORT = "print('gone', flush=True)"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon("test", tmp_path / "pid", tmp_path / "logs/log")
    yield daemon
    daemon.stop(timeout=0)


def start(daemon: Daemon, program: str) -> None:
    daemon.start([sys.executable, "-c", program], os.environ, Path.cwd())


def test_process_runs_until_it_is_stopped(daemon: Daemon) -> None:
    start(daemon, _LONG_RUNNING)
    before = daemon.is_running(), daemon.read_pid()

    daemon.stop()

    assert before[0]
    assert before[1] is not None
    assert not daemon.is_running()
    assert daemon.read_pid() is None


def test_process_runs_in_its_own_session(daemon: Daemon) -> None:
    start(daemon, _LONG_RUNNING)

    pid = daemon.read_pid()

    assert pid is not None
    assert os.getsid(pid) != os.getsid(0)


def test_finished_process_is_not_running(daemon: Daemon) -> None:
    start(daemon, _SHORT)

    assert daemon.wait_until_stopped(timeout=20)
    assert daemon.log.read_text() == "gone\n"


def test_stale_pid_file_is_ignored(daemon: Daemon) -> None:
    # Our own process id: certainly alive, and certainly not the daemon.
    daemon.pid_file.write_text(str(os.getpid()))

    daemon.stop()

    assert not daemon.is_running()


def test_running_process_cannot_be_started_again(daemon: Daemon) -> None:
    start(daemon, _LONG_RUNNING)

    with pytest.raises(LocalStackError, match="already running"):
        start(daemon, _LONG_RUNNING)


def test_process_that_ignores_sigterm_is_killed(daemon: Daemon) -> None:
    start(daemon, _IGNORING_SIGTERM)
    while not daemon.log.read_text():
        pass

    daemon.stop(timeout=0.2)

    assert daemon.wait_until_stopped(timeout=5)


def test_process_that_has_just_ended_can_be_stopped(daemon: Daemon) -> None:
    start(daemon, _LONG_RUNNING)
    pid = daemon.read_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    daemon.stop()

    assert not daemon.is_running()
