"""Tests of a deployed stack over real HTTP and WebSocket. ``STACK_JSON`` names it: a local one, or one on AWS."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.domain.bot import Bot
from local.settings import find_stack_file
from tests.stack.bots import connect_aws
from tests.stack.client_app import FrontDoor
from tests.stack.connection import TIMEOUT_SECONDS, Connection, Frame, open_connection
from tests.stack.documents import check_response
from tests.stack.users import sign_up
from tests.stack.webhook_bots import Publish, publishing_webhook_bots

CHECK_RESPONSES: Any = {"response": [check_response]}
"""Checks every response that a client gets against the document."""

type Stack = dict[str, Any]
type MakeDoor = Callable[..., FrontDoor]
type OpenConnection = Callable[..., AbstractContextManager[tuple[Connection, Frame]]]


@pytest.fixture(scope="session")
def stack() -> Stack:
    file = find_stack_file(os.environ)
    if not file.exists():
        pytest.fail(f"{file} does not exist: start a stack with `make up`, or name one with STACK_JSON")
    description: Stack = json.loads(file.read_text())
    return description


@pytest.fixture(scope="session")
def aws(stack: Stack) -> Callable[[str], Any]:
    """Creates clients of the stack's account."""
    return connect_aws(stack)


@pytest.fixture(scope="session")
def create_user(stack: Stack) -> Callable[..., str]:
    """Creates a user in some groups, with unused limits; returns the access token."""
    return partial(sign_up, stack)


@pytest.fixture
def token(create_user: Callable[..., str]) -> str:
    """The token of the test's user."""
    return create_user()


@pytest.fixture
def api(stack: Stack, token: str) -> Iterator[httpx.Client]:
    """REST as the test's user."""
    with _create_client(stack, token) as client:
        yield client


@pytest.fixture
def other_users_api(stack: Stack, create_user: Callable[..., str]) -> Iterator[httpx.Client]:
    """REST as another user."""
    with _create_client(stack, create_user()) as client:
        yield client


@pytest.fixture
def anonymous_api(stack: Stack) -> Iterator[httpx.Client]:
    """REST without a token."""
    with _create_client(stack) as client:
        yield client


def _create_client(stack: Stack, token: str | None = None) -> httpx.Client:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.Client(
        base_url=stack["api_url"], headers=headers, timeout=TIMEOUT_SECONDS, event_hooks=CHECK_RESPONSES
    )


@pytest.fixture
def connect(stack: Stack) -> OpenConnection:
    """Opens connections to the stack."""
    return partial(open_connection, stack["ws_url"])


@pytest.fixture(scope="session")
def support_bot(stack: Stack, aws: Callable[[str], Any]) -> str:
    """The bot of the seed's examples, published."""
    program: dict[str, Any] = {
        "greeting": {"say": ["Welcome."]},
        "rules": [
            {"patterns": ["hello"], "say": ["Hi! How can I help you?"]},
            {"patterns": ["thank you"], "say": ["Thank you!"]},
        ],
        "fallback": {"say": ["I do not know."]},
    }
    bot = Bot(id="bot-123", name="Support Bot", engine="rules", program=program)
    DynamoDBBotCatalogue(aws("dynamodb"), stack["outputs"]["BotsTableName"]).publish(bot)
    return bot.id


@pytest.fixture
def make_door(stack: Stack, tmp_path: Path) -> Iterator[MakeDoor]:
    """Starts front doors with their own limits before the stack's local AWS, which can be killed."""
    if "pids" not in stack:
        # Only a local stack has one. CI tests a local stack, so it skips nothing.
        pytest.skip("a stack on AWS has no front door of ours")
    config = json.loads(find_stack_file(os.environ).with_name("front-door.json").read_text())
    opened: list[FrontDoor] = []

    def make(**limits: float) -> FrontDoor:
        door = FrontDoor(config, tmp_path / f"door-{len(opened)}.json", **limits)
        opened.append(door)
        door.start()
        return door

    yield make
    for door in opened:
        door.kill()


@pytest.fixture
def door(make_door: MakeDoor) -> FrontDoor:
    """A front door before the stack's local AWS, which can be killed."""
    return make_door()


@pytest.fixture
def publish(stack: Stack, aws: Callable[[str], Any], tmp_path: Path) -> Iterator[Publish]:
    """Return a function that publishes the bot of a server."""
    with publishing_webhook_bots(stack, aws, tmp_path) as publish_bot:
        yield publish_bot
