"""The shop on a running stack, which is restarted in the middle of an order."""

import pytest

from tests.stack.conftest import OpenConnection, Stack
from tests.stack.connection import Connection
from tests.stack.test_faults import restart_stack

QUERY = "?bot_id=shop"
BUTTONS = ["Show products", "Add to the cart", "View the cart", "Empty the cart", "Check out", "Where is my order?"]


def ask(connection: Connection, text: str) -> str:
    """Send a message and return the bot's next one."""
    connection.send_message(text)
    return str(connection.receive_answer()["content"])


def test_order_survives_restarts_and_takes_from_the_stock_once(
    stack: Stack, connect: OpenConnection, token: str
) -> None:
    if "pids" not in stack:
        pytest.skip("a stack on AWS is not ours to restart")
    with (
        connect(token=token, query=QUERY) as (phone, connected),
        connect(token=token, query=f"?session_id={connected['session_id']}") as (laptop, _),
    ):
        greeting = phone.receive_answer()
        assert greeting["content"].startswith("Welcome to **The Tea Shop**!\n\n")
        assert [each["text"] for each in greeting["suggestions"]] == BUTTONS
        assert ask(phone, "Add to the cart") == "Which product? (for example Assam)"
        assert ask(phone, "mint") == "How many? (for example 2)"
        assert ask(phone, "2") == "2 x Mint, 50 g in the cart."
        assert ask(phone, "Check out") == "What is your name?"
        seen = [frame["content"] for frame in laptop.receive_all(1) if frame["type"] == "message"]
    assert seen[-3:] == ["2 x Mint, 50 g in the cart.", "Check out", "What is your name?"]

    restart_stack(stack)
    again = f"?session_id={connected['session_id']}"
    with connect(token=token, query=again) as (phone, _):
        for text in ("Ana", "ana@example.com"):
            ask(phone, text)
        assert ask(phone, "1 Mill Lane") == "That is 12.80 with delivery. Shall I order?"
        confirmed = phone.send_message("yes")

    # Before the answer has come.
    restart_stack(stack)
    with connect(token=token, query=again) as (phone, _):
        phone.send(type="resume", session_id=connected["session_id"], after=confirmed["message_id"])
        answers = [phone.receive_answer()["content"]]
        answers += [frame["content"] for frame in phone.receive_all(3) if frame["type"] == "message"]
        assert len(set(answers)) == 1
        assert answers[0].startswith("Thank you, Ana! The number of your order is ")
        number = answers[0].removesuffix(".").rpartition(" ")[2]
        phone.send_message("Where is my order?")
        phone.receive_answer()
        assert ask(phone, number).endswith(" over 12.80 is received.")

    with connect(token=token, query=QUERY) as (phone, _):
        for text in ("Add to the cart", "mint"):
            ask(phone, text)
        assert ask(phone, "2") == "Of Mint, 50 g only 1 are left."
