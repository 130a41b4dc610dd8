"""A role-based office assistant, written in the dialog language, on a running stack: over real sockets."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stack.conftest import Open, Stack
from tests.stack.device import Device
from tests.stack.published import published
from tests.stack.test_faults import restarted
from tests.stack.test_seed import history_of

OFFICE = Path(__file__).parent / "office.gbai"
NO_MODEL = "For that I would need a language model, and I have none."


@pytest.fixture(scope="module")
def office(stack: Stack, aws: Callable[[str], Any]) -> str:
    """The assistant, published."""
    return published(OFFICE, stack, aws)


def said(device: Device, how_many: int) -> list[str]:
    """Return what the bot says next."""
    return [str(device.answer()["content"]) for _ in range(how_many)]


def offered(device: Device) -> list[str]:
    return [each["text"] for each in device.until(type="suggestion")["suggestions"]]


def test_the_assistant_asks_for_the_role_once_and_prepares_itself_for_it(
    api: httpx.Client, office: str, open_socket: Open, token: str
) -> None:
    with open_socket(token=token, query=f"?bot_id={office}") as (device, connected):
        assert said(device, 1) == ["What is your role?"]
        device.say(" Manager ")
        assert said(device, 2) == [
            "Welcome. I have prepared everything for the role manager.",
            "What can I do for you?",
        ]
        assert offered(device) == ["Monthly report", "Team goals"]
        device.say("Monthly report")
        assert said(device, 1) == ["This month was better than the last one."]
        device.say("What is the meaning of it all?")
        assert said(device, 1) == [NO_MODEL]
        assert offered(device)[-2:] == ["Monthly report", "Team goals"]

    history = history_of(api, connected["session_id"], at_least=8)["messages"]
    assert [message["seq"] for message in history] == list(range(1, 9))
    again = api.post("/conversations/start", json={"bot_id": office}).json()
    messages = history_of(api, again["conversation_id"], at_least=2)["messages"]
    assert messages[0]["content"] == "Welcome. I have prepared everything for the role manager."


def test_what_the_assistant_remembers_of_somebody_is_in_their_export_and_goes_with_it(
    api: httpx.Client, office: str
) -> None:
    started = api.post("/conversations/start", json={"bot_id": office, "initial_message": "manager"}).json()
    history_of(api, started["conversation_id"], at_least=4)

    page = api.get("/me/export").json()
    assert "memories" not in page
    page = api.get("/me/export", params={"cursor": page["next_cursor"]}).json()
    assert page == {"messages": [], "memories": [{"bot_id": office, "name": "role", "value": "manager"}]}

    assert api.delete("/me").status_code in (202, 204)
    deadline = time.monotonic() + 60
    while api.get("/me/export").json() != {"messages": []} and time.monotonic() < deadline:
        time.sleep(1)
    assert api.get("/me/export").json() == {"messages": []}


def test_a_conversation_that_begins_with_a_message_has_the_question_answered_by_it(
    api: httpx.Client, office: str
) -> None:
    started = api.post("/conversations/start", json={"bot_id": office, "initial_message": "captain"}).json()

    messages = history_of(api, started["conversation_id"], at_least=5)["messages"]
    assert [message["content"] for message in messages] == [
        "captain",
        "What is your role?",
        "I do not know what a captain does, so I start with the handbook.",
        "Welcome. I have prepared everything for the role captain.",
        "What can I do for you?",
    ]


def test_a_script_goes_on_in_the_middle_after_the_stack_was_restarted(
    stack: Stack, office: str, open_socket: Open, token: str
) -> None:
    if "pids" not in stack:
        pytest.skip("a stack on AWS is not ours to restart")
    query = f"?bot_id={office}"
    with open_socket(token=token, query=query) as (device, connected):
        assert said(device, 1) == ["What is your role?"]
    restarted(stack)
    query = f"?session_id={connected['session_id']}"
    with open_socket(token=token, query=query) as (device, _):
        device.say("intern")
        assert said(device, 2)[1] == "What can I do for you?"
        assert offered(device) == ["Ask for days off", "Opening hours"]
        device.say("Ask for days off")
        assert said(device, 1) == ["How many days?"]
        device.say("a few")
        refused = said(device, 1)
    restarted(stack)
    with open_socket(token=token, query=query) as (device, _):
        device.say("3")
        assert said(device, 1) == ["From which day on?"]
        device.say("2026-12-24")
        written_down = device.answer()
        assert device.until(type="typing")
        counted = device.answer()

    assert "number" in refused[0]
    assert written_down["content"] == "3 days from 2026-12-24: I have written it down."
    assert counted["content"].startswith("There are ")
    assert counted["seq"] == written_down["seq"] + 1


def test_what_is_said_after_a_pause_comes_later_and_is_stored_at_once(
    api: httpx.Client, office: str, open_socket: Open, token: str
) -> None:
    with open_socket(token=token, query=f"?bot_id={office}") as (device, connected):
        for answer, messages in (("employee", 2), ("Ask for days off", 1), ("2", 1)):
            device.say(answer)
            said(device, messages)
        device.say("2026-12-24")
        written_down, heard_at = device.answer(), time.monotonic()
        device.until(type="typing")
        last = device.answer()
        waited = time.monotonic() - heard_at

    assert "written it down" in written_down["content"]
    # The script waits for two seconds; SQS's clock and ours may be a second apart.
    assert waited > 1
    stored = history_of(api, connected["session_id"], at_least=11)["messages"]
    assert stored[-1]["content"] == last["content"]
    assert stored[-1]["timestamp"] == written_down["timestamp"]


def test_a_table_is_for_the_groups_of_the_token_that_each_message_came_with(
    stack: Stack, aws: Callable[[str], Any], open_socket: Open, new_user: Callable[..., str]
) -> None:
    payroll = published(Path(__file__).parent / "payroll.gbai", stack, aws)
    who = f"ana-{time.monotonic_ns()}"

    def hears(*groups: str) -> list[str]:
        with open_socket(token=new_user(*groups), query=f"?bot_id={payroll}") as (device, _):
            assert said(device, 1) == ["Whose salary?"]
            device.say(who)
            heard: list[str] = []
            while heard[-1:] != ["Whose salary?"]:
                heard += said(device, 1)
            return heard[:-1]

    refused = "only payroll may write the table salaries"
    assert hears("payroll") == ["Found 1: 1234.57"]
    assert hears("managers") == [refused, "Found 1:"]
    assert hears() == [refused, "That is not for you."]
    assert hears("sales") == [refused, "That is not for you."]
