"""The small language model of the local stack, and its bot."""

import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import model_server
from local.processes import find_free_ports
from local.settings import MODEL_PORT, Settings
from tools.bots.packages import read_package

_STUB = "import sys, time\nprint('serving at', sys.argv[1], flush=True)\ntime.sleep(60)\n"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    (port,) = find_free_ports(1)
    settings = Settings(directory=tmp_path / "stack", model_port=port)
    yield settings
    model_server.get_daemon(settings).stop(timeout=0)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder in which the program that serves the model is a stub."""
    root = tmp_path / "project"
    (root / "local").mkdir(parents=True)
    (root / "local/__init__.py").touch()
    (root / "local/model.py").write_text(_STUB)
    monkeypatch.setattr(model_server, "ROOT", root)
    monkeypatch.setattr(model_server, "get_tool_path", lambda *_: sys.executable)
    return root


def install(root: Path) -> None:
    (root / ".venvs/model").mkdir(parents=True)
    (root / ".venvs/model/ready").touch()


def start(settings: Settings) -> list[str]:
    steps: list[str] = []
    model_server.start(settings, steps.append)
    return steps


@pytest.mark.usefixtures("root")
def test_model_that_is_not_installed_is_not_started(settings: Settings) -> None:
    assert start(settings) == []
    assert not model_server.get_daemon(settings).is_running()


def test_installed_model_is_started_once(settings: Settings, root: Path) -> None:
    install(root)

    assert start(settings) == [f"starting the small model on port {settings.model_port}"]
    daemon = model_server.get_daemon(settings)
    deadline = time.monotonic() + 20
    while "serving" not in daemon.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert daemon.log.read_text() == f"serving at {settings.model_port}\n"
    assert start(settings) == []


def test_stack_without_a_port_for_the_model_does_not_start_it(root: Path, tmp_path: Path) -> None:
    install(root)

    assert start(Settings(directory=tmp_path, model_port=None)) == []


def test_model_of_another_stack_is_shared(settings: Settings, root: Path) -> None:
    install(root)

    with socket.create_server(("127.0.0.1", settings.model_port or 0)):
        assert "is in use" in start(settings)[0]
    assert not model_server.get_daemon(settings).is_running()


@pytest.mark.parametrize("port", [MODEL_PORT, 9123])
def test_bot_asks_the_model_of_its_stack(port: int, tmp_path: Path) -> None:
    settings = Settings(directory=tmp_path, model_port=port)
    model_server.write_package(settings)
    result = read_package(model_server.write_package(settings))

    assert result.diagnostics == []
    assert result.package is not None
    bot = result.package.bot
    assert (bot.id, bot.name, bot.engine, bot.waits) == ("small-model", "Small model", "model", True)
    config = bot.program["config"]
    assert isinstance(config, dict)
    assert config["llm-url"] == f"http://127.0.0.1:{port}/v1"


def test_bot_says_what_it_is_and_how_to_install_its_model(tmp_path: Path) -> None:
    package = read_package(model_server.write_package(Settings(directory=tmp_path))).package
    assert package is not None
    config = package.bot.program["config"]
    assert isinstance(config, dict)

    assert "135 million" in str(config["welcome-message"])
    assert "make model" in str(config["fallback-message"])
