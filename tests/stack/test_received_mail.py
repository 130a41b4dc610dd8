"""A bot that receives mail, on a running stack: written with the form of the mailbox page."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.test_faults import restart_stack
from tests.stack.test_mail import read_mailbox
from tests.stack.test_script_bots import receive_contents

SUPPORT = """
ON EMAIL "{address}"
email = GET LAST "email_received_events"
SAVE "requests", #{{sender: email.from_address, subject: email.subject, text: email.text}}
SEND MAIL email.from_address, "Re: " + email.subject, "You wrote: " + email.text
END ON
"""
START = """
TALK "Ask."
HEAR subject
DO
rows = FIND "requests"
TALK UBOUND(rows) + " requests"
HEAR subject
LOOP
"""


@pytest.fixture
def support_bot(stack: Stack, aws: Callable[[str], Any], tmp_path: Path) -> str:
    """A new bot, published, with an address of its own: its id is the local part."""
    if "pids" not in stack:
        pytest.skip("a stack on AWS receives real mail")
    bot_id = f"support-{uuid4().hex[:12]}"
    scripts = tmp_path / f"{bot_id}.gbai" / f"{bot_id}.gbdialog"
    scripts.mkdir(parents=True)
    (scripts / "start.bas").write_text(START, encoding="utf-8")
    (scripts / "support.bas").write_text(SUPPORT.format(address=get_address(bot_id)), encoding="utf-8")
    return publish_package(scripts.parent, stack, aws)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 180
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def get_address(bot_id: str) -> str:
    return f"{bot_id}@mail.example.org"


def write_to(stack: Stack, bot_id: str, subject: str, **headers: str) -> httpx.Response:
    fields = {"from": "ada@example.com", "to": get_address(bot_id), "subject": subject, "text": "A <b>pot</b>"}
    return httpx.post(f"{stack['base_url']}/mailbox", data=fields, headers=headers)


def test_mail_runs_its_script_once_although_the_stack_restarts(
    stack: Stack, support_bot: str, connect: OpenConnection, token: str
) -> None:
    first, second = uuid4().hex, uuid4().hex

    assert write_to(stack, support_bot, first).status_code == 303
    wait_until(lambda: f"Re: {first}" in read_mailbox(stack))
    page = read_mailbox(stack)
    assert page.count(f"Re: {first}") == 1
    assert "<pre>You wrote: A &lt;b&gt;pot&lt;/b&gt;" in page

    assert write_to(stack, support_bot, second).status_code == 303
    restart_stack(stack)
    # The emulator does not save mails: the answer may have been sent before the restart, so the rows are the evidence.
    with connect(token=token, query=f"?bot_id={support_bot}") as (connection, _):
        assert receive_contents(connection, 1) == ["Ask."]

        def count() -> str:
            connection.send_message("How many?")
            return str(receive_contents(connection, 1)[0])

        wait_until(lambda: count() == "2 requests")
        assert count() == "2 requests"
    assert read_mailbox(stack).count(f"Re: {second}") <= 1


def test_other_sites_cannot_write_mail(stack: Stack, support_bot: str) -> None:
    response = write_to(
        stack, support_bot, "Spam", **{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    )

    assert response.status_code == 403


def test_form_without_an_address_is_refused(stack: Stack) -> None:
    assert httpx.post(f"{stack['base_url']}/mailbox", data={"from": "ada@example.com"}).status_code == 400
