"""A password and a card's number that a bot has asked for, over real sockets: who can read them later."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.stack.conftest import Open, Stack
from tests.stack.published import published
from tests.stack.test_seed import history_of

VAULT = Path(__file__).parent / "vault.gbai"


@pytest.fixture(scope="module")
def vault(stack: Stack, aws: Callable[[str], Any]) -> str:
    """The bot that asks, published."""
    return published(VAULT, stack, aws)


def test_a_password_is_in_no_history_on_no_other_device_and_in_no_replay_and_sending_it_again_is_acknowledged(
    api: httpx.Client, vault: str, open_socket: Open, token: str
) -> None:
    password, short = f"Tr0ub4dor-{uuid4()}", uuid4().hex[:7]
    with (
        open_socket(token=token, query=f"?bot_id={vault}") as (phone, connected),
        # In the same conversation: one begun with another bot would greet on the phone too.
        open_socket(token=token, query=f"?session_id={connected['session_id']}") as (laptop, _),
    ):
        session = connected["session_id"]
        assert phone.answer()["content"] == "Choose a password."
        phone.say(short)
        assert "8 characters" in phone.answer()["content"]
        name = str(uuid4())
        first = phone.say(password, client_message_id=name)
        assert phone.answer()["content"] == "I have ********"
        again = phone.say(password, client_message_id=name)
        # Nothing of the content is stored, so the id alone identifies the message.
        other = phone.say(password + "!", client_message_id=name)
        phone.say("4111 1111 1111 1111")
        copies = [laptop.until(type="message", session_id=session, sender="user") for _ in range(3)]
        laptop.send(type="resume", session_id=session)
        laptop.until(type="status", status="resumed")

        assert (again["message_id"], again["seq"]) == (first["message_id"], first["seq"])
        assert (other["message_id"], other["seq"]) == (first["message_id"], first["seq"])
        assert [copy["content"] for copy in copies] == ["********", "********", "4111 **** **** 1111"]
        frames = str(laptop.frames)

    messages = history_of(api, session, at_least=8)["messages"]
    asked = [each["content"] for each in messages if each["sender"] == "user"]
    assert asked == ["********", "********", "4111 **** **** 1111"]
    everywhere = f"{frames} {messages} {api.get('/conversations').text} {api.get('/me/export').text}"
    assert "I have ********" in everywhere
    assert not [secret for secret in (password, short, "1111 1111") if secret in everywhere]
