"""The exact limits, on a running stack: shared by REST and WebSocket, and under concurrency."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from conversations.domain.limits import ACTIONS, HISTORY, LIST, MESSAGES
from tests.stack.conftest import OpenConnection, Stack

RATE_LIMIT = re.compile(r'"messages";r=(\d+);t=(\d+)')


@pytest.fixture
def path(api: httpx.Client) -> str:
    """The path of the messages of a conversation."""
    return f"/conversations/{api.post('/conversations/start', json={}).json()['conversation_id']}/messages"


def send(api: httpx.Client, path: str) -> httpx.Response:
    return api.post(path, json={"content": "Hello"})


def test_message_limit_is_shared_by_rest_and_websocket(
    api: httpx.Client, token: str, path: str, connect: OpenConnection
) -> None:
    first = send(api, path)
    assert first.headers["ratelimit-policy"] == f'"messages";q={MESSAGES.limit};w=60'
    told = RATE_LIMIT.fullmatch(first.headers["ratelimit"])
    assert told is not None
    assert int(told[1]) == MESSAGES.limit - 1

    with connect(token=token) as (connection, _):
        for number in range(MESSAGES.limit // 2 - 1):
            connection.send_message("Hello", client_message_id=f"{number}")
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: send(api, path), range(MESSAGES.limit // 2 + 10)))
        connection.send(type="message", content="Hello", client_message_id="one too many")
        error = connection.receive_until(type="error")

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(answers) - len(refused) == MESSAGES.limit - MESSAGES.limit // 2
    assert all(answer.json()["error"] == "rate_limited" for answer in refused)
    assert all(0 < int(answer.headers["retry-after"]) <= 61 for answer in refused)
    assert all(answer.headers["ratelimit"].startswith('"messages";r=0;') for answer in refused)
    assert error["error"] == "rate_limited"
    assert error["client_message_id"] == "one too many"
    assert 0 < error["retry_after"] <= 61


def test_message_over_the_limit_is_not_stored(api: httpx.Client, path: str) -> None:
    answers = [api.post(path, json={"content": f"{number}"}) for number in range(MESSAGES.limit + 1)]

    assert [answer.status_code for answer in answers] == [200] * MESSAGES.limit + [429]
    time.sleep(1)
    pages = api.get(path.replace("messages", "history"), params={"limit": 100}).json()["messages"]
    assert f"{MESSAGES.limit}" not in {each["content"] for each in pages if each["sender"] == "user"}


def test_initial_message_counts_as_message(api: httpx.Client) -> None:
    first = api.post("/conversations/start", json={"initial_message": "Hello"})
    silent = api.post("/conversations/start", json={})

    assert first.headers["ratelimit"].startswith(f'"messages";r={MESSAGES.limit - 1};')
    assert silent.headers["ratelimit"].startswith(f'"actions";r={ACTIONS.limit - 1};')


def test_limits_are_per_user(api: httpx.Client, other_users_api: httpx.Client) -> None:
    mine = [api.get("/conversations").status_code for _ in range(LIST.limit + 1)]

    assert mine == [200] * LIST.limit + [429]
    assert other_users_api.get("/conversations").status_code == 200


def test_history_has_its_own_limit(api: httpx.Client, path: str) -> None:
    history = path.replace("messages", "history")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.get(history), range(HISTORY.limit + 10)))

    assert sum(answer.status_code == 200 for answer in answers) == HISTORY.limit
    assert all(answer.headers["ratelimit-policy"] == f'"history";q={HISTORY.limit};w=60' for answer in answers)
    assert api.get("/conversations").status_code == 200


@pytest.fixture
def two_connects_a_minute(stack: Stack, aws: Callable[[str], Any]) -> Iterator[None]:
    """Sets the parameter AnonymousConnectLimit to 2."""
    functions = aws("lambda")
    (connect,) = [
        each
        for page in functions.get_paginator("list_functions").paginate()
        for each in page["Functions"]
        if each["Handler"] == "websocket.connect.app.handler" and each["FunctionName"].startswith(_stack_name(stack))
    ]
    before = connect["Environment"]["Variables"]

    def tell(variables: dict[str, str]) -> None:
        functions.update_function_configuration(
            FunctionName=connect["FunctionName"], Environment={"Variables": variables}
        )
        functions.get_waiter("function_updated_v2").wait(FunctionName=connect["FunctionName"])

    tell(before | {"ANONYMOUS_CONNECT_LIMIT": "2"})
    yield
    tell(before)


def _stack_name(stack: Stack) -> str:
    return str(stack["outputs"]["RunTurnFunctionName"]).partition("-RunTurnFunction")[0]


def test_anonymous_connections_are_limited_per_address(
    two_connects_a_minute: None,  # noqa: ARG001 - it is there
    token: str,
    connect: OpenConnection,
) -> None:
    for _ in range(2):
        with connect():
            pass
    with pytest.raises(InvalidStatus) as refused, connect():
        pass

    assert refused.value.response.status_code == 429
    with connect(token=token) as (_, connected):
        assert connected["anonymous"] is False
