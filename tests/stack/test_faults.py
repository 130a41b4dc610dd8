"""Crashes and restarts of a running local stack, as users see them."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx
import psutil
import pytest

from tests.stack.conftest import OpenConnection, Stack
from tests.stack.local_stack import build_environment, list_workers
from tests.stack.test_answering import check_unqueued_message_is_answered
from tests.stack.test_seed import wait_for_history


@pytest.fixture
def turn_workers(stack: Stack) -> list[psutil.Process]:
    """The processes that run the bots, on a local stack."""
    if "pids" not in stack:
        pytest.skip("the functions of a stack on AWS are not ours to kill")
    return list_workers(stack["outputs"]["RunTurnFunctionName"])


def test_message_is_answered_after_its_function_was_killed(
    api: httpx.Client, token: str, connect: OpenConnection, turn_workers: list[psutil.Process]
) -> None:
    session_id = api.post("/conversations/start", json={"initial_message": "hello"}).json()["session_id"]
    before = len(wait_for_history(api, session_id, at_least=2)["messages"])
    with connect(token=token, query=f"?session_id={session_id}") as (connection, _):
        # Stopped first, so that they are killed while they process the job.
        for worker in turn_workers:
            worker.send_signal(signal.SIGSTOP)
        connection.send_message("What does it cost?")
        time.sleep(1)
        for worker in turn_workers:
            worker.kill()

        answer = connection.receive_until(type="message", sender="bot")

    assert turn_workers, "no worker of the function run_turn is running"
    assert answer["seq"] == before + 2
    messages = wait_for_history(api, session_id, at_least=before + 2)["messages"]
    assert [message["seq"] for message in messages] == list(range(1, before + 3))


def test_conversations_survive_a_restart(
    api: httpx.Client, stack: Stack, aws: Callable[[str], Any], connect: OpenConnection, token: str
) -> None:
    if "pids" not in stack:
        pytest.skip("a stack on AWS is not ours to restart")
    conversation = api.post("/conversations/start", json={"initial_message": "What is this?"}).json()
    before = wait_for_history(api, conversation["conversation_id"], at_least=3)

    restart_stack(stack)

    assert wait_for_history(api, conversation["conversation_id"], at_least=3) == before
    with connect(token=token, query=f"?session_id={conversation['session_id']}") as (connection, _):
        delivered = connection.send_message("And what do you promise?")
        assert connection.receive_answer()["seq"] == delivered["seq"] + 1
    check_unqueued_message_is_answered(api, stack, aws, conversation["session_id"])


def restart_stack(stack: Stack) -> None:
    """Stop a local stack, and start it again."""
    for command in ("down", "up"):
        subprocess.run([sys.executable, "-m", "local", command], check=True, env=build_environment(stack), timeout=600)
