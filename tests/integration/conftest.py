"""Fixtures: every store twice, as the fake of the unit tests and as the adapter on moto; and the functions on moto."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests import aws
from tests.aws import Aws
from tests.builders import a_rule_bot
from tests.integration.front_door import client, door, fake_aws, make_door  # noqa: F401 - fixtures
from tests.integration.permissions import (  # noqa: F401 - hooks of pytest
    pytest_collection_finish,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from tests.integration.running import Functions, Logs, capture_logs, run_functions
from tests.integration.stores import Stores, dynamodb_stores, memory_stores


@pytest.fixture(scope="session")
def _moto() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", aws.REGION)
        with mock_aws():
            yield


@pytest.fixture(scope="session")
def _clients(_moto: None) -> Aws:
    clients = aws.create_clients()
    clients.create()
    return clients


@pytest.fixture
def deployed(_clients: Aws) -> Aws:
    """The template's tables, queues and bucket, empty."""
    _clients.empty()
    return _clients


@pytest.fixture(params=["memory", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Stores:
    """The fakes, and then the adapters."""
    if request.param == "memory":
        return memory_stores()
    return dynamodb_stores(request.getfixturevalue("deployed"))


@pytest.fixture
def functions(deployed: Aws) -> Iterator[Functions]:
    """The functions, on an empty deployment with two bots."""
    with run_functions(deployed) as started:
        started.publish(a_rule_bot("default", "General Bot"))
        started.publish(a_rule_bot("bot-123", "Support Bot"))
        yield started


@pytest.fixture
def bots_answer(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bots run while a function waits."""
    monkeypatch.setattr("time.sleep", lambda _seconds: functions.run_bots())


@pytest.fixture
def logs(functions: Functions) -> Iterator[Logs]:
    """The logs of the functions."""
    del functions
    with capture_logs() as read:
        yield read
