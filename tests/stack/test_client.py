"""The TypeScript client on a running stack whose sockets are cut early, and whose front door dies."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stack.client_app import TIMEOUT_SECONDS, ClientApp, FrontDoor, run_app
from tests.stack.conftest import Stack
from tests.stack.local_stack import build_environment

# The client's patience, as short beside the limits below as its own is beside API Gateway's.
IMPATIENT = {
    # A ping may start a function.
    "pongTimeout": 10_000,
    "ackTimeout": 8_000,
    "initialBackoff": 200,
    "maxBackoff": 2_000,
    "stableAfter": 1_000,
}
MESSAGES = 16

type MakeDoor = Callable[..., FrontDoor]


@pytest.fixture
def make_door(stack: Stack, tmp_path: Path) -> Iterator[MakeDoor]:
    """Opens front doors with limits of their own before the stack's local AWS."""
    if "pids" not in stack:
        pytest.skip("a stack on AWS has no front door of ours")
    told = json.loads(Path(os.environ.get("STACK_JSON", ".local/stack.json")).with_name("front-door.json").read_text())
    opened: list[FrontDoor] = []

    def make(**limits: float) -> FrontDoor:
        door = FrontDoor(told, tmp_path / f"{len(opened)}.json", **limits)
        opened.append(door)
        door.start()
        return door

    yield make
    for door in opened:
        door.kill()


@pytest.fixture
def conversation(api: httpx.Client) -> str:
    """A conversation of this test's user, greeted."""
    return str(api.post("/conversations/start", json={}).json()["conversation_id"])


def test_a_quiet_client_keeps_its_socket_past_the_idle_limit(
    make_door: MakeDoor, token: str, conversation: str
) -> None:
    # Between two pings there is time for the function of the first one to start.
    door = make_door(idle_seconds=8)
    with run_app(door, token=token, conversation=conversation, timing=IMPATIENT | {"pingInterval": 1_000}) as app:
        app.wait_for("status", "live")
        time.sleep(17)

        assert app.list_values("state") == ["connecting", "open"]


def test_a_client_that_is_cut_when_idle_is_back_by_itself(make_door: MakeDoor, token: str, conversation: str) -> None:
    door = make_door(idle_seconds=2)
    with run_app(door, token=token, conversation=conversation, timing=IMPATIENT) as app:
        app.wait_for("state", "open")
        app.wait_for("state", "waiting")
        app.wait_for("state", "open")
        app.run("send", "Back again")
        app.wait_for("delivered", "Back again")


def test_over_sockets_that_live_for_two_seconds_everything_arrives_once_and_in_order(
    make_door: MakeDoor, api: httpx.Client, token: str, conversation: str
) -> None:
    door = make_door(max_seconds=2)
    texts = [f"Message {number}" for number in range(1, MESSAGES + 1)]
    with run_app(door, token=token, conversation=conversation, timing=IMPATIENT) as app:
        for text in texts:
            app.run("send", text)
            time.sleep(0.5)

        everything_is_there_once_and_in_order(app, api, conversation, texts)
        assert app.list_values("state").count("open") > 3


def test_a_front_door_that_dies_again_and_again_loses_and_doubles_nothing(
    make_door: MakeDoor, api: httpx.Client, token: str, conversation: str
) -> None:
    door = make_door()
    texts = [f"Message {number}" for number in range(1, MESSAGES + 1)]
    with run_app(door, token=token, conversation=conversation, timing=IMPATIENT) as app:
        app.wait_for("state", "open")
        for number, text in enumerate(texts):
            app.run("send", text)
            time.sleep(0.1)
            if number % 4 == 1:
                # In the middle of whatever is under way.
                door.kill()
            if number % 4 == 3:
                door.start()
                app.wait_for("state", "open")

        everything_is_there_once_and_in_order(app, api, conversation, texts)
        assert app.list_values("state").count("open") > 3


def test_a_stack_that_is_restarted_loses_and_doubles_nothing(
    make_door: MakeDoor, stack: Stack, api: httpx.Client, token: str, conversation: str
) -> None:
    door = make_door()
    texts = [f"Message {number}" for number in range(1, MESSAGES + 1)]
    with run_app(door, token=token, conversation=conversation, timing=IMPATIENT) as app:
        app.wait_for("state", "open")
        for text in texts[: MESSAGES // 2]:
            app.run("send", text)
        app.wait_for("delivered", texts[0])
        # Dead first: the local AWS would wait for its sockets, be killed in the end, and forget what it was told.
        door.kill()
        for command in ("down", "up"):
            subprocess.run(
                [sys.executable, "-m", "local", command], check=True, env=build_environment(stack), timeout=240
            )
            for text in texts[MESSAGES // 2 :] if command == "down" else ():
                app.run("send", text)
        door.start()

        everything_is_there_once_and_in_order(app, api, conversation, texts)


def test_a_page_that_is_loaded_again_while_the_server_is_away_sends_what_was_written(
    make_door: MakeDoor, api: httpx.Client, token: str, conversation: str
) -> None:
    door = make_door()
    with run_app(door, token=token, conversation=conversation, timing=IMPATIENT) as app:
        app.wait_for("state", "open")
        door.kill()
        app.run("send", "Written without a server")
        app.run("reload")
        app.run("send", "Written after a reload")
        door.start()

        texts = ["Written without a server", "Written after a reload"]
        everything_is_there_once_and_in_order(app, api, conversation, texts)


def test_a_visitor_comes_back_to_the_same_conversation_after_every_cut(make_door: MakeDoor) -> None:
    door = make_door(max_seconds=3)
    with run_app(door, timing=IMPATIENT) as app:
        texts = [f"Message {number}" for number in range(1, 6)]
        for text in texts:
            app.run("send", text)
            app.wait_for("delivered", text)
            time.sleep(1)
        app.run("reload")
        app.wait_for("state", "open")

        messages = app.get_messages()
        assert [each["content"] for each in messages if each["sender"] == "user"] == texts
        seqs = [each["seq"] for each in messages]
        assert seqs == sorted(set(seqs))
        assert app.list_values("state").count("open") > 2


def everything_is_there_once_and_in_order(
    app: ClientApp, api: httpx.Client, conversation: str, texts: list[str]
) -> None:
    """Wait for the last answer; then the app shows what history has, and the user's messages as they were written."""
    app.wait_for("delivered", texts[-1], seconds=2 * TIMEOUT_SECONDS)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        history, shown = everything_of(api, conversation), app.get_messages()
        settled = history[-1]["sender"] == "bot" and list(map(identity, shown)) == list(map(identity, history))
        if settled or time.monotonic() > deadline:
            break
        time.sleep(1)
    assert list(map(identity, shown)) == list(map(identity, history))
    assert [each["content"] for each in history if each["sender"] == "user"] == texts
    assert [each["seq"] for each in history] == list(range(1, len(history) + 1))
    assert {each["delivery"] for each in shown} == {"delivered"}
    assert app.list_values("failed") == []
    assert app.list_values("delivered") == texts


def identity(message: dict[str, Any]) -> tuple[str, int, str, str]:
    return message["id"], message["seq"], message["sender"], message["content"]


def everything_of(api: httpx.Client, conversation: str) -> list[dict[str, Any]]:
    """Walk the whole history, from the oldest message on."""
    messages: list[dict[str, Any]] = []
    more = True
    while more:
        after = {"after": messages[-1]["id"]} if messages else {"after": "2020-01-01T00:00:00.000Z"}
        page = api.get(f"/conversations/{conversation}/history", params={"limit": "100"} | after).json()
        messages += page["messages"]
        more = page["has_more"]
    return messages
