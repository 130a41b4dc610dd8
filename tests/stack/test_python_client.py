"""The Python client on a running stack whose connections are short, and whose front door is killed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from general_bots_conversations import Client, Conversation, FileStorage, Timing
from general_bots_conversations.events import ConversationChanged, Event
from general_bots_conversations.loop_thread import Events
from tests.stack.client_app import FrontDoor
from tests.stack.conftest import MakeDoor
from tests.stack.connection import TIMEOUT_SECONDS

IMPATIENT = Timing(ack_timeout=8, initial_backoff=0.2, max_backoff=2, stable_after=1)
"""The client's timeouts, in the same proportion to the limits below as its defaults are to API Gateway's."""


@contextmanager
def open_client(door: FrontDoor, *, token: str | None = None, storage: FileStorage | None = None) -> Iterator[Client]:
    with Client(f"http://{door.address}", token=token, storage=storage, timing=IMPATIENT) as client:
        yield client


def send_during(conversation: Conversation, count: int) -> list[str]:
    texts = [f"Message {number}" for number in range(1, count + 1)]
    for text in texts:
        conversation.send(text)
        time.sleep(0.4)
    return texts


def check_history(api: httpx.Client, conversation: Conversation, texts: list[str]) -> None:
    """Check that the client shows the history, and that this has each message of the user once and in order."""
    conversation.wait_until(
        lambda it: it.status == "live" and it.messages[-1].sender == "bot" and it.messages[-1].seq is not None,
        2 * TIMEOUT_SECONDS,
    )
    time.sleep(1)
    history = api.get(f"/conversations/{conversation.id}/history?limit=100").json()["messages"]
    shown = [(message.id, message.seq, message.sender, message.content) for message in conversation.messages]
    assert shown == [(item["id"], item["seq"], item["sender"], item["content"]) for item in history]
    assert [item["content"] for item in history if item["sender"] == "user"] == texts
    assert [item["seq"] for item in history] == list(range(1, len(history) + 1))


def test_messages_arrive_once_in_order_over_hard_cuts(
    make_door: MakeDoor, api: httpx.Client, token: str, tmp_path: Path
) -> None:
    door = make_door(max_seconds=2)
    file = tmp_path / "client.json"
    with open_client(door, token=token, storage=FileStorage(file)) as client:
        conversation = client.start(bot_id="default")
        texts = send_during(conversation, 8)
        # While messages are being sent.
        door.kill()
        unsent = [conversation.send("Written without a server"), conversation.send("And another one")]
        name = str(conversation.id)
    assert [message.delivery for message in unsent] == ["sending", "sending"]
    door.start()

    with open_client(door, token=token, storage=FileStorage(file)) as client:
        conversation = client.conversation(name)
        last = next(message for message in conversation.messages if message.content == "And another one")
        conversation.delivered(last, TIMEOUT_SECONDS)
        check_history(api, conversation, [*texts, "Written without a server", "And another one"])


def test_visitor_signs_in_and_keeps_the_conversation(door: FrontDoor, token: str, tmp_path: Path) -> None:
    file = tmp_path / "client.json"
    with open_client(door, storage=FileStorage(file)) as client:
        conversation = client.conversation()
        [answer, *_] = conversation.ask("What does it cost?", timeout=TIMEOUT_SECONDS)
        assert conversation.suggestions
        conversation.rate(answer, "up")
        door.kill()
        conversation.send("Hello")
    door.start()

    with open_client(door, token=token, storage=FileStorage(file)) as client:
        claimed = client.claim()
        assert claimed is not None
        claimed.wait_until(lambda it: it.status == "live" and bool(it.messages) and it.messages[-1].seq is not None, 30)
        claimed.wait_until(lambda it: "Hello" in [message.content for message in it.messages if message.seq], 30)
        rated = [message for message in claimed.messages if message.rating == "up"]
        assert [message.content for message in rated] == [answer.content]
        assert client.claim() is None


def test_rest_of_the_contract(door: FrontDoor, token: str) -> None:
    with open_client(door, token=token) as client, open_client(door, token=token) as other:
        assert "default" in {bot.id for bot in client.list_bots()}
        conversation = client.start()
        [*_, answer] = conversation.ask("Hello", timeout=TIMEOUT_SECONDS)
        seen = other.conversation(conversation.id)
        seen.wait_until(lambda it: it.status == "live", TIMEOUT_SECONDS)
        events = other.events()
        conversation.rename("About prices")
        conversation.rate(answer, "down")
        seen.wait_until(lambda it: it.title == "About prices", TIMEOUT_SECONDS)
        seen.wait_until(lambda it: "down" in [message.rating for message in it.messages], TIMEOUT_SECONDS)
        # The server has started another one for the socket that was opened first.
        titles = {found.id: found.title for found in client.iterate_conversations()}
        assert titles[str(conversation.id)] == "About prices"
        exported = [message["id"] for page in client.export() for message in page.get("messages", [])]
        assert answer.id in exported

        conversation.archive()
        conversation.reopen()
        conversation.delete()
        seen.wait_until(lambda it: it.end_reason == "gone", TIMEOUT_SECONDS)
        assert conversation.id not in {found.id for found in client.iterate_conversations()}
        assert wait_for_changes(events, 4) == ["renamed", "archived", "active", "deleted"]


def wait_for_changes(events: Events[Event], count: int) -> list[str]:
    changes: list[str] = []
    while len(changes) < count:
        event = events.get(timeout=TIMEOUT_SECONDS)
        if isinstance(event, ConversationChanged):
            changes.append(event.status)
    return changes
