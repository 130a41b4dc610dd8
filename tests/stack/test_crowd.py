"""Twenty clients send messages while functions are killed and the local AWS restarts: no loss, no duplicates."""

import asyncio
import os
import random
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress

import httpx
import pytest

from tests.stack.conftest import Stack
from tests.stack.connection import TIMEOUT_SECONDS, Frame
from tests.stack.crowd import Device, open_device
from tests.stack.local_stack import build_environment, list_workers

USERS = 10
DEVICES = 2
MESSAGES = int(os.environ.get("CROWD_MESSAGES", "6"))
"""The number of messages of every client; more of them make the test longer, not harder."""
SEED = int(os.environ.get("CROWD_SEED", "1"))

ANSWERS = {"hello": "Hello! How can I help you?", "thank you": "You are welcome!"}
"""The single answer of the rule bot to each message."""

_KILL_EVERY_SECONDS = (0.5, 1.5)
_KILLED = ("MessageFunction", "SendMessageFunction", "RunTurnFunction", "ResumeFunction", "RelayOutboxFunction")
_ANSWERED_WITHIN_SECONDS = 180


@pytest.fixture
def local(stack: Stack) -> Stack:
    if "pids" not in stack:
        pytest.skip("a stack on AWS is not ours to kill")
    return stack


def test_no_message_is_lost_or_duplicated_by_kills_and_a_restart(local: Stack, create_user: Callable[..., str]) -> None:
    random.seed(SEED)
    tokens = [create_user() for _ in range(USERS)]

    async def run() -> None:
        # The disruption starts when every user has a conversation.
        started = asyncio.Barrier(USERS + 1)
        async with asyncio.timeout(600), asyncio.TaskGroup() as group:
            for number, token in enumerate(tokens):
                group.create_task(_run_conversation(local, f"user-{number}", token, started))
            await _disrupt(local, started)

    asyncio.run(run())


async def _run_conversation(stack: Stack, name: str, token: str, started: asyncio.Barrier) -> None:
    """Send the messages of a user's devices in one conversation, and check the result."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(base_url=stack["api_url"], headers=headers, timeout=TIMEOUT_SECONDS) as rest,
        AsyncExitStack() as opened,
    ):
        conversation = await _start_conversation(rest)
        devices = [
            await opened.enter_async_context(
                open_device(f"{name}-{number}", stack, rest, token, conversation["conversation_id"])
            )
            for number in range(DEVICES)
        ]
        await started.wait()
        await asyncio.gather(*(device.send_all(_build_contents(device.name)) for device in devices))
        history = await _wait_for_answers(rest, conversation["conversation_id"])
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await asyncio.gather(*(device.catch_up(len(history)) for device in devices))
        _check(history, devices)


async def _start_conversation(rest: httpx.AsyncClient) -> Frame:
    """Start a conversation; ten cold functions at once may take longer than API Gateway waits."""
    while (response := await rest.post("/conversations/start", json={"bot_id": "helper"})).status_code != 200:
        assert response.status_code >= 500, response.text
    conversation: Frame = response.json()
    return conversation


def _build_contents(name: str) -> list[str]:
    return [f"{random.choice(list(ANSWERS))}, says {name} for the {number + 1}. time" for number in range(MESSAGES)]


def _check(history: Sequence[Frame], devices: Sequence[Device]) -> None:
    questions = [message for message in history if message["sender"] == "user"]
    replies = [message["content"] for message in history if message["sender"] == "bot"]
    stored = {message["client_message_id"]: message for message in questions}

    assert [message["seq"] for message in history] == list(range(1, len(history) + 1))
    assert len(stored) == len(questions) == DEVICES * MESSAGES
    # The greeting, and then the answer to each question, once and in order.
    assert replies[1:] == [ANSWERS[message["content"].partition(",")[0]] for message in questions]
    for device in devices:
        assert len(device.acknowledged) == MESSAGES
        for key, acknowledged in device.acknowledged.items():
            expected = {"message_id": stored[key]["id"], **stored[key]}
            assert acknowledged.items() <= expected.items()
        shown = [{name: message[name] for name in device.list_shown()[0]} for message in history]
        assert device.list_shown() == shown


async def _wait_for_answers(rest: httpx.AsyncClient, conversation_id: str) -> list[Frame]:
    """Return the history when the bot has answered everything; the caller checks it."""
    expected_count = 1 + 2 * DEVICES * MESSAGES
    messages: list[Frame] = []
    async with asyncio.timeout(_ANSWERED_WITHIN_SECONDS):
        while len(messages) < expected_count:
            # A user who is done early polls while the stack is down.
            with suppress(httpx.TransportError):
                response = await rest.get(f"/conversations/{conversation_id}/history", params={"limit": 100})
                if response.status_code == 200:
                    messages = response.json()["messages"]
            await asyncio.sleep(2)
    return messages


async def _disrupt(stack: Stack, started: asyncio.Barrier) -> None:
    """Kill functions, restart the local AWS, and kill some more."""
    await started.wait()
    killed = await _kill_workers(seconds=4)
    for command in ("down", "up"):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "local", command, env=build_environment(stack), stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0
    killed += await _kill_workers(seconds=2)
    assert killed > 0


async def _kill_workers(*, seconds: float) -> int:
    killed = 0
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        running = list_workers(*_KILLED)
        if running:
            random.choice(running).kill()
            killed += 1
        await asyncio.sleep(random.uniform(*_KILL_EVERY_SECONDS))
    return killed
