"""The AI SDK's own chat with our transport on the running stack: a hard cut, a reload and a stop in mid-answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.bot_server import serving
from tests.stack.chat_app import get_answer, has_finished, shows, wait_until
from tests.stack.client_app import ClientApp, FrontDoor, run_app
from tests.stack.test_seed import wait_for_history
from tests.stack.webhook_bots import Pen, Publish

_APP = Path(__file__).with_name("ai_sdk_app.mjs")
_TIMING = {"initialBackoff": 200, "maxBackoff": 1_000}
WELCOME = "Let us count."


@pytest.fixture
def pen() -> Pen:
    return Pen()


@pytest.fixture
def app(door: FrontDoor, token: str, api: httpx.Client, publish: Publish, pen: Pen) -> Iterator[ClientApp]:
    """An app whose user has asked a bot, and sees the first word."""
    with serving(pen.behave) as server:
        bot = publish(server, welcome=WELCOME)
        started: dict[str, Any] = api.post("/conversations/start", json={"bot_id": bot.id}).json()
        conversation = started["conversation_id"]
        wait_for_history(api, conversation, 1)
        with run_app(door, _APP, token=token, conversation=conversation, timing=_TIMING) as app:
            app.wait_for("opened", 1)
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

    state = wait_until(app, has_finished)
    assert get_answer(state) == "One, two, three."


def test_reload_in_mid_answer_continues_it(app: ClientApp, pen: Pen) -> None:
    app.run("reload")
    app.wait_for("opened", 2)
    wait_until(app, shows("One, "))
    pen.write("two.")
    wait_until(app, shows("One, two."))
    pen.finish()

    state = wait_until(app, has_finished)
    assert [text for role, text in state["texts"] if role == "assistant"] == [WELCOME, "One, two."]


def test_stop_ends_the_answer_and_keeps_what_was_written(app: ClientApp, api: httpx.Client, pen: Pen) -> None:
    app.run("stop")
    state = wait_until(app, has_finished)
    assert get_answer(state).strip() == "One,"

    app.run("reload")
    # The stopped answer may not be stored yet; then the reloaded page shows its end.
    app.wait_for("opened")
    state = wait_until(app, lambda state: has_finished(state) and get_answer(state).strip() == "One,")
    assert [role for role, _ in state["texts"]] == ["assistant", "user", "assistant"]
    (conversation,) = api.get("/conversations").json()["conversations"]
    history = api.get(f"/conversations/{conversation['id']}/history").json()["messages"]
    assert history[-1]["finish_reason"] == "stopped"
    pen.finish()
