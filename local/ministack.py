"""The process of MiniStack, the AWS emulator: its command, its environment and its health check."""

import os
import shutil
from pathlib import Path

import httpx

from local.commands import build_local_environment
from local.processes import Daemon
from local.settings import REGION, Settings, get_tool_path

WORKER_SITE = Path(__file__).resolve().parent / "worker_site"


def build_command() -> list[str]:
    """Build the command that starts MiniStack, in the project folder."""
    return [get_tool_path(".venvs/ministack", "python"), "-m", "local.emulator"]


def get_daemon(settings: Settings) -> Daemon:
    """Return the process of MiniStack."""
    return Daemon("AWS emulator", settings.directory / "aws/pid", settings.logs / "aws.log")


def build_environment(settings: Settings) -> dict[str, str]:
    """Build the environment of MiniStack, which its functions inherit."""
    data = settings.directory / "aws"
    remove_temporary_files(settings)
    temporary = _get_temporary_folder(settings)
    for folder in (data / "state", data / "s3", temporary, settings.logs):
        folder.mkdir(parents=True, exist_ok=True)
    return build_local_environment() | {
        "GATEWAY_PORT": str(settings.aws_port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "LAMBDA_EXECUTOR": "local",
        # Enforce IAM: functions run with the permissions of their roles. All other credentials are those of the root.
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(data / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(data / "s3"),
        # The worker of each function unpacks its code here.
        "TMPDIR": str(temporary),
        # Turn off services that listen on additional ports or remove containers of other projects.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{data / 'no-docker'}",
        # See worker_site/sitecustomize.py.
        "PYTHONPATH": str(WORKER_SITE),
        "FUNCTIONS_LOG": str(settings.logs / "functions.log"),
        "PYTHONUNBUFFERED": "1",
        "PATH": os.environ["PATH"],
    }


def remove_temporary_files(settings: Settings) -> None:
    """Delete the code that workers have unpacked, 60 MB each. MiniStack leaves that of killed workers."""
    shutil.rmtree(_get_temporary_folder(settings), ignore_errors=True)


def _get_temporary_folder(settings: Settings) -> Path:
    return settings.directory / "tmp"


def is_ready(settings: Settings) -> bool:
    """Return whether MiniStack answers requests."""
    try:
        response = httpx.get(f"{settings.aws_endpoint}/_ministack/ready", timeout=5, trust_env=False)
    except httpx.HTTPError:
        return False
    return response.is_success
