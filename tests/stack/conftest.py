"""Tests of a deployed stack, over real HTTP and real sockets. ``STACK_JSON`` says which: a local one, or one on AWS."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from conversations.adapters.dynamodb.bots import DynamoDBBots
from conversations.domain.bot import Bot
from tests.stack.device import PATIENCE_SECONDS, Device, Frame, opened

type Stack = dict[str, Any]
type Open = Callable[..., AbstractContextManager[tuple[Device, Frame]]]


@pytest.fixture(scope="session")
def stack() -> Stack:
    file = Path(os.environ.get("STACK_JSON", ".local/stack.json"))
    if not file.exists():
        pytest.fail(f"{file} does not exist: start a stack with `make up`, or name one with STACK_JSON")
    description: Stack = json.loads(file.read_text())
    return description


@pytest.fixture(scope="session")
def aws(stack: Stack) -> Callable[[str], Any]:
    """Makes clients of the account the stack is in; a local stack takes any credentials."""
    endpoint = stack.get("aws_endpoint")
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"} if endpoint else {}
    return partial(boto3.client, region_name=stack["region"], endpoint_url=endpoint, **keys)


@pytest.fixture(scope="session")
def token_of(stack: Stack, aws: Callable[[str], Any]) -> Callable[[str], str]:
    """Gives a demo user's access token."""

    def sign_in(name: str) -> str:
        user = stack["users"][name]
        answer = aws("cognito-idp").initiate_auth(
            ClientId=stack["cognito"]["client_id"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user["username"], "PASSWORD": user["password"]},
        )
        return str(answer["AuthenticationResult"]["AccessToken"])

    return sign_in


@pytest.fixture(scope="session")
def token(token_of: Callable[[str], str]) -> str:
    return token_of("user1")


@pytest.fixture
def api(stack: Stack, token: str) -> Iterator[httpx.Client]:
    """REST as user1."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=stack["api_url"], headers=headers, timeout=PATIENCE_SECONDS) as client:
        yield client


@pytest.fixture
def other_api(stack: Stack, token_of: Callable[[str], str]) -> Iterator[httpx.Client]:
    """REST as user2."""
    headers = {"Authorization": f"Bearer {token_of('user2')}"}
    with httpx.Client(base_url=stack["api_url"], headers=headers, timeout=PATIENCE_SECONDS) as client:
        yield client


@pytest.fixture
def stranger(stack: Stack) -> Iterator[httpx.Client]:
    """REST as nobody."""
    with httpx.Client(base_url=stack["api_url"], timeout=PATIENCE_SECONDS) as client:
        yield client


@pytest.fixture
def open_socket(stack: Stack) -> Open:
    """Opens sockets of the stack."""
    return partial(opened, stack["ws_url"])


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
    DynamoDBBots(aws("dynamodb"), stack["outputs"]["BotsTableName"]).publish(bot)
    return bot.id
