"""The input of AG-UI runs: answers to interrupts as the user would write them."""

import pytest
from pydantic import JsonValue

from conversations.contract.ag_ui.requests import RunAgentInput
from conversations.entrypoints.client_input import parse_json


def parse(payload: str, status: str = "resolved") -> RunAgentInput:
    body = (
        '{"threadId": "t", "runId": "r", "messages": [{"id": "m", "role": "user", "content": "Later."}],'
        f' "resume": [{{"interruptId": "hear-1", "status": "{status}", "payload": {payload}}}]}}'
    )
    return parse_json(body, RunAgentInput, subject="body")


@pytest.mark.parametrize(
    ("payload", "text"),
    [("4", "4"), ("-3", "-3"), ("2.5", "2.5"), ("1e3", "1000"), ("true", "yes"), ("false", "no"), ('"Green"', "Green")],
)
def test_payload_is_the_users_message(payload: str, text: JsonValue) -> None:
    run = parse(payload).to_agent_input("default")

    assert run.message is not None
    assert (run.message.text, run.message.key, run.interrupt_id) == (text, "resume-hear-1", "hear-1")


def test_cancelled_interrupt_leaves_the_users_message() -> None:
    run = parse("null", "cancelled").to_agent_input("default")

    assert run.message is not None
    assert (run.message.text, run.message.key, run.interrupt_id) == ("Later.", "m", None)
