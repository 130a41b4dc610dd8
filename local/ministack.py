"""MiniStack, which plays AWS: how it is started and when it is ready."""

import os
import shutil
from pathlib import Path

import httpx

from local.commands import local_environment
from local.processes import Daemon
from local.settings import REGION, Settings, tool

WORKER_SITE = Path(__file__).resolve().parent / "worker_site"


def command() -> list[str]:
    """Return what starts it."""
    return [tool(".venvs/ministack", "ministack")]


def daemon(settings: Settings) -> Daemon:
    """Return its process."""
    return Daemon("local AWS", settings.directory / "aws/pid", settings.logs / "aws.log")


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment it runs in, which its functions inherit."""
    data = settings.directory / "aws"
    temporary = settings.directory / "tmp"
    # What workers have left behind that could not clean up.
    shutil.rmtree(temporary, ignore_errors=True)
    for folder in (data / "state", data / "s3", temporary, settings.logs):
        folder.mkdir(parents=True, exist_ok=True)
    return local_environment() | {
        "GATEWAY_PORT": str(settings.aws_port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "LAMBDA_EXECUTOR": "local",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(data / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(data / "s3"),
        # Every function's worker unpacks its code here.
        "TMPDIR": str(temporary),
        # What would listen on ports of its own, or look for containers of other projects to clean up.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{data / 'no-docker'}",
        # See worker_site/sitecustomize.py.
        "PYTHONPATH": str(WORKER_SITE),
        "FUNCTIONS_LOG": str(settings.logs / "functions.log"),
        "PYTHONUNBUFFERED": "1",
        "PATH": os.environ["PATH"],
    }


def ready(settings: Settings) -> bool:
    """Tell whether it answers."""
    try:
        answer = httpx.get(f"{settings.aws_endpoint}/_ministack/ready", timeout=5, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.is_success
