"""The command ``conversations`` on a running stack."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from uuid import uuid4

import pytest

from local.settings import ROOT
from tests.stack.conftest import Stack

SECONDS = 60


@pytest.fixture
def run(stack: Stack) -> Callable[..., str]:
    """Runs a command of the repository and returns its output."""

    def run_command(*arguments: str, text: str = "") -> str:
        url = ("--url", stack["base_url"]) if arguments[0] != "users" else ()
        done = subprocess.run(
            [sys.executable, "-m", "tools", *arguments, *url],
            input=text,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            cwd=ROOT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run_command


def test_demo_user_chats_and_exports(run: Callable[..., str], stack: Stack) -> None:
    if "pids" not in stack:
        # CI tests a local stack, so it skips nothing.
        pytest.skip("a stack on AWS has no demo users")
    text = f"Hello {uuid4()}"
    lines = [json.loads(line) for line in run("chat", "--user", "user1", "--new", "--json", text=text).splitlines()]
    messages = [line["message"] for line in lines if line["type"] == "message"]
    [sent] = [message for message in messages if message["content"] == text]
    assert [message["sender"] for message in messages if message["seq"] > sent["seq"]][:1] == ["bot"]

    exported = [json.loads(line) for line in run("export", "--user", "user1").splitlines()]
    ids = [message["id"] for line in exported for message in line.get("messages", [])]
    assert sent["id"] in ids


def test_visitor_chats_in_a_pipe(run: Callable[..., str]) -> None:
    assert run("chat", text="Hello\n").count("\nYou: Hello\n") == 1


def test_users_are_created_listed_changed_and_deleted(run: Callable[..., str]) -> None:
    name = f"test-{uuid4()}"
    assert run("users", "create", name, "--group", "partner").startswith(f"created: {name}\npassword: ")
    assert f"{name}\t-\tpartner\n" in run("users", "list")
    assert run("users", "create", name).startswith(f"password set: {name}\n")
    assert run("users", "groups", name, "--add", "staff", "--remove", "partner") == f"{name}: staff\n"
    assert run("users", "delete", name) == f"deleted: {name}\n"
    assert name not in run("users", "list")


def test_first_lines_of_the_documents_get_an_answer(stack: Stack) -> None:
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    program = next(block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "localhost:8080" in block)
    assert len([line for line in program.splitlines() if line.strip()]) <= 5

    program = program.replace("http://localhost:8080", stack["base_url"])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=SECONDS, check=True)

    assert done.stdout.strip()
