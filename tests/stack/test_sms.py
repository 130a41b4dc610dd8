"""A bot that sends text messages, on a running stack."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.connection import TIMEOUT_SECONDS
from tests.stack.mailbox import list_mails
from tests.stack.test_faults import restart_stack
from tests.stack.test_script_bots import receive_contents
from tools.bots import publishing

SCRIPT = r"""
TALK "Who are you?"
HEAR name
sent = SEND SMS "+1 (555) 01-00", "Dear " + name + ",\nyour order is ready."
TALK "Sent to " + sent.to
HEAR more
WRITE "order.html", "Subject: Order\n<p>Thanks, <b>{{name}}</b></p>"
SEND TEMPLATE "order.html", "sms", "+15550101", #{name: name}
ON ERROR RESUME NEXT
SEND SMS "15550100", "Dear " + name
IF ERROR THEN TALK "Not sent."
"""
HOOK = 'WEBHOOK "paid"\nsent = SEND SMS "+15550199", "Order " + body.order + " is paid"\nresult = sent.message_id'


@pytest.fixture
def texting_bot(stack: Stack, aws: Callable[[str], Any], tmp_path: Path) -> str:
    """A new bot, published."""
    if "pids" not in stack:
        pytest.skip("a stack on AWS sends text messages to real telephones")
    bot_id = f"texts-{uuid4().hex[:12]}"
    scripts = tmp_path / f"{bot_id}.gbai" / f"{bot_id}.gbdialog"
    scripts.mkdir(parents=True)
    (scripts / "start.bas").write_text(SCRIPT, encoding="utf-8")
    (scripts / "paid.bas").write_text(HOOK, encoding="utf-8")
    return publish_package(scripts.parent, stack, aws)


def test_text_message_is_sent_once_although_the_stack_restarts(
    stack: Stack, texting_bot: str, connect: OpenConnection, token: str
) -> None:
    name = uuid4().hex
    with connect(token=token, query=f"?bot_id={texting_bot}") as (connection, connected):
        assert receive_contents(connection, 1) == ["Who are you?"]
        connection.send_message(name)
        assert receive_contents(connection, 1) == ["Sent to +15550100"]
    (text,) = list_mails(stack, name)
    assert "To: +15550100" in text.text
    assert "From: BOTS" in text.text
    assert f"Dear {name},\nyour order is ready." in text.text

    restart_stack(stack)

    with connect(token=token, query=f"?session_id={connected['session_id']}") as (connection, _):
        connection.send_message("more")
        assert receive_contents(connection, 1) == ["Not sent."]
    thanks = [text for text in list_mails(stack, name) if "Thanks" in text.text]
    assert len(thanks) == 1
    assert "To: +15550101" in thanks[0].text
    assert f"\nThanks, {name}" in thanks[0].text
    assert "Subject" not in thanks[0].text
    assert len(list_mails(stack, f"Dear {name}")) <= 1


def test_deliveries_of_one_event_send_one_text_message(
    stack: Stack, texting_bot: str, aws: Callable[[str], Any]
) -> None:
    order = uuid4().hex
    secret = publishing.create_webhook_secret(aws("dynamodb"), stack["outputs"]["BotsTableName"], texting_bot)

    def deliver(_: int) -> httpx.Response:
        return httpx.post(
            f"{stack['api_url']}/{texting_bot}/webhook/paid",
            json={"order": order},
            headers={"X-Webhook-Secret": secret, "Idempotency-Key": order},
            timeout=TIMEOUT_SECONDS,
        )

    with ThreadPoolExecutor(4) as pool:
        responses = [*pool.map(deliver, range(4)), deliver(5)]

    assert [response.status_code for response in responses] == [200] * 5
    assert len({response.text for response in responses}) == 1
    assert len(list_mails(stack, f"Order {order} is paid")) == 1
