"""A local stack as the tests restart it and look into it; one on AWS is not theirs to touch."""

import json
import os
from pathlib import Path

import psutil

from tests.stack.conftest import Stack


def environment(stack: Stack) -> dict[str, str]:
    """Return the environment in which ``python -m local`` means the stack under test."""
    return os.environ | {
        "LOCAL_DIR": str(_file().resolve().parent),
        "PORT": stack["base_url"].rpartition(":")[2],
        "AWS_PORT": stack["aws_endpoint"].rpartition(":")[2],
        "ANONYMOUS_CONNECTS": "1000",
    }


def workers(*functions: str) -> list[psutil.Process]:
    """Return the processes that run functions, by parts of their names; a restarted stack has new ones."""
    aws = int(json.loads(_file().read_text())["pids"]["aws"])
    found = []
    for process in psutil.Process(aws).children(recursive=True):
        # One that has just ended has no command line any more.
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if any(name in part for part in command for name in functions):
            found.append(process)
    return found


def _file() -> Path:
    return Path(os.environ.get("STACK_JSON", ".local/stack.json"))
