"""Webhook bots on a running stack: streams over real sockets, a crash, and a server that is down."""

import time
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from tests.bot_server import (
    Behaviour,
    ScriptedServer,
    event,
    respond,
    respond_json,
    send_and_wait,
    serving,
    stream,
    wait,
)
from tests.fakes.streaming_client import StreamingClient
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.connection import Connection
from tests.stack.local_stack import list_workers
from tests.stack.test_seed import wait_for_history
from tests.stack.webhook_bots import Publish, PublishedBot

PIECES = ("One, ", "two, ", "three, ", "four, ", "five.")


def start(api: httpx.Client, bot: PublishedBot) -> str:
    """Start a conversation after its greeting; return its session id."""
    started: dict[str, str] = api.post("/conversations/start", json={"bot_id": bot.id}).json()
    return started["session_id"]


def receive_answer(connection: Connection, client: StreamingClient) -> dict[str, Any]:
    """Receive frames until the bot's message, as a client that shows pieces."""
    while True:
        frame = connection.receive(60)
        client.receive(frame)
        if frame["type"] == "message" and frame["sender"] == "bot":
            return frame


def streaming(*pieces: str, pause: float = 0.6) -> Behaviour:
    return stream(*(event("delta", content=piece) for piece in pieces), event("done"), pause=pause)


def test_devices_see_the_words_of_the_server(
    api: httpx.Client, token: str, connect: OpenConnection, publish: Publish
) -> None:
    with serving(respond(204), streaming(*PIECES)) as server:
        bot = publish(server)
        session_id = start(api, bot)
        with connect(token=token, query=f"?session_id={session_id}&stream=1") as (phone, _):
            client = StreamingClient()
            phone.send_message("Count!")
            answer = receive_answer(phone, client)

    whole = "".join(PIECES)
    texts = [next(iter(shown.values())) for shown in client.shown]
    assert answer["content"] == whole
    assert [frame["id"] for frame in phone.frames if frame["type"] == "delta"] == [answer["id"]] * len(texts)
    assert len(texts) >= 4
    assert texts[0] == PIECES[0]
    assert all(whole.startswith(text) for text in texts)
    turn = Webhook(bot.secret).verify(server.requests[1].body, dict(server.requests[1].headers))
    assert turn["data"]["message"]["content"] == "Count!"
    assert turn["data"]["bot"]["id"] == bot.id


def test_device_that_opens_in_mid_answer_gets_everything(
    api: httpx.Client, token: str, connect: OpenConnection, publish: Publish
) -> None:
    with serving(respond(204), streaming(*PIECES)) as server:
        session_id = start(api, publish(server))
        with connect(token=token, query=f"?session_id={session_id}&stream=1") as (phone, _):
            phone.send_message("Count!")
            phone.receive_until(type="delta")
            with connect(token=token, query=f"?session_id={session_id}&stream=1") as (laptop, _):
                answers = [frame for frame in laptop.frames if frame["type"] == "message" and frame["sender"] == "bot"]
                answer = answers[0] if answers else laptop.receive_answer()

    assert answer["content"] == "".join(PIECES)
    first = next(frame for frame in laptop.frames if frame["type"] == "delta")
    assert first["offset"] == 0
    assert first["content"].startswith(PIECES[0])


def test_stop_ends_the_request_and_keeps_what_was_written(
    api: httpx.Client, token: str, connect: OpenConnection, publish: Publish
) -> None:
    hung_up = Event()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    endless = send_and_wait(head, event("delta", content="One, ").encode(), hung_up=hung_up)
    with serving(respond(204), endless) as server:
        session_id = start(api, publish(server))
        with connect(token=token, query=f"?session_id={session_id}&stream=1") as (phone, _):
            phone.send_message("Count!")
            phone.receive_until(type="delta")
            phone.send(type="stop", session_id=session_id)
            answer = phone.receive_answer()
            phone.receive_until(type="status", status="stopped")

        assert (answer["content"], answer["finish_reason"]) == ("One,", "stopped")
        assert hung_up.wait(10)


@pytest.fixture
def short_visibility_timeout(stack: Stack, aws: Callable[[str], Any]) -> Iterator[None]:
    """Let the queue deliver the job of a killed function again after 20 seconds, and not after 130."""
    sqs, url = aws("sqs"), stack["outputs"]["WaitingTurnsQueueUrl"]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "20"})
    yield
    sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


@pytest.mark.usefixtures("short_visibility_timeout")
def test_function_that_is_killed_asks_again_with_the_same_webhook_id(
    api: httpx.Client, token: str, connect: OpenConnection, publish: Publish, stack: Stack
) -> None:
    with serving(respond(204), wait, respond_json({"messages": [{"content": "Here I am."}]})) as server:
        session_id = start(api, publish(server))
        with connect(token=token, query=f"?session_id={session_id}&stream=1") as (phone, _):
            phone.send_message("Are you there?")
            wait_for_requests(server, 2)
            for function in ("RunTurnFunctionName", "RunWaitingTurnsFunctionName"):
                for worker in list_workers(stack["outputs"][function]) if function in stack["outputs"] else ():
                    worker.kill()
            answer = phone.receive_until(type="message", sender="bot")

    assert answer["content"] == "Here I am."
    first, second = server.requests[1:3]
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def wait_for_requests(server: ScriptedServer, count: int) -> None:
    for _ in range(300):
        if len(server.requests) >= count:
            return
        time.sleep(0.1)
    raise AssertionError(f"the server got {len(server.requests)} requests")


def test_server_that_is_down_is_answered_for_and_the_next_message_is_answered(
    api: httpx.Client, publish: Publish
) -> None:
    behaviours = [
        respond(204),
        respond(503),
        respond(503),
        respond(503),
        respond_json({"messages": [{"content": "Hi"}]}),
    ]
    with serving(*behaviours) as server:
        session_id = start(api, publish(server))
        for number, content in enumerate(("One", "Two"), 1):
            api.post(f"/conversations/{session_id}/messages", json={"content": content})
            history = wait_for_history(api, session_id, at_least=2 * number)

    assert [message["content"] for message in history["messages"]] == ["One", "Not now.", "Two", "Hi"]


def test_slow_conversation_holds_back_no_other(
    api: httpx.Client, token: str, connect: OpenConnection, publish: Publish
) -> None:
    quick = (respond_json({"messages": [{"content": content}]}) for content in ("Hi", "Hi again"))
    with (
        serving(respond(204), streaming(*PIECES, pause=3)) as slow_server,
        serving(respond(204), *quick) as fast_server,
    ):
        slow, fast = start(api, publish(slow_server)), start(api, publish(fast_server))
        with connect(token=token, query=f"?session_id={slow}&stream=1") as (phone, _):
            phone.send_message("Count!")
            phone.receive_until(type="delta", session_id=slow)
            for number, content in enumerate(("One", "Two"), 1):
                api.post(f"/conversations/{fast}/messages", json={"content": content})
                answered = wait_for_history(api, fast, at_least=2 * number)
            unanswered = wait_for_history(api, slow, at_least=1)
            answer = phone.receive_until(type="message", sender="bot", session_id=slow)

    assert [message["content"] for message in answered["messages"]] == ["One", "Hi", "Two", "Hi again"]
    assert [message["content"] for message in unanswered["messages"]] == ["Count!"]
    assert answer["content"] == "".join(PIECES)


def test_device_that_connects_in_mid_answer_gets_its_first_frame_at_once(
    api: httpx.Client, token: str, connect: OpenConnection, publish: Publish
) -> None:
    with serving(respond(204), streaming(*PIECES, pause=3)) as server:
        session_id = start(api, publish(server))
        with connect(token=token, query=f"?session_id={session_id}&stream=1") as (phone, _):
            phone.send_message("Count!")
            phone.receive_until(type="delta")
            with connect(token=token, query=f"?session_id={session_id}&stream=1") as (laptop, _):
                connected = wait_for_history(api, session_id, at_least=1)

    assert "connected" in [frame.get("status") for frame in laptop.frames]
    assert [message["content"] for message in connected["messages"]] == ["Count!"]
