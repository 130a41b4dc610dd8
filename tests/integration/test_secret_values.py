"""Secrets in Systems Manager and Secrets Manager."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from conversations.adapters.aws import CLIENT_CONFIG
from conversations.adapters.secret_values import CACHE_SECONDS, SecretValues
from conversations.domain.errors import NotFoundError, UnavailableError
from tests.aws import REGION

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

NAME = "/conversations/test/openai"
PARAMETER = f"ssm:{NAME}"


class Store:
    """Both services, a clock, and the number of requests."""

    def __init__(self) -> None:
        self.ssm: SSMClient = boto3.client("ssm", region_name=REGION, config=CLIENT_CONFIG)
        self.secrets_manager: SecretsManagerClient = boto3.client("secretsmanager", region_name=REGION)
        self.seconds = 0.0
        self.requests = 0
        self.ssm.meta.events.register("before-send", self._count)
        self.values = SecretValues(lambda: self.ssm, lambda: self.secrets_manager, lambda: self.seconds)

    def _count(self, **_: object) -> None:
        self.requests += 1

    def put(self, value: str) -> None:
        self.ssm.put_parameter(Name=NAME, Value=value, Type="SecureString", Overwrite=True)
        self.requests = 0


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield Store()


def test_parameter_is_decrypted(store: Store) -> None:
    store.put("sk-1\n")

    assert store.values.get(PARAMETER) == "sk-1"


def test_secret_of_secrets_manager_is_read(store: Store) -> None:
    store.secrets_manager.create_secret(Name="conversations/test/openai", SecretString="sk-2")

    assert store.values.get("secretsmanager:conversations/test/openai") == "sk-2"


def test_secret_is_read_once_by_many_threads(store: Store) -> None:
    store.put("sk-1")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(store.values.get, [PARAMETER] * 32)) == {"sk-1"}
    assert store.requests == 1


def test_rotated_secret_is_read_again_after_five_minutes(store: Store) -> None:
    store.put("sk-1")
    store.values.get(PARAMETER)
    store.put("sk-2")

    store.seconds = CACHE_SECONDS - 1
    assert store.values.get(PARAMETER) == "sk-1"
    store.seconds = CACHE_SECONDS
    assert store.values.get(PARAMETER) == "sk-2"


@pytest.mark.parametrize("reference", ["ssm:/missing", "secretsmanager:missing", "file:/etc/passwd", "sk-123", ""])
def test_missing_secret_is_not_found(store: Store, reference: str) -> None:
    with pytest.raises(NotFoundError):
        store.values.get(reference)


def test_blank_secret_is_not_found(store: Store) -> None:
    store.put(" ")

    with pytest.raises(NotFoundError, match="empty"):
        store.values.get(PARAMETER)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDeniedException", NotFoundError),
        ("ThrottlingException", UnavailableError),
        ("InternalServerError", UnavailableError),
        ("UnknownBug", ClientError),
    ],
)
def test_errors_of_the_store(store: Store, code: str, error: type[Exception]) -> None:
    with Stubber(store.ssm) as stubber:
        stubber.add_client_error("get_parameter", code, "secret text", 400)
        with pytest.raises(error):
            store.values.get(PARAMETER)


def test_failure_is_not_remembered(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.values.get(PARAMETER)
    store.put("sk-1")

    assert store.values.get(PARAMETER) == "sk-1"


def test_value_is_in_no_representation(store: Store) -> None:
    store.put("sk-1")
    store.values.get(PARAMETER)

    assert "sk-1" not in repr(store.values)
