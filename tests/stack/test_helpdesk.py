"""The help desk on a running stack: answers with their sources, and a ticket with a file, with a restart in between."""

import httpx
import pytest

from tests.stack.conftest import OpenConnection, Stack
from tests.stack.mailbox import wait_for_mails
from tests.stack.test_drive import list_files
from tests.stack.test_faults import restart_stack
from tests.stack.test_shop import ask
from tests.stack.test_uploads import PNG, upload_on_socket

QUERY = "?bot_id=helpdesk"


def test_question_is_answered_from_the_pages_with_the_source(connect: OpenConnection, token: str) -> None:
    with connect(token=token, query=QUERY) as (connection, _):
        connection.receive_answer()
        connection.send_message("How many messages may I send per minute?")
        answer = connection.receive_answer()
        assert answer["content"].startswith("A user may send 60 messages per minute")
        assert answer["sources"] == [{"name": "limits.md", "heading": "Limits > Rate limits"}]

        connection.send_message("Which trains go to Recife?")
        answer = connection.receive_answer()
        assert answer["content"].startswith("I find no answer to that.")
        assert "sources" not in answer


def test_ticket_with_a_file_is_mailed_once_although_the_stack_restarts(
    stack: Stack, api: httpx.Client, connect: OpenConnection, token: str
) -> None:
    if "pids" not in stack:
        pytest.skip("a stack on AWS sends mail to real addresses")
    with connect(token=token, query=QUERY) as (connection, connected):
        connection.receive_answer()
        assert ask(connection, "Open a ticket") == "What happened? Please describe it in a sentence or two."
        assert ask(connection, "The page stays white.") == "To which mail address may we answer?"

    restart_stack(stack)

    with connect(token=token, query=f"?session_id={connected['session_id']}") as (connection, _):
        ask(connection, "ada@example.com")
        assert ask(connection, "yes") == "Please attach it."
        screenshot = upload_on_socket(connection, PNG, name="white.png", content_type="image/png")
        connection.send_message("white.png", attachments=[{"file_id": screenshot["file_id"]}])
        opened = connection.receive_answer()["content"]
        number = opened.split()[1]
        assert opened == f"Ticket {number} is open. We will write to ada@example.com."
        listed = ask(connection, "My tickets").splitlines()
        assert [cell.strip() for cell in listed[2].split("|")][1::2] == [number, "The page stays white.", "open"]
        assert "with a file" in listed[2]

        (mail,) = wait_for_mails(stack, number)
        assert "To: support@example.com" in mail.text
        assert "From: ada@example.com\n\nThe page stays white." in mail.text
        assert mail.attachments == {"white.png": PNG}
        assert list_files(api) == ["white.png"]

        assert ask(connection, "Close a ticket") == "Which ticket shall I close?"
        assert ask(connection, number) == f"Ticket {number} is closed."
        assert ask(connection, "Close a ticket") == "You have no open tickets."
    # A change of the row is no new ticket.
    assert len(wait_for_mails(stack, number)) == 1
