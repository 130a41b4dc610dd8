"""Twenty clients send messages while functions are killed and the local AWS restarts: all guarantees hold."""

import asyncio
import json
import os
import random
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.histories.checker import Report, check
from tests.histories.recorder import Recorder
from tests.stack.conftest import Stack
from tests.stack.connection import TIMEOUT_SECONDS, Frame
from tests.stack.crowd import Device, open_device, record_response
from tests.stack.local_stack import build_environment, list_workers
from tests.stack.recording_proxy import RecordingProxy, record_sockets
from tests.template import ROOT

USERS = 10
DEVICES = 2
MESSAGES = int(os.environ.get("CROWD_MESSAGES", "6"))
"""The number of messages of every client; more of them make the test longer, not harder."""
SEED = int(os.environ.get("CROWD_SEED", "1"))

BOT = "helper"
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


def test_guarantees_hold_during_kills_and_a_restart(
    local: Stack, create_user: Callable[..., str], tmp_path: Path
) -> None:
    random.seed(SEED)
    tokens = {f"user-{number}": create_user() for number in range(USERS)}
    began = time.monotonic()
    history = Recorder(f"crowd with the seed {SEED}", lambda: time.monotonic() - began)

    asyncio.run(_run(local, tokens, history))

    history.write(tmp_path / "crowd.jsonl")
    report = check(history.lines)
    assert list(map(str, report.broken)) == []
    _check_that_everything_was_seen(report)
    for damage, claims in _DAMAGES.items():
        broken = {each.claim for each in check(damage(history.lines)).broken}
        assert claims & broken, damage.__name__


def _check_that_everything_was_seen(report: Report) -> None:
    """Check that the claims were proven on all messages and devices, and not on an empty history."""
    sent = USERS * DEVICES * MESSAGES
    assert report.facts["stored"] >= 2 * sent
    assert report.facts["stored-once"] >= sent
    assert report.facts["answered"] == USERS
    assert report.facts["shown"] == USERS * DEVICES
    assert report.facts["live"] > 0
    assert report.facts["resumed"] >= USERS * DEVICES


# ------------------------------------------------------------------------------------------------------------ the crowd
@dataclass(frozen=True, slots=True)
class _User:
    """A user, whose devices show one conversation; what each of them will send."""

    devices: list[Device]
    contents: dict[str, list[str]]

    async def send_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for device in self.devices:
                group.create_task(device.send_all(self.contents[device.name]))

    async def wait_for_answers(self) -> None:
        """Wait until the bot has answered everything, and every device shows it."""
        expected_count = 1 + 2 * DEVICES * MESSAGES
        async with asyncio.timeout(_ANSWERED_WITHIN_SECONDS):
            while len(await self._read_history()) < expected_count:  # noqa: ASYNC110 - what is waited for is in the stack
                await asyncio.sleep(2)
            await asyncio.gather(*(device.catch_up(expected_count) for device in self.devices))

    async def read_all(self) -> None:
        """Read what is stored, and record what each device shows."""
        await self._read_history()
        await self.devices[0].request("get_conversation", "GET", "")
        for device in self.devices:
            fields = {"conversation": device.conversation.id, "messages": device.list_shown()}
            device.history.record("shown", device=device.name, **fields)

    async def _read_history(self) -> list[Frame]:
        response = await self.devices[0].request("get_history", "GET", "/history", params={"limit": "100"})
        messages: list[Frame] = [] if response is None or not response.is_success else response.json()["messages"]
        return messages


async def _run(stack: Stack, tokens: dict[str, str], history: Recorder) -> None:
    async with asyncio.timeout(600), AsyncExitStack() as opened:
        proxy = await opened.enter_async_context(record_sockets(stack["ws_url"], history))
        contents = {name: _build_contents(name) for name in tokens}
        _record_bot(history, [each for lists in contents.values() for texts in lists.values() for each in texts])
        users = await asyncio.gather(
            *(_open_user(stack, proxy, opened, contents[name], token) for name, token in tokens.items())
        )
        async with asyncio.TaskGroup() as group:
            for user in users:
                group.create_task(user.send_all())
            group.create_task(_disrupt(stack, history))
        await asyncio.gather(*(user.wait_for_answers() for user in users))
        history.record("settled")
        await asyncio.gather(*(user.read_all() for user in users))


def _build_contents(user: str) -> dict[str, list[str]]:
    """Return what each device of a user sends."""
    names = [f"{user}-{number}" for number in range(DEVICES)]
    return {
        name: [f"{random.choice(list(ANSWERS))}, says {name} for the {number + 1}. time" for number in range(MESSAGES)]
        for name in names
    }


def _record_bot(history: Recorder, contents: list[str]) -> None:
    greeting = tomllib.loads((ROOT / "bots" / f"{BOT}.gbai" / "rules.toml").read_text())["greeting"]["say"]
    answers = {content: [ANSWERS[content.partition(",")[0]]] for content in contents}
    history.record("bot", bot_id=BOT, greeting=greeting, answers=answers, excuses=[], streams=False)


async def _open_user(
    stack: Stack, proxy: RecordingProxy, opened: AsyncExitStack, contents: dict[str, list[str]], token: str
) -> _User:
    for name in contents:
        proxy.history.record("device", device=name, user=name.rpartition("-")[0])
    conversation = await _start_conversation(stack, proxy.history, next(iter(contents)), token)
    devices = [
        await opened.enter_async_context(open_device(name, stack, token, conversation, proxy)) for name in contents
    ]
    return _User(devices, contents)


async def _start_conversation(stack: Stack, history: Recorder, device: str, token: str) -> str:
    """Start a conversation; ten cold functions at once may take longer than API Gateway waits."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=stack["api_url"], headers=headers, timeout=TIMEOUT_SECONDS) as rest:
        while True:
            record = history.record_request(device, "start_conversation", body={"bot_id": BOT})
            response = await rest.post("/conversations/start", json={"bot_id": BOT})
            record_response(response, record)
            if response.is_success:
                return str(response.json()["conversation_id"])
            assert response.status_code >= 500, response.text


async def _disrupt(stack: Stack, history: Recorder) -> None:
    """Kill functions, restart the local AWS, and kill some more."""
    killed = await _kill_workers(history, seconds=4)
    history.record("fault", service="stack", kind="restarted")
    for command in ("down", "up"):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "local", command, env=build_environment(stack), stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0
    killed += await _kill_workers(history, seconds=2)
    assert killed > 0


async def _kill_workers(history: Recorder, *, seconds: float) -> int:
    killed = 0
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        running = list_workers(*_KILLED)
        if running:
            random.choice(running).kill()
            history.record("fault", service="lambda", kind="killed")
            killed += 1
        await asyncio.sleep(random.uniform(*_KILL_EVERY_SECONDS))
    return killed


# ------------------------------------------------------------------------------------------------- damaged histories
type Lines = list[dict[str, Any]]


def _lose_frame(texts: list[str]) -> list[str]:
    """Remove the last answer that a device has received on its connection."""
    lines = _parse(texts)
    settled = next(number for number, line in enumerate(lines) if line["event"] == "settled")
    frames = [line for line in lines[:settled] if line["event"] == "frame" and line["frame"]["type"] == "message"]
    lost = frames[-1]
    same = [
        line
        for line in frames
        if line["connection"] == lost["connection"] and line["frame"]["id"] == lost["frame"]["id"]
    ]
    return _format([line for line in lines if line not in same])


def _double_message(texts: list[str]) -> list[str]:
    """Store the last question of the last reading again, at the end."""
    lines = _parse(texts)
    messages = _find_last_reading(lines)
    question = next(each for each in reversed(messages) if each["sender"] == "user")
    messages.append({**question, "id": "msg-doubled", "seq": len(messages) + 1})
    return _format(lines)


def _swap_messages(texts: list[str]) -> list[str]:
    """Let the last reading have two answers in the wrong order, numbered as if that were right."""
    lines = _parse(texts)
    messages = _find_last_reading(lines)
    one, other = [number for number, each in enumerate(messages) if each["sender"] == "bot"][1:3]
    for name in ("id", "content", "timestamp"):
        messages[one][name], messages[other][name] = messages[other][name], messages[one][name]
    return _format(lines)


def _find_last_reading(lines: Lines) -> Lines:
    found: list[Lines] = [
        line["body"]["messages"] for line in lines if line["event"] == "response" and "messages" in (line["body"] or {})
    ]
    return found[-1]


def _parse(texts: list[str]) -> Lines:
    return [json.loads(text) for text in texts]


def _format(lines: Lines) -> list[str]:
    return [json.dumps(line) for line in lines]


_DAMAGES: dict[Callable[[list[str]], list[str]], set[str]] = {
    # A device may have received the frame as it was sent, or by a resume.
    _lose_frame: {"live", "resumed"},
    _double_message: {"stored-once"},
    _swap_messages: {"one-order"},
}
"""What damages a history, and the claims of which it breaks at least one."""
