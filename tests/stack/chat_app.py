"""What apps with chats of public libraries show, as their tests ask them."""

import time
from collections.abc import Callable
from typing import Any

from tests.stack.client_app import ClientApp
from tests.stack.connection import TIMEOUT_SECONDS

type State = dict[str, Any]


def wait_until(app: ClientApp, holds: Callable[[State], bool]) -> State:
    """Return what the app shows as soon as it is as expected."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        app.run("show")
        state: State = app.wait_for("shown")["value"]
        if holds(state):
            return state
        assert time.monotonic() < deadline, (state, [event for event in app.events if event["event"] != "shown"])
        time.sleep(0.1)


def get_answer(state: State) -> str:
    """Return all that the bot has said since the user's last message."""
    texts = state["texts"]
    last = max(index for index, (role, _) in enumerate(texts) if role == "user")
    return "|".join(text for _, text in texts[last + 1 :])


def shows(answer: str) -> Callable[[State], bool]:
    return lambda state: get_answer(state) == answer


def has_finished(state: State) -> bool:
    return not state["loading"]
