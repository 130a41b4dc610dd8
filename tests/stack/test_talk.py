"""A bot whose script writes to another user, on a running stack."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.test_seed import wait_for_history

SCRIPT = """
TALK USER_ID()
DO
  HEAR who
  HEAR text
  TALK TO who, text
  TALK "Sent."
LOOP
"""
APOLOGY = "Sorry, something went wrong on my side."


@pytest.fixture
def note_bot(stack: Stack, aws: Callable[[str], Any], tmp_path: Path) -> str:
    """A new bot, published."""
    bot_id = f"notes-{uuid4().hex[:12]}"
    scripts = tmp_path / f"{bot_id}.gbai" / f"{bot_id}.gbdialog"
    scripts.mkdir(parents=True)
    (scripts / "start.bas").write_text(SCRIPT, encoding="utf-8")
    return publish_package(scripts.parent, stack, aws)


def test_message_reaches_the_devices_and_the_history_of_another_user(
    note_bot: str, api: httpx.Client, connect: OpenConnection, token: str, create_user: Callable[..., str]
) -> None:
    query = f"?bot_id={note_bot}"
    with (
        connect(token=token, query=query) as (phone, connected),
        connect(token=token, query=query) as (laptop, _),
        connect(token=create_user(), query=query) as (sender, _),
    ):
        user = phone.receive_answer()["content"]
        sender.receive_answer()
        sender.send_message(user)
        sender.send_message("Hello from me")
        assert sender.receive_answer()["content"] == "Sent."
        messages = [device.receive_until(type="message", content="Hello from me") for device in (phone, laptop)]
        assert messages[0] == messages[1]

    history = wait_for_history(api, connected["session_id"], at_least=2)["messages"]
    assert [message["content"] for message in history] == [user, "Hello from me"]
    assert history[1]["id"] == messages[0]["id"]


def test_user_who_does_not_talk_to_the_bot_is_not_addressed(note_bot: str, connect: OpenConnection, token: str) -> None:
    with connect(token=token, query=f"?bot_id={note_bot}") as (connection, _):
        connection.receive_answer()
        connection.send_message(str(uuid4()))
        connection.send_message("Hello")

        assert connection.receive_answer()["content"] == APOLOGY
