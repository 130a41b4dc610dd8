"""The front door as a process: what it is told and how it is started."""

import json
import sys
from typing import Any

import httpx

from local import template
from local.aws import Deployment
from local.commands import local_environment
from local.processes import Daemon
from local.settings import ROOT, Settings


def daemon(settings: Settings) -> Daemon:
    """Return its process."""
    return Daemon("front door", settings.directory / "front-door.pid", settings.logs / "front-door.log")


def command(settings: Settings) -> list[str]:
    """Return what starts it."""
    return [sys.executable, "-m", "local.front_door", str(settings.front_door_file)]


def environment() -> dict[str, str]:
    """Return the environment it runs in."""
    return local_environment() | {"PYTHONUNBUFFERED": "1"}


def configure(settings: Settings, description: dict[str, Any], deployed: Deployment) -> bool:
    """Write what the front door is told and tell whether it is anything new."""
    told = json.dumps(
        {
            "port": settings.port,
            "web": str(ROOT / "web"),
            "aws_endpoint": settings.aws_endpoint,
            "rest_api": deployed.outputs["RestApiId"],
            "socket_api": deployed.outputs["WebSocketApiId"],
            "plan_keys": deployed.plan_keys,
            "cognito": description["cognito"],
            "users": description["users"],
            "gateway_responses": template.gateway_responses(),
            "idle_seconds": settings.ws_idle_seconds,
            "max_seconds": settings.ws_max_seconds,
        },
        indent=2,
    )
    file = settings.front_door_file
    if file.exists() and file.read_text() == told:
        return False
    file.touch(mode=0o600)
    file.write_text(told)
    return True


def ready(settings: Settings) -> bool:
    """Tell whether it answers."""
    try:
        answer = httpx.get(f"{settings.front_door_url}/config.json", timeout=5, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.is_success
