"""Twenty clients send messages while functions are killed and the local AWS restarts: no loss, no duplicates."""

import asyncio
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import httpx
import pytest

from tests.histories.checker import check
from tests.histories.recorder import Recorder
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
_ANSWERED_WITHIN_SECONDS = 90


@pytest.fixture
def local(stack: Stack) -> Stack:
    if "pids" not in stack:
        pytest.skip("a stack on AWS is not ours to kill")
    return stack


def test_no_message_is_lost_or_duplicated_by_kills_and_a_restart(
    local: Stack, create_user: Callable[..., str], tmp_path: Path
) -> None:
    random.seed(SEED)
    tokens = [create_user() for _ in range(USERS)]
    began = time.monotonic()
    histories = [Recorder(f"user-{number}", lambda: time.monotonic() - began) for number in range(USERS)]

    async def run() -> None:
        # The disruption starts when every user has a conversation.
        started = asyncio.Barrier(USERS + 1)
        async with asyncio.timeout(300), asyncio.TaskGroup() as group:
            for history, token in zip(histories, tokens, strict=True):
                group.create_task(_run_conversation(local, history, token, started))
            await _disrupt(local, started)

    asyncio.run(run())

    for history in histories:
        _check(history, tmp_path / f"{history.name}.jsonl")


async def _run_conversation(stack: Stack, history: Recorder, token: str, started: asyncio.Barrier) -> None:
    """Send the messages of a user's devices in one conversation, and record what happens."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(base_url=stack["api_url"], headers=headers, timeout=TIMEOUT_SECONDS) as rest,
        AsyncExitStack() as opened,
    ):
        conversation = await _start_conversation(rest)
        devices = [
            await opened.enter_async_context(
                open_device(
                    f"{history.name}-{number}",
                    stack,
                    rest,
                    token,
                    conversation=conversation["conversation_id"],
                    history=history,
                )
            )
            for number in range(DEVICES)
        ]
        await started.wait()
        history.record("fault", service="sockets", kind="functions killed, and a restart")
        await asyncio.gather(*(device.send_all(_build_contents(device.name)) for device in devices))
        count = len(await _wait_for_answers(rest, conversation["conversation_id"]))
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await asyncio.gather(*(device.catch_up(count) for device in devices))
        await _read_all(rest, devices, history)


async def _start_conversation(rest: httpx.AsyncClient) -> Frame:
    """Start a conversation; ten cold functions at once may take longer than API Gateway waits."""
    while (response := await rest.post("/conversations/start", json={"bot_id": "helper"})).status_code != 200:
        assert response.status_code >= 500, response.text
    conversation: Frame = response.json()
    return conversation


def _build_contents(name: str) -> list[str]:
    return [f"{random.choice(list(ANSWERS))}, says {name} for the {number + 1}. time" for number in range(MESSAGES)]


async def _read_all(rest: httpx.AsyncClient, devices: Sequence[Device], history: Recorder) -> None:
    """Record what is stored in the end, and what each device shows."""
    history.record("settled")
    (first, *_) = devices
    conversation = first.conversation.id
    record = history.record_request(first.name, "get_history", conversation=conversation, query={"limit": "100"})
    response = await rest.get(f"/conversations/{conversation}/history", params={"limit": 100})
    messages = response.json()["messages"]
    record(response.status_code, response.json())
    answers = {
        each["content"]: [ANSWERS[each["content"].partition(",")[0]]] for each in messages if each["sender"] == "user"
    }
    greeting = [messages[0]["content"]]
    history.record("bot", bot_id="helper", greeting=greeting, answers=answers, excuses=[], streams=False)
    for device in devices:
        history.record("shown", device=device.name, conversation=conversation, messages=device.list_shown())


def _check(history: Recorder, path: Path) -> None:
    """Write the history of a user into a file, and check the claims on it."""
    history.write(path)
    report = check(path.read_text(encoding="utf-8").splitlines())
    sent = DEVICES * MESSAGES

    assert list(map(str, report.broken)) == []
    assert report.facts["stored"] >= sent
    assert report.facts["shown"] == DEVICES
    assert report.facts["answered"] == 1


async def _wait_for_answers(rest: httpx.AsyncClient, conversation_id: str) -> list[Frame]:
    """Return the history when the bot has answered everything."""
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
