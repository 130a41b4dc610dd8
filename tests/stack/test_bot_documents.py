"""A bot that generates, merges, mails and sends a PDF, on a running stack that is restarted in the middle."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.documents import read_pdf
from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.test_faults import restart_stack

SCRIPT = """
WRITE "templates/bill.html", "<h1>Fatura</h1><table>{{#each items}}<tr><td>{{name}}</td></tr>{{/each}}</table>"
terms = GENERATE PDF "# Condições", #{}, "terms.pdf"
TALK "What do you order?"
HEAR item
bill = GENERATE PDF "templates/bill.html", #{items: [#{name: item}, #{name: "Café"}]}, "bill.pdf"
TALK "And your name?"
HEAR name
all = MERGE PDF [bill, "terms.pdf"], "bills/all.pdf"
SEND MAIL "ada@example.com", "Bill of " + name, "Please see the attachment.", [all, bill.localName]
SEND FILE all, "Your bill"
TALK READ "bills/all.pdf"
"""


@pytest.fixture
def billing_bot(stack: Stack, aws: Callable[[str], Any], tmp_path: Path) -> str:
    """A new bot, published."""
    if "pids" not in stack:
        pytest.skip("a stack on AWS sends mail to real addresses")
    bot_id = f"bills-{uuid4().hex[:12]}"
    scripts = tmp_path / f"{bot_id}.gbai" / f"{bot_id}.gbdialog"
    scripts.mkdir(parents=True)
    (scripts / "start.bas").write_text(SCRIPT, encoding="utf-8")
    return publish_package(scripts.parent, stack, aws)


def test_pdf_is_generated_merged_mailed_and_sent_although_the_stack_restarts(
    stack: Stack, billing_bot: str, connect: OpenConnection, token: str
) -> None:
    name = uuid4().hex
    with connect(token=token, query=f"?bot_id={billing_bot}") as (connection, connected):
        assert connection.receive_answer()["content"] == "What do you order?"
        connection.send_message("Chá <verde>")
        assert connection.receive_answer()["content"] == "And your name?"

    restart_stack(stack)

    with connect(token=token, query=f"?session_id={connected['session_id']}") as (connection, _):
        connection.send_message(name)
        sent = connection.receive_answer()
        text = connection.receive_answer()["content"]
    assert [word in text for word in ("Fatura", "Chá <verde>", "Café", "Condições")] == [True] * 4
    (file,) = sent["attachments"]
    assert (sent["content"], file["name"], file["content_type"]) == ("Your bill", "all.pdf", "application/pdf")
    downloaded = httpx.get(file["url"], follow_redirects=True).content
    pages = read_pdf(downloaded)
    assert len(pages) == 2
    assert "Chá <verde>" in pages[0]
    assert "Condições" in pages[1]

    page = httpx.get(f"{stack['base_url']}/mailbox").text
    assert page.count(f"Bill of {name}") == 1
    article = page[page.index(f"Bill of {name}") :].partition("</article>")[0]
    links = re.findall(r'<a href="(/mailbox/[^"]+)" download>([^<]+)</a>', article)
    assert [link[1] for link in links] == ["all.pdf", "bill.pdf"]
    attached = httpx.get(f"{stack['base_url']}{links[0][0]}")
    assert (attached.content, attached.headers["Content-Type"]) == (downloaded, "application/pdf")
    assert httpx.get(f"{stack['base_url']}{links[0][0]}9").status_code == 404
