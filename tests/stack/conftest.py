"""Tests of a deployed stack, over real HTTP and real sockets. ``STACK_JSON`` says which: a local one, or one on AWS."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest

from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.domain.bot import Bot
from tests.stack.device import PATIENCE_SECONDS, Device, Frame, opened
from tests.stack.documents import require_documented

DOCUMENTED: Any = {"response": [require_documented]}
"""Makes every answer a client gets one that the document allows."""

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
def new_user(stack: Stack, aws: Callable[[str], Any]) -> Callable[..., str]:
    """Makes somebody nobody has heard of, with no limit used up, in some groups; gives their access token."""
    cognito = aws("cognito-idp")
    pool = stack["cognito"]["user_pool_id"]

    def make(*groups: str) -> str:
        name, password = f"test-{uuid4()}", f"{uuid4()}A1"
        cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
        for group in groups:
            with suppress(cognito.exceptions.GroupExistsException):
                cognito.create_group(UserPoolId=pool, GroupName=group)
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
        answer = cognito.initiate_auth(
            ClientId=stack["cognito"]["client_id"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )
        return str(answer["AuthenticationResult"]["AccessToken"])

    return make


@pytest.fixture
def token(new_user: Callable[..., str]) -> str:
    """The token of this test's user."""
    return new_user()


@pytest.fixture
def api(stack: Stack, token: str) -> Iterator[httpx.Client]:
    """REST as this test's user."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(
        base_url=stack["api_url"], headers=headers, timeout=PATIENCE_SECONDS, event_hooks=DOCUMENTED
    ) as client:
        yield client


@pytest.fixture
def other_api(stack: Stack, new_user: Callable[..., str]) -> Iterator[httpx.Client]:
    """REST as somebody else."""
    headers = {"Authorization": f"Bearer {new_user()}"}
    with httpx.Client(
        base_url=stack["api_url"], headers=headers, timeout=PATIENCE_SECONDS, event_hooks=DOCUMENTED
    ) as client:
        yield client


@pytest.fixture
def stranger(stack: Stack) -> Iterator[httpx.Client]:
    """REST as nobody."""
    with httpx.Client(base_url=stack["api_url"], timeout=PATIENCE_SECONDS, event_hooks=DOCUMENTED) as client:
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
    DynamoDBBotCatalogue(aws("dynamodb"), stack["outputs"]["BotsTableName"]).publish(bot)
    return bot.id
