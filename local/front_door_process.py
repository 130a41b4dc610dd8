"""The front-door process: its configuration, its command and its health check."""

import json
import sys
from typing import Any

import httpx

from local import template
from local.aws import Deployment
from local.commands import build_local_environment
from local.processes import Daemon
from local.settings import ROOT, Settings


def get_daemon(settings: Settings) -> Daemon:
    """Return the process of the front door."""
    return Daemon("front door", settings.directory / "front-door.pid", settings.logs / "front-door.log")


def build_command(settings: Settings) -> list[str]:
    """Build the command that starts the front door."""
    return [sys.executable, "-m", "local.front_door", str(settings.front_door_file)]


def build_environment() -> dict[str, str]:
    """Build the environment of the front door."""
    return build_local_environment() | {"PYTHONUNBUFFERED": "1"}


def write_config(settings: Settings, description: dict[str, Any], deployment: Deployment) -> bool:
    """Write the configuration of the front door. Return whether it has changed."""
    config = json.dumps(
        {
            "port": settings.port,
            "web": str(ROOT / "web"),
            "aws_endpoint": settings.aws_endpoint,
            "rest_api": deployment.outputs["RestApiId"],
            "socket_api": deployment.outputs["WebSocketApiId"],
            "drive_bucket": deployment.outputs["DriveBucketName"],
            "received_mails_queue": deployment.outputs["ReceivedMailsQueueUrl"],
            "plan_keys": deployment.plan_keys,
            "cognito": description["cognito"],
            "users": description["users"],
            "gateway_responses": template.read_gateway_responses(allowed_origins=settings.allowed_origins),
            "preflight": template.read_preflight(allowed_origins=settings.allowed_origins),
            "idle_seconds": settings.ws_idle_seconds,
            "max_seconds": settings.ws_max_seconds,
        },
        indent=2,
    )
    file = settings.front_door_file
    if file.exists() and file.read_text() == config:
        return False
    file.touch(mode=0o600)
    file.write_text(config)
    return True


def is_ready(settings: Settings) -> bool:
    """Return whether the front door answers requests."""
    try:
        response = httpx.get(f"{settings.front_door_url}/config.json", timeout=5, trust_env=False)
    except httpx.HTTPError:
        return False
    return response.is_success
