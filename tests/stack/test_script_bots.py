"""A role-based office assistant written in BASIC, on a running stack."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.connection import Connection
from tests.stack.test_faults import restart_stack
from tests.stack.test_seed import wait_for_history

OFFICE = Path(__file__).parent / "office.gbai"
NO_MODEL = "For that I would need a language model, and I have none."


@pytest.fixture(scope="module")
def office(stack: Stack, aws: Callable[[str], Any]) -> str:
    """The assistant, published."""
    return publish_package(OFFICE, stack, aws)


def receive_contents(connection: Connection, how_many: int) -> list[str]:
    """Return the contents of the bot's next messages."""
    return [str(connection.receive_answer()["content"]) for _ in range(how_many)]


def get_quick_replies(connection: Connection) -> list[str]:
    return [suggestion["text"] for suggestion in connection.receive_until(type="suggestion")["suggestions"]]


def test_assistant_asks_for_role_once(api: httpx.Client, office: str, connect: OpenConnection, token: str) -> None:
    with connect(token=token, query=f"?bot_id={office}") as (connection, connected):
        assert receive_contents(connection, 1) == ["What is your role?"]
        connection.send_message(" Manager ")
        assert receive_contents(connection, 2) == [
            "Welcome. I have prepared everything for the role manager.",
            "What can I do for you?",
        ]
        assert get_quick_replies(connection) == ["Monthly report", "Team goals"]
        connection.send_message("Monthly report")
        assert receive_contents(connection, 1) == ["This month was better than the last one."]
        connection.send_message("What is the meaning of it all?")
        assert receive_contents(connection, 1) == [NO_MODEL]
        assert get_quick_replies(connection)[-2:] == ["Monthly report", "Team goals"]

    history = wait_for_history(api, connected["session_id"], at_least=8)["messages"]
    assert [message["seq"] for message in history] == list(range(1, 9))
    again = api.post("/conversations/start", json={"bot_id": office}).json()
    messages = wait_for_history(api, again["conversation_id"], at_least=2)["messages"]
    assert messages[0]["content"] == "Welcome. I have prepared everything for the role manager."


def test_memories_are_exported_and_erased(api: httpx.Client, office: str) -> None:
    conversation = api.post("/conversations/start", json={"bot_id": office, "initial_message": "manager"}).json()
    wait_for_history(api, conversation["conversation_id"], at_least=4)

    page = api.get("/me/export").json()
    assert "memories" not in page
    page = api.get("/me/export", params={"cursor": page["next_cursor"]}).json()
    assert page == {"messages": [], "memories": [{"bot_id": office, "name": "role", "value": "manager"}]}

    assert api.delete("/me").status_code in (202, 204)
    deadline = time.monotonic() + 60
    while api.get("/me/export").json() != {"messages": []} and time.monotonic() < deadline:
        time.sleep(1)
    assert api.get("/me/export").json() == {"messages": []}


def test_initial_message_answers_first_question(api: httpx.Client, office: str) -> None:
    conversation = api.post("/conversations/start", json={"bot_id": office, "initial_message": "captain"}).json()

    messages = wait_for_history(api, conversation["conversation_id"], at_least=5)["messages"]
    assert [message["content"] for message in messages] == [
        "captain",
        "What is your role?",
        "I do not know what a captain does, so I start with the handbook.",
        "Welcome. I have prepared everything for the role captain.",
        "What can I do for you?",
    ]


def test_script_continues_after_restart(stack: Stack, office: str, connect: OpenConnection, token: str) -> None:
    if "pids" not in stack:
        pytest.skip("a stack on AWS is not ours to restart")
    query = f"?bot_id={office}"
    with connect(token=token, query=query) as (connection, connected):
        assert receive_contents(connection, 1) == ["What is your role?"]
    restart_stack(stack)
    query = f"?session_id={connected['session_id']}"
    with connect(token=token, query=query) as (connection, _):
        connection.send_message("intern")
        assert receive_contents(connection, 2)[1] == "What can I do for you?"
        assert get_quick_replies(connection) == ["Ask for days off", "Opening hours"]
        connection.send_message("Ask for days off")
        assert receive_contents(connection, 1) == ["How many days?"]
        connection.send_message("a few")
        refused = receive_contents(connection, 1)
    restart_stack(stack)
    with connect(token=token, query=query) as (connection, _):
        connection.send_message("3")
        assert receive_contents(connection, 1) == ["From which day on?"]
        connection.send_message("2026-12-24")
        written_down = connection.receive_answer()
        assert connection.receive_until(type="typing")
        counted = connection.receive_answer()

    assert "number" in refused[0]
    assert written_down["content"] == "3 days from 2026-12-24: I have written it down."
    assert counted["content"].startswith("There are ")
    assert counted["seq"] == written_down["seq"] + 1


def test_message_after_wait_is_delayed_and_stored_immediately(
    api: httpx.Client, office: str, connect: OpenConnection, token: str
) -> None:
    with connect(token=token, query=f"?bot_id={office}") as (connection, connected):
        for answer, messages in (("employee", 2), ("Ask for days off", 1), ("2", 1)):
            connection.send_message(answer)
            receive_contents(connection, messages)
        connection.send_message("2026-12-24")
        written_down, heard_at = connection.receive_answer(), time.monotonic()
        connection.receive_until(type="typing")
        last = connection.receive_answer()
        waited = time.monotonic() - heard_at

    assert "written it down" in written_down["content"]
    # The script waits for two seconds; the clocks of SQS and of the test may differ by a second.
    assert waited > 1
    stored = wait_for_history(api, connected["session_id"], at_least=11)["messages"]
    assert stored[-1]["content"] == last["content"]
    assert (stored[-1]["timestamp"], stored[-1]["seq"]) == (last["timestamp"], written_down["seq"] + 1)
    # Stored together with the message before the pause: a millisecond later.
    times = [datetime.fromisoformat(message["timestamp"]) for message in (written_down, stored[-1])]
    assert times[1] - times[0] == timedelta(milliseconds=1)


def test_table_access_depends_on_groups_of_each_message(
    stack: Stack, aws: Callable[[str], Any], connect: OpenConnection, create_user: Callable[..., str]
) -> None:
    payroll = publish_package(Path(__file__).parent / "payroll.gbai", stack, aws)
    who = f"ana-{time.monotonic_ns()}"

    def list_replies(*groups: str) -> list[str]:
        with connect(token=create_user(*groups), query=f"?bot_id={payroll}") as (connection, _):
            assert receive_contents(connection, 1) == ["Whose salary?"]
            connection.send_message(who)
            contents: list[str] = []
            while contents[-1:] != ["Whose salary?"]:
                contents += receive_contents(connection, 1)
            return contents[:-1]

    refused = "only payroll may write the table salaries"
    assert list_replies("payroll") == ["Found 1: 1234.57"]
    assert list_replies("managers") == [refused, "Found 1:"]
    assert list_replies() == [refused, "That is not for you."]
    assert list_replies("sales") == [refused, "That is not for you."]


def test_dialog_begins_again_after_a_fault_and_after_cancel(
    stack: Stack, aws: Callable[[str], Any], connect: OpenConnection, token: str, tmp_path: Path
) -> None:
    scripts = tmp_path / "seats.gbai" / "seats.gbdialog"
    scripts.mkdir(parents=True)
    (scripts / "start.bas").write_text('HEAR n AS INTEGER WITH "How many?"\nTALK "A share is " + 12 / n')
    bot = publish_package(tmp_path / "seats.gbai", stack, aws)

    with connect(token=token, query=f"?bot_id={bot}") as (connection, _):
        assert receive_contents(connection, 1) == ["How many?"]
        said = []
        for answer in ("none, so 0", "Hello?", "never mind", "Hello?", "4 people"):
            connection.send_message(answer)
            said += receive_contents(connection, 1)

    failed, *others = said
    assert failed == "Sorry, something went wrong on my side."
    assert others == ["How many?", "Then let us leave it at that.", "How many?", "A share is 3"]
