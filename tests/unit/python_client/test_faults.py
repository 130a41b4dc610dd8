"""Whatever the network does, the Python client has exactly the messages of the server, once and in order."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from general_bots_conversations.events import MessageReceived
from tests.unit.python_client.harness import Harness

STEPS = st.lists(
    st.one_of(
        st.sampled_from(["open", "send", "send", "respond", "cut", "crash", "post", "settle"]),
        st.tuples(st.sampled_from(["to server", "to client", "duplicate", "lose", "lose answer"]), st.integers(0, 5)),
        st.tuples(st.just("advance"), st.sampled_from([0.5, 2, 16, 40])),
    ),
    min_size=20,
    max_size=80,
)


def run_step(harness: Harness, step: str | tuple[str, float], sent: list[str]) -> None:
    """Do one step, if it is possible now."""
    name, number = step if isinstance(step, tuple) else (step, 0)
    match name:
        case "send":
            sent.append(f"Message {len(sent)}")
            conversation = harness.machine.open_conversation(None)
            harness.do(lambda: conversation.send(sent[-1]))
        case "post" if harness.server.messages:
            harness.server.store(next(reversed(harness.server.messages)), content="The bot speaks first")
        case "settle":
            harness.settle(0.1)
        case "cut":
            harness.cut()
        case "crash":
            harness.crash()
            harness.do(harness.machine.connect, lambda: harness.machine.open_conversation(None))
        case "advance":
            harness.advance(number)
        case _:
            run_network_step(harness, name, int(number))


def run_network_step(harness: Harness, name: str, number: int) -> None:
    """Let something arrive or get lost, if it is on its way; frames may arrive in any order."""
    incoming, outgoing = len(harness.server.outgoing), len(harness.to_server)
    match name:
        case "open" if harness.opening:
            harness.open_socket()
        case "respond" if harness.requests:
            harness.respond()
        case "to server" if outgoing:
            harness.deliver_to_server(min(number, outgoing - 1))
        case "lose" if outgoing:
            harness.to_server.pop(0)
        case "lose answer" if incoming:
            harness.server.outgoing.pop(min(number, incoming - 1))
        case "to client" | "duplicate" if incoming:
            harness.deliver_to_client(min(number, incoming - 1), keep=name == "duplicate")


@pytest.mark.parametrize("is_user", [True, False])
@given(steps=STEPS)
def test_every_message_arrives_once_and_in_order(is_user: bool, steps: list[str | tuple[str, float]]) -> None:
    harness, sent = Harness(is_user=is_user), list[str]()
    harness.do(harness.machine.connect, lambda: harness.machine.open_conversation(None))
    harness.settle(0.1)
    for step in steps:
        run_step(harness, step, sent)
    harness.settle()
    # What was lost before it is noticed by the next message.
    run_step(harness, "post", sent)
    harness.settle()

    conversation = harness.machine.open_conversation(None)
    # A visitor has another one if the first frame of the first connection was lost.
    messages = harness.server.messages[str(conversation.key)]
    assert [message["content"] for message in messages if message["sender"] == "user"] == sent
    shown = conversation.timeline.messages
    assert [(message.id, message.content) for message in shown] == [(item["id"], item["content"]) for item in messages]
    assert [message.seq for message in shown] == list(range(1, len(messages) + 1))
    assert {message.delivery for message in shown} <= {"delivered"}
    assert conversation.status == "live"
    assert harness.machine.outbox.messages == ()


@given(steps=STEPS)
def test_each_message_is_announced_once(steps: list[str | tuple[str, float]]) -> None:
    harness = Harness()
    harness.do(harness.machine.connect, lambda: harness.machine.open_conversation(None))
    harness.settle(0.1)
    for step in steps:
        if step != "crash":
            run_step(harness, step, [])
    harness.settle()

    announced = Counter(event.message.id for event in harness.list_events(MessageReceived))
    assert set(announced.values()) <= {1}
