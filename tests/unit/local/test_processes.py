"""Processes that outlive their command."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.errors import LocalStackError
from local.processes import Daemon

_PATIENT = "import time; print('here', flush=True); time.sleep(60)"
_STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_PATIENT}"
_BRIEF = "print('gone', flush=True)"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon("test", tmp_path / "pid", tmp_path / "logs/log")
    yield daemon
    daemon.stop(patience=0)


def start(daemon: Daemon, program: str) -> None:
    daemon.start([sys.executable, "-c", program], os.environ, Path.cwd())


def test_it_runs_until_it_is_stopped(daemon: Daemon) -> None:
    start(daemon, _PATIENT)
    ran = daemon.running(), daemon.pid()

    daemon.stop()

    assert ran[0]
    assert ran[1] is not None
    assert not daemon.running()
    assert daemon.pid() is None


def test_it_does_not_get_the_keyboards_signals(daemon: Daemon) -> None:
    start(daemon, _PATIENT)

    pid = daemon.pid()

    assert pid is not None
    assert os.getsid(pid) != os.getsid(0)


def test_what_ended_by_itself_is_not_running(daemon: Daemon) -> None:
    start(daemon, _BRIEF)

    assert daemon.finished(patience=20)
    assert daemon.log.read_text() == "gone\n"


def test_a_pid_file_left_by_a_crash_means_nothing(daemon: Daemon) -> None:
    # Our own process id: certainly alive, and certainly not the daemon.
    daemon.pid_file.write_text(str(os.getpid()))

    daemon.stop()

    assert not daemon.running()


def test_it_is_not_started_twice(daemon: Daemon) -> None:
    start(daemon, _PATIENT)

    with pytest.raises(LocalStackError, match="running already"):
        start(daemon, _PATIENT)


def test_it_is_ended_when_it_does_not_listen(daemon: Daemon) -> None:
    start(daemon, _STUBBORN)
    while not daemon.log.read_text():
        pass

    daemon.stop(patience=0.2)

    assert daemon.finished(patience=5)


def test_a_process_that_has_just_ended_can_be_stopped(daemon: Daemon) -> None:
    start(daemon, _PATIENT)
    pid = daemon.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    daemon.stop()

    assert not daemon.running()
