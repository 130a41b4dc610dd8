"""What runs, as the stack file says: see docs/architecture.md."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT = Path(".local/stack.json")


@dataclass(frozen=True, slots=True)
class Stack:
    """The running stack the tests talk to."""

    base_url: str
    users: tuple[str, ...]


def stack_file() -> Path:
    """Return the file named by ``STACK_JSON``, or the one of the local stack."""
    return Path(os.environ.get("STACK_JSON", DEFAULT))


def read_stack() -> Stack:
    """Read what runs."""
    path = stack_file()
    if not path.exists():
        raise FileNotFoundError(f"No stack is running: {path} is missing. Start one with `make up`.")
    content = json.loads(path.read_text())
    return Stack(
        base_url=content["base_url"].rstrip("/"),
        users=tuple(user["username"] for user in content["users"].values()),
    )
