"""The stack file describes the running stack: see docs/architecture.md."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from local.settings import find_stack_file


@dataclass(frozen=True, slots=True)
class Stack:
    """The running stack."""

    base_url: str
    users: tuple[str, ...]


def get_stack_file() -> Path:
    """Return the path of the stack file."""
    return find_stack_file(os.environ)


def read_stack() -> Stack:
    """Read the stack file."""
    path = get_stack_file()
    if not path.exists():
        raise FileNotFoundError(f"No stack is running: {path} is missing. Start one with `make up`.")
    content = json.loads(path.read_text())
    return Stack(
        base_url=content["base_url"].rstrip("/"),
        users=tuple(user["username"] for user in content["users"].values()),
    )
