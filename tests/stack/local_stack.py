"""Restarting and inspecting a local stack; a stack on AWS is never touched."""

import json
import os

import psutil

from local.settings import find_stack_file
from tests.stack.conftest import Stack


def build_environment(stack: Stack) -> dict[str, str]:
    """Return the environment in which ``python -m local`` controls the stack under test."""
    return os.environ | {
        "LOCAL_DIR": str(find_stack_file(os.environ).resolve().parent),
        "PORT": stack["base_url"].rpartition(":")[2],
        "AWS_PORT": stack["aws_endpoint"].rpartition(":")[2],
        "ANONYMOUS_CONNECTS": "1000",
    }


def list_workers(*functions: str) -> list[psutil.Process]:
    """Return the processes of functions, by parts of their names; a restarted stack has new ones."""
    aws = int(json.loads(find_stack_file(os.environ).read_text())["pids"]["aws"])
    processes = []
    for process in psutil.Process(aws).children(recursive=True):
        # A process that has just ended has no command line.
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if any(name in part for part in command for name in functions):
            processes.append(process)
    return processes
