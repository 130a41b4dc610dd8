"""The Python client over real sockets, against a server that tests control."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from general_bots_conversations import (
    AsyncClient,
    Client,
    FileStorage,
    NotSentError,
    SignedOutError,
    StorageInUseError,
    Timing,
)
from general_bots_conversations.core.machine import Machine
from general_bots_conversations.events import (
    AnswerChanged,
    ConnectionFailed,
    SignedOut,
    StateChanged,
)
from general_bots_conversations.loop_thread import ClosedError
from tests.integration.network_server import TOKEN, serving, serving_in_thread

FAST = Timing(initial_backoff=0.05, max_backoff=0.2, ack_timeout=1, gap_timeout=0.1, settle_time=0.1, connect_timeout=2)


async def wait_for[E](stream: AsyncIterator[Any], kind: type[E]) -> E:
    async with asyncio.timeout(10):
        async for event in stream:
            if isinstance(event, kind):
                return event
    raise AssertionError(kind)


def test_five_lines_to_the_first_message() -> None:
    with serving_in_thread() as server, Client(server.url, timing=FAST) as client:
        answers = client.conversation().ask("Hello", timeout=10)

    assert [message.content for message in answers] == ["Answer to Hello"]


def test_messages_survive_cuts_once_and_in_order() -> None:
    async def run() -> None:
        async with serving() as server, AsyncClient(server.url, token=TOKEN, timing=FAST) as client:
            conversation = client.conversation()
            sent = []
            for number in range(30):
                sent.append(conversation.send(f"Message {number}"))
                if number % 5 == 2:
                    server.cut()
                await asyncio.sleep(0.02)
            async with asyncio.timeout(30):
                delivered = [await conversation.delivered(message) for message in sent]
                await conversation.wait_until(lambda it: it.status == "live" and len(it.messages) == 60)

            [messages] = server.state.messages.values()
            shown = [(message.id, message.content) for message in conversation.messages]
            assert shown == [(message["id"], message["content"]) for message in messages]
            users = [message["content"] for message in messages if message["sender"] == "user"]
            assert users == [f"Message {number}" for number in range(30)]
            assert [message.seq for message in delivered] == list(range(1, 60, 2))

    asyncio.run(asyncio.wait_for(run(), 30))


def test_server_that_restarts_is_found_again() -> None:
    async def run() -> None:
        async with serving() as server, AsyncClient(server.url, token=TOKEN, timing=FAST) as client:
            stream = client.events()
            conversation = client.conversation()
            await conversation.ask("One")
            await server.stop()
            failure = await wait_for(stream, ConnectionFailed)
            assert failure.error == "unreachable"
            message = conversation.send("Two")
            await server.start()

            async with asyncio.timeout(10):
                assert (await conversation.delivered(message)).seq == 3

    asyncio.run(asyncio.wait_for(run(), 30))


def test_streamed_answer_is_told_piece_by_piece() -> None:
    async def run() -> None:
        async with serving() as server, AsyncClient(server.url, token=TOKEN, timing=FAST) as client:
            conversation = client.conversation()
            await conversation.wait_until(lambda it: it.status == "live")
            stream = conversation.events()
            frame = {
                "type": "delta",
                "session_id": f"session-{next(iter(server.state.messages))}",
                "id": "msg-9",
                "attempt": 1,
            }
            server.state.broadcast(frame | {"offset": 0, "content": "Once"})
            server.state.broadcast(frame | {"offset": 4, "content": " upon"})
            await server.flush()

            texts = [(await wait_for(stream, AnswerChanged)).messages[0].content for _ in range(2)]
            assert texts == ["Once", "Once upon"]
            assert conversation.messages[-1].streaming

    asyncio.run(asyncio.wait_for(run(), 30))


def test_fresh_token_is_asked_for_once_and_a_fixed_one_signs_out() -> None:
    async def run() -> None:
        asked: list[bool] = []

        async def get_token(fresh: bool) -> str:
            asked.append(fresh)
            return TOKEN if any(asked) else "expired"

        async with serving() as server:
            async with AsyncClient(server.url, token=get_token, timing=FAST) as client:
                await wait_for(client.events(), StateChanged)
                await client.conversation().ask("Hello")
            assert asked[:2] == [False, True]
            assert asked.count(True) == 1

            async with AsyncClient(server.url, token="invalid", timing=FAST) as client:
                await wait_for(client.events(), SignedOut)
                with pytest.raises(SignedOutError):
                    await client.list_bots()

    asyncio.run(asyncio.wait_for(run(), 30))


def test_refusal_is_told_with_its_reason() -> None:
    async def run() -> None:
        async with serving() as server:
            problem = {"error": "rate_limited", "detail": "There are too many visitors."}
            server.refusal = (429, {"Retry-After": "1"}, json.dumps(problem).encode())
            async with AsyncClient(server.url, timing=FAST) as client:
                failure = await wait_for(client.events(), ConnectionFailed)
                assert failure == ConnectionFailed("rate_limited", "There are too many visitors.", 1)
                server.refusal = None
                async with asyncio.timeout(10):
                    assert await client.conversation().ask("Hello")

    asyncio.run(asyncio.wait_for(run(), 30))


def test_tokens_are_in_headers_and_never_in_urls_or_logs(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with serving() as server:
            async with AsyncClient(server.url, token=TOKEN, timing=FAST) as client:
                await client.conversation().ask("Hello")
                assert TOKEN not in repr(vars(client))
            assert not any(TOKEN in request.path for request in server.requests)

    with caplog.at_level("DEBUG"):
        asyncio.run(asyncio.wait_for(run(), 30))
    ours = [record for record in caplog.records if record.name != "websockets.server"]
    assert ours
    assert not any(TOKEN in record.getMessage() for record in ours)


def test_visitor_returns_with_the_token_in_a_subprotocol(tmp_path: Path) -> None:
    async def run() -> None:
        async with serving() as server:
            for _ in range(2):
                storage = FileStorage(tmp_path / "client.json")
                async with AsyncClient(server.url, storage=storage, timing=FAST) as client:
                    await client.conversation().ask("Hello")
            assert len(server.state.messages) == 1
            [token] = server.state.visitors
            assert not any(token in request.path for request in server.requests)
            assert server.requests[-1].headers["Sec-WebSocket-Protocol"] == f"session_token, {token}"
            assert (tmp_path / "client.json").stat().st_mode & 0o077 == 0

    asyncio.run(asyncio.wait_for(run(), 30))


_CRASHING_CLIENT = """
import os, sys
from general_bots_conversations import Client, FileStorage
client = Client(sys.argv[1], token="a-token-of-the-user", storage=FileStorage(sys.argv[2]))
client.connect()
conversation = client.conversation()
conversation.delivered(conversation.send("Before"))
for number in range(10):
    conversation.send(f"Message {number}")
os.kill(os.getpid(), 9)
"""


def test_messages_that_a_killed_process_has_not_sent_are_sent_by_the_next_one_once_and_in_order(tmp_path: Path) -> None:
    file = tmp_path / "outbox.json"
    with serving_in_thread() as server:
        url = server.url
        command = [sys.executable, "-c", _CRASHING_CLIENT, url, str(file)]
        process = subprocess.run(command, check=False, timeout=30)
        assert process.returncode == -9
        with Client(url, token=TOKEN, storage=FileStorage(file), timing=FAST) as client:
            conversation = client.conversation()
            conversation.wait_until(lambda it: it.status == "live" and len(it.messages) == 22, timeout=20)

        [messages] = server.state.messages.values()
        users = [message["content"] for message in messages if message["sender"] == "user"]
        assert users == ["Before", *(f"Message {number}" for number in range(10))]
    assert json.loads(file.read_text()) == {}


def test_file_is_used_by_one_client_at_a_time(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path / "client.json")
    with pytest.raises(StorageInUseError):
        FileStorage(tmp_path / "client.json")
    storage.close()

    FileStorage(tmp_path / "client.json").close()


def test_damaged_file_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "client.json"
    file.write_text('{"visitor/outbox": [{"content"')
    storage = FileStorage(file)
    storage.write("name", ["ä"])
    storage.close()

    again = FileStorage(file)
    assert again.read("name") == ["ä"]
    again.close()
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == ["client.json"]


def test_closed_client_says_so() -> None:
    with serving_in_thread() as server:
        with Client(server.url, timing=FAST) as client:
            conversation = client.conversation()
            events = client.events()
            conversation.ask("Hello", timeout=10)
        client.close()
        assert list(events)
        with pytest.raises(ClosedError):
            conversation.send("Too late")


def test_events_have_a_time_limit() -> None:
    with serving_in_thread() as server, Client(server.url, timing=FAST) as client:
        events = client.conversation().events()
        while_events = (events.get(timeout=0.3) for _ in range(50))
        with pytest.raises(TimeoutError):
            list(while_events)


def test_refused_message_raises() -> None:
    with serving_in_thread() as server, Client(server.url, timing=FAST) as client:
        conversation = client.conversation()
        server.state.overrides = [{"type": "error", "error": "invalid_message", "message": "It is too long."}]
        with pytest.raises(NotSentError, match="invalid_message"):
            conversation.ask("x" * 9_000, timeout=10)


def test_closing_is_quick_without_a_server() -> None:
    start = time.monotonic()
    with Client("http://127.0.0.1:9", timing=FAST) as client:
        client.conversation().send("Nobody is there")

    assert time.monotonic() - start < 10


def test_error_of_a_handler_is_followed_by_a_new_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_machine: Machine, _socket: int, _text: str) -> None:
        monkeypatch.undo()
        raise ZeroDivisionError

    async def run() -> None:
        async with serving() as server, AsyncClient(server.url, token=TOKEN, timing=FAST) as client:
            await client.conversation().ask("One")
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)
            monkeypatch.setattr(Machine, "receive_text", fail)
            assert [message.content for message in await client.conversation().ask("Two")] == ["Answer to Two"]

    asyncio.run(asyncio.wait_for(run(), 30))
