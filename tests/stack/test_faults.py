"""What users see when something breaks, on a running local stack."""

import signal
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from tests.stack.conftest import Open, Stack
from tests.stack.local_stack import environment, workers
from tests.stack.test_seed import history_of


@pytest.fixture
def reply_workers(stack: Stack) -> list[psutil.Process]:
    """The processes that run the bots, on a local stack."""
    if "pids" not in stack:
        pytest.skip("the functions of a stack on AWS are not ours to kill")
    return workers(stack["outputs"]["RunTurnFunctionName"])


def test_an_answer_survives_the_death_of_its_function(
    api: httpx.Client, token: str, open_socket: Open, reply_workers: list[psutil.Process]
) -> None:
    session_id = api.post("/conversations/start", json={"initial_message": "hello"}).json()["session_id"]
    before = len(history_of(api, session_id, at_least=2)["messages"])
    with open_socket(token=token, query=f"?session_id={session_id}") as (device, _):
        # Stopped first, so that it dies with the work in its hands.
        for worker in reply_workers:
            worker.send_signal(signal.SIGSTOP)
        device.say("What does it cost?")
        time.sleep(1)
        for worker in reply_workers:
            worker.kill()

        answer = device.until(timeout=90, type="message", sender="bot")

    assert reply_workers, "no worker of the reply function was found"
    assert answer["seq"] == before + 2
    messages = history_of(api, session_id, at_least=before + 2)["messages"]
    assert [each["seq"] for each in messages] == list(range(1, before + 3))


def test_conversations_are_kept_over_a_restart(api: httpx.Client, stack: Stack, open_socket: Open, token: str) -> None:
    if "pids" not in stack:
        pytest.skip("a stack on AWS is not ours to restart")
    started = api.post("/conversations/start", json={"initial_message": "What is this?"}).json()
    before = history_of(api, started["conversation_id"], at_least=3)

    restarted(stack)

    assert history_of(api, started["conversation_id"], at_least=3) == before
    with open_socket(token=token, query=f"?session_id={started['session_id']}") as (device, _):
        delivered = device.say("And what do you promise?")
        assert device.answer()["seq"] == delivered["seq"] + 1


def restarted(stack: Stack) -> None:
    """Stop a local stack, and start it again."""
    for command in ("down", "up"):
        subprocess.run([sys.executable, "-m", "local", command], check=True, env=environment(stack), timeout=240)
