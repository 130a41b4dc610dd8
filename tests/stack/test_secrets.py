"""A password and a card number that a bot asks for, on a running stack: they are stored and broadcast redacted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.test_seed import wait_for_history

VAULT = Path(__file__).parent / "vault.gbai"


@pytest.fixture(scope="module")
def vault(stack: Stack, aws: Callable[[str], Any]) -> str:
    """The bot that asks, published."""
    return publish_package(VAULT, stack, aws)


def test_password_is_redacted_everywhere_and_its_retry_is_acknowledged(
    api: httpx.Client, vault: str, connect: OpenConnection, token: str
) -> None:
    password, short = f"Tr0ub4dor-{uuid4()}", uuid4().hex[:7]
    with (
        connect(token=token, query=f"?bot_id={vault}") as (phone, connected),
        # In the same conversation, as another one would be greeted on the phone too.
        connect(token=token, query=f"?session_id={connected['session_id']}") as (laptop, _),
    ):
        session = connected["session_id"]
        question = phone.receive_answer()
        assert (question["content"], question["input"]) == ("Choose a password.", {"type": "password"})
        phone.send_message(short)
        assert "8 characters" in phone.receive_answer()["content"]
        name = str(uuid4())
        first = phone.send_message(password, client_message_id=name)
        replaced = phone.receive_until(type="message", id=first["message_id"])
        assert (replaced["content"], replaced["client_message_id"]) == ("********", name)
        assert phone.receive_answer()["content"] == "I have ********"
        again = phone.send_message(password, client_message_id=name)
        # Nothing of the content is stored, so the id alone identifies the message.
        other = phone.send_message(password + "!", client_message_id=name)
        phone.send_message("4111 1111 1111 1111")
        copies = [laptop.receive_until(type="message", session_id=session, sender="user") for _ in range(3)]
        laptop.send(type="resume", session_id=session)
        laptop.receive_until(type="status", status="resumed")

        assert (again["message_id"], again["seq"]) == (first["message_id"], first["seq"])
        assert (other["message_id"], other["seq"]) == (first["message_id"], first["seq"])
        assert [copy["content"] for copy in copies] == ["********", "********", "4111 **** **** 1111"]
        frames = str(laptop.frames)

    messages = wait_for_history(api, session, at_least=8)["messages"]
    contents = [message["content"] for message in messages if message["sender"] == "user"]
    assert [message["input"] for message in messages if message["id"] == question["id"]] == [{"type": "password"}]
    assert contents == ["********", "********", "4111 **** **** 1111"]
    everywhere = f"{frames} {messages} {api.get('/conversations').text} {api.get('/me/export').text}"
    assert "I have ********" in everywhere
    assert not [secret for secret in (password, short, "1111 1111") if secret in everywhere]
