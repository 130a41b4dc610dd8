"""The process of the small language model, if ``make model`` has installed it, and the bot that speaks through it."""

import shutil
from collections.abc import Callable
from pathlib import Path

from local.commands import build_local_environment
from local.processes import Daemon, is_port_free
from local.settings import MODEL_PORT, ROOT, Settings, get_tool_path

_ENVIRONMENT = ".venvs/model"
_PACKAGE = ROOT / "local/bots/small-model.gbai"


def get_daemon(settings: Settings) -> Daemon:
    """Return the process of the model."""
    return Daemon("small model", settings.directory / "model.pid", settings.logs / "model.log")


def start(settings: Settings, report_progress: Callable[[str], None]) -> None:
    """Start the model if it is installed. It is ready some seconds later; a bot asks again until then.

    Other stacks of this machine may share it, so a port that is in use is no error.
    """
    daemon = get_daemon(settings)
    if settings.model_port is None or not (ROOT / _ENVIRONMENT / "ready").exists() or daemon.is_running():
        return
    if not is_port_free(settings.model_port):
        report_progress(f"port {settings.model_port} is in use: the bot small-model asks the server there")
        return
    report_progress(f"starting the small model on port {settings.model_port}")
    command = [get_tool_path(_ENVIRONMENT, "python"), "-m", "local.model", str(settings.model_port)]
    daemon.start(command, build_local_environment(), ROOT)


def write_package(settings: Settings) -> Path:
    """Copy the package of the bot, with the port of the model, and return the copy."""
    copy = settings.directory / "bots" / _PACKAGE.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(_PACKAGE, copy)
    config = copy / "small-model.gbot/config.csv"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(f":{MODEL_PORT}/", f":{settings.model_port or MODEL_PORT}/"), encoding="utf-8")
    return copy
