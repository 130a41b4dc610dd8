"""A bot that sends mail and creates tasks, on a running stack."""

from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.test_faults import restart_stack
from tests.stack.test_script_bots import receive_contents

SCRIPT = """
TALK "Who are you?"
HEAR name
BEGIN MAIL "ada@example.com"
Subject: Order of ${name}

Dear <b>${name}</b>
END MAIL
CREATE TASK "Pack for " + name
TALK "Sent."
HEAR more
SEND MAIL "ada@example.com", "Thanks, " + name, more
CREATE TASK "Call " + name
TALK UBOUND(FIND "tasks") + " tasks"
"""


@pytest.fixture
def order_bot(stack: Stack, aws: Callable[[str], Any], tmp_path: Path) -> str:
    """A new bot, published."""
    if "pids" not in stack:
        pytest.skip("a stack on AWS sends mail to real addresses")
    bot_id = f"mails-{uuid4().hex[:12]}"
    scripts = tmp_path / f"{bot_id}.gbai" / f"{bot_id}.gbdialog"
    scripts.mkdir(parents=True)
    (scripts / "start.bas").write_text(SCRIPT, encoding="utf-8")
    return publish_package(scripts.parent, stack, aws)


def read_mailbox(stack: Stack) -> str:
    response = httpx.get(f"{stack['base_url']}/mailbox")
    assert response.status_code == 200
    return response.text


def test_mail_is_sent_once_although_the_stack_restarts(
    stack: Stack, order_bot: str, connect: OpenConnection, token: str
) -> None:
    name = uuid4().hex
    with connect(token=token, query=f"?bot_id={order_bot}") as (connection, connected):
        assert receive_contents(connection, 1) == ["Who are you?"]
        connection.send_message(name)
        assert receive_contents(connection, 1) == ["Sent."]
    page = read_mailbox(stack)
    assert page.count(f"Order of {name}") == 1
    assert f"<pre>Dear &lt;b&gt;{name}&lt;/b&gt;" in page
    assert "bots@conversations.example" in unescape(page)

    restart_stack(stack)

    with connect(token=token, query=f"?session_id={connected['session_id']}") as (connection, _):
        connection.send_message("goodbye")
        assert receive_contents(connection, 1) == ["2 tasks"]
    # The emulator does not save mails, so one that is there was sent after the restart.
    page = read_mailbox(stack)
    assert page.count(f"Thanks, {name}") == 1
    assert f"Order of {name}" not in page


def test_other_sites_cannot_read_the_mailbox(stack: Stack) -> None:
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    assert httpx.get(f"{stack['base_url']}/mailbox", headers=headers).status_code == 403
