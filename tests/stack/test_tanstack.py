"""TanStack AI's own client over the WebSocket of the running stack: hard cuts, reloads, stops and interrupts."""

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.bot_server import serving
from tests.stack.chat_app import get_answer, has_finished, shows, wait_until
from tests.stack.client_app import ClientApp, FrontDoor, run_app
from tests.stack.connection import TIMEOUT_SECONDS
from tests.stack.webhook_bots import Pen, Publish

_APP = Path(__file__).with_name("tanstack_app.mjs")


@pytest.fixture
def pen() -> Pen:
    return Pen()


@pytest.fixture
def app(door: FrontDoor, token: str, publish: Publish, pen: Pen) -> Iterator[ClientApp]:
    """An app whose user has asked a bot, and sees the first word."""
    with serving(pen.behave) as server:
        bot = publish(server)
        with run_app(door, _APP, token=token, botId=bot.id, threadId=str(uuid4())) as app:
            app.run("send", "Count!")
            pen.write("One, ")
            wait_until(app, shows("One, "))
            yield app
            assert app.list_values("error") == []


def test_hard_cut_in_mid_answer_loses_and_repeats_nothing(app: ClientApp, door: FrontDoor, pen: Pen) -> None:
    door.kill()
    pen.write("two, ")
    door.start()
    wait_until(app, shows("One, two, "))
    pen.write("three.")
    pen.finish()
    state = wait_until(app, lambda state: has_finished(state) and "three" in get_answer(state))

    assert get_answer(state) == "One, two, three."
    assert state["status"] == "ready"
    chunks = app.list_values("chunk")
    assert (chunks.count("RUN_STARTED"), chunks.count("TEXT_MESSAGE_START"), chunks.count("RUN_FINISHED")) == (1, 1, 1)


def test_answer_that_ends_while_the_client_is_cut_off_is_replayed(
    app: ClientApp, door: FrontDoor, pen: Pen, api: httpx.Client
) -> None:
    door.kill()
    pen.write("two.")
    pen.finish()
    wait_for_answer(api)
    door.start()
    state = wait_until(app, has_finished)

    assert get_answer(state) == "One, two."


def wait_for_answer(api: httpx.Client) -> None:
    """Wait until the answer of the only conversation is stored."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while "One, two." not in api.get("/conversations").text:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_reload_in_mid_answer_joins_the_run_and_the_thread_goes_on(
    door: FrontDoor, token: str, publish: Publish
) -> None:
    pen, second = Pen(), Pen()
    options = {"token": token, "threadId": str(uuid4())}
    with serving(pen.behave, second.behave) as server:
        options["botId"] = publish(server).id
        with run_app(door, _APP, **options) as app:
            app.run("send", "Count!")
            pen.write("One, ")
            wait_until(app, shows("One, "))
            app.run("keep")
            kept = app.wait_for("kept")["value"]
        with run_app(door, _APP, **options, kept=kept) as app:
            pen.write("two.")
            pen.finish()
            state = wait_until(app, lambda state: has_finished(state) and "two" in get_answer(state))
            assert get_answer(state) == "One, two."

            second.write("Three.")
            second.finish()
            app.run("send", "Go on")
            wait_until(app, lambda state: has_finished(state) and get_answer(state) == "Three.")
            assert app.list_values("error") == []


def test_stop_ends_the_answer_and_the_next_message_is_answered(
    door: FrontDoor, token: str, publish: Publish, api: httpx.Client
) -> None:
    pen, second = Pen(), Pen()
    with serving(pen.behave, second.behave) as server:
        bot = publish(server)
        with run_app(door, _APP, token=token, botId=bot.id, threadId=str(uuid4())) as app:
            app.run("send", "Count!")
            pen.write("One, ")
            wait_until(app, shows("One, "))
            app.run("stop")
            wait_until(app, has_finished)
            second.write("Two.")
            second.finish()
            app.run("send", "Go on")
            state = wait_until(app, lambda state: has_finished(state) and get_answer(state) == "Two.")

    assert state["status"] == "ready"
    (conversation,) = api.get("/conversations").json()["conversations"]
    history = api.get(f"/conversations/{conversation['id']}/history").json()["messages"]
    stopped = [message["content"] for message in history if message.get("finish_reason") == "stopped"]
    assert [text.strip() for text in stopped] == ["One,"]
    pen.finish()


def test_question_of_a_script_is_an_interrupt(door: FrontDoor, token: str) -> None:
    with run_app(door, _APP, token=token, threadId=str(uuid4())) as app:
        app.run("send", "estimate")
        state = wait_until(app, lambda state: bool(state["interrupts"]))
        assert state["interrupts"][0]["message"] == "How many people talk to your bot in a month?"
        app.run("answer", 3)
        wait_until(app, lambda state: "And how many questions" in str(state["interrupts"]))
        app.run("answer", 4)
        state = wait_until(app, lambda state: "12 questions and answers" in str(state["texts"]))

    assert state["interrupts"] == []
    assert app.list_values("error") == []


def test_visitor_talks_and_reconnects_with_the_token(door: FrontDoor) -> None:
    with run_app(door, _APP, threadId=str(uuid4())) as app:
        app.run("send", "What is this?")
        app.wait_for("custom", "session")
        wait_until(app, lambda state: has_finished(state) and get_answer(state) != "")
        door.kill()
        door.start()
        app.run("send", "What does it cost?")
        state = wait_until(app, lambda state: has_finished(state) and get_answer(state) != "")

    assert [role for role, _ in state["texts"]].count("user") == 2
