"""AG-UI's own client against the running stack."""

import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.stack.client_app import NODE
from tests.stack.conftest import Stack
from tests.stack.connection import TIMEOUT_SECONDS

_APP = Path(__file__).with_name("ag_ui_app.mjs")

type Report = dict[str, Any]


class Agent:
    """A bot as AG-UI's client uses it, in a thread of its own."""

    def __init__(self, stack: Stack, token: str, bot_id: str = "default") -> None:
        url = f"{stack['api_url']}/agents/{bot_id}/ag-ui"
        self.options: dict[str, Any] = {"url": url, "token": token, "threadId": str(uuid4())}

    def run(self, *steps: dict[str, Any]) -> list[Report]:
        """Take the steps with a new client, and return what it knows after each."""
        process = subprocess.run(
            [NODE, _APP, json.dumps(self.options | {"steps": steps})],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        # The client warns on standard error of everything that is not in the protocol.
        assert process.stderr == ""
        reports: list[Report] = json.loads(process.stdout)
        return reports


@pytest.fixture
def agent(stack: Stack, token: str) -> Agent:
    return Agent(stack, token)


def test_question_of_a_script_is_an_interrupt_and_its_answer_continues_the_script(
    agent: Agent, api: httpx.Client
) -> None:
    asked, again, second, done = agent.run({"say": "estimate"}, {"answer": "many"}, {"answer": 3}, {"answer": 4})

    (interrupt,) = asked["interrupts"]
    assert interrupt["responseSchema"] == {"type": "integer"}
    assert interrupt["message"] == asked["said"][-1] == "How many people talk to your bot in a month?"
    assert again["interrupts"][0]["id"] != interrupt["id"]
    assert second["interrupts"][0]["message"] == "And how many questions does each of them ask?"
    assert done["interrupts"] == []
    assert "12 questions and answers" in done["said"][0]
    assert {"text": "Menu", "value": "Menu"} in done["custom"][-1]["value"]
    history = api.get(f"/conversations/{done['result']['conversation_id']}/history").json()["messages"]
    said_by_user = [message["content"] for message in history if message["sender"] == "user"]
    assert said_by_user == ["estimate", "many", "3", "4"]


def test_options_are_an_enumeration(stack: Stack, token: str) -> None:
    agent = Agent(stack, token, "appointments")

    asked, chosen = agent.run({"say": "Hello"}, {"answer": "Nothing more"})

    assert "Book an appointment" in asked["interrupts"][0]["responseSchema"]["enum"]
    assert chosen["said"] == ["Goodbye!"]
    assert chosen["interrupts"] == []


def test_thread_continues_in_another_client(agent: Agent, api: httpx.Client) -> None:
    (first,) = agent.run({"say": "What is this?"})
    (second,) = agent.run({"say": "What does it cost?"})

    assert first["said"]
    assert second["said"]
    assert first["result"] == second["result"]
    assert api.get("/conversations").json()["total"] == 1


def test_refusals_are_errors_of_the_client(stack: Stack, token: str) -> None:
    for agent, status in ((Agent(stack, token, "no-such-bot"), "404"), (Agent(stack, "no.valid.token"), "401")):
        with pytest.raises(AssertionError, match=status):
            agent.run({"say": "Hello"})
