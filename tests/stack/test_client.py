"""The TypeScript client on a running stack whose connections are short, and whose front door is killed."""

import subprocess
import sys
import time
from typing import Any

import httpx
import pytest

from tests.stack.client_app import ClientApp, run_app
from tests.stack.conftest import MakeDoor, Stack
from tests.stack.connection import TIMEOUT_SECONDS
from tests.stack.local_stack import build_environment

# The client's timeouts, in the same proportion to the limits below as its defaults are to API Gateway's.
IMPATIENT = {
    # A ping may start a function.
    "pongTimeout": 10_000,
    "ackTimeout": 8_000,
    "initialBackoff": 200,
    "maxBackoff": 2_000,
    "stableAfter": 1_000,
}
MESSAGES = 16


@pytest.fixture
def conversation(api: httpx.Client) -> str:
    """A greeted conversation of the test's user."""
    return str(api.post("/conversations/start", json={}).json()["conversation_id"])


def test_idle_client_keeps_its_connection_by_pings(make_door: MakeDoor, token: str, conversation: str) -> None:
    # Between two pings there is time for the function of the first one to start.
    door = make_door(idle_seconds=8)
    with run_app(door, token=token, conversation=conversation, timing=IMPATIENT | {"pingInterval": 1_000}) as app:
        app.wait_for("status", "live")
        time.sleep(17)

        assert app.list_values("state") == ["connecting", "open"]


def test_client_reconnects_after_idle_timeout(make_door: MakeDoor, token: str, conversation: str) -> None:
    door = make_door(idle_seconds=2)
    with run_app(door, token=token, conversation=conversation, timing=IMPATIENT) as app:
        app.wait_for("state", "open")
        app.wait_for("state", "waiting")
        app.wait_for("state", "open")
        app.run("send", "Back again")
        app.wait_for("delivered", "Back again")


def test_messages_arrive_once_in_order_over_short_connections(
    make_door: MakeDoor, api: httpx.Client, token: str, conversation: str
) -> None:
    door = make_door(max_seconds=2)
    texts = [f"Message {number}" for number in range(1, MESSAGES + 1)]
    with run_app(door, token=token, conversation=conversation, timing=IMPATIENT) as app:
        for text in texts:
            app.run("send", text)
            time.sleep(0.5)

        check_history(app, api, conversation, texts)
        assert app.list_values("state").count("open") > 3


def test_no_message_is_lost_or_duplicated_when_the_front_door_is_killed(
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
                # While messages are being sent.
                door.kill()
            if number % 4 == 3:
                door.start()
                app.wait_for("state", "open")

        check_history(app, api, conversation, texts)
        assert app.list_values("state").count("open") > 3


def test_no_message_is_lost_or_duplicated_by_a_restart(
    make_door: MakeDoor, stack: Stack, api: httpx.Client, token: str, conversation: str
) -> None:
    door = make_door()
    texts = [f"Message {number}" for number in range(1, MESSAGES + 1)]
    with run_app(door, token=token, conversation=conversation, timing=IMPATIENT) as app:
        app.wait_for("state", "open")
        for text in texts[: MESSAGES // 2]:
            app.run("send", text)
        app.wait_for("delivered", texts[0])
        # Killed first: otherwise the local AWS waits for its connections, is killed at last, and loses its state.
        door.kill()
        for command in ("down", "up"):
            subprocess.run(
                [sys.executable, "-m", "local", command], check=True, env=build_environment(stack), timeout=600
            )
            for text in texts[MESSAGES // 2 :] if command == "down" else ():
                app.run("send", text)
        door.start()

        check_history(app, api, conversation, texts)


def test_reloaded_page_sends_its_outbox(make_door: MakeDoor, api: httpx.Client, token: str, conversation: str) -> None:
    door = make_door()
    with run_app(door, token=token, conversation=conversation, timing=IMPATIENT) as app:
        app.wait_for("state", "open")
        door.kill()
        app.run("send", "Written without a server")
        app.run("reload")
        app.run("send", "Written after a reload")
        door.start()

        texts = ["Written without a server", "Written after a reload"]
        check_history(app, api, conversation, texts)


def test_visitor_reconnects_to_the_same_conversation(make_door: MakeDoor) -> None:
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
        assert [message["content"] for message in messages if message["sender"] == "user"] == texts
        seqs = [message["seq"] for message in messages]
        assert seqs == sorted(set(seqs))
        assert app.list_values("state").count("open") > 2


def check_history(app: ClientApp, api: httpx.Client, conversation: str, texts: list[str]) -> None:
    """Wait for the last answer, and check that the app shows the history, and the history the user's messages."""
    app.wait_for("delivered", texts[-1], seconds=2 * TIMEOUT_SECONDS)
    check_shown_history(app, api, conversation, texts)


def check_shown_history(app: ClientApp, api: httpx.Client, conversation: str, texts: list[str]) -> None:
    """Check that the app shows the history, at the latest after some time, and the history the user's messages."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        history, shown = list_history(api, conversation), app.get_messages()
        settled = history[-1]["sender"] == "bot" and list(map(get_identity, shown)) == list(map(get_identity, history))
        if settled or time.monotonic() > deadline:
            break
        time.sleep(1)
    assert list(map(get_identity, shown)) == list(map(get_identity, history))
    assert [message["content"] for message in history if message["sender"] == "user"] == texts
    assert [message["seq"] for message in history] == list(range(1, len(history) + 1))
    assert {message["delivery"] for message in shown} == {"delivered"}
    assert app.list_values("failed") == []
    assert app.list_values("delivered") == texts


def get_identity(message: dict[str, Any]) -> tuple[str, int, str, str]:
    return message["id"], message["seq"], message["sender"], message["content"]


def list_history(api: httpx.Client, conversation: str) -> list[dict[str, Any]]:
    """Return the complete history, from the oldest message on."""
    messages: list[dict[str, Any]] = []
    more = True
    while more:
        after = {"after": messages[-1]["id"]} if messages else {"after": "2020-01-01T00:00:00.000Z"}
        page = api.get(f"/conversations/{conversation}/history", params={"limit": "100"} | after).json()
        messages += page["messages"]
        more = page["has_more"]
    return messages
