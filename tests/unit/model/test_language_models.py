"""The models of a deployment: local endpoints are for the local stack only."""

from collections.abc import Iterator

import pytest

from conversations import config
from conversations.bootstrap import endpoints, models
from conversations.domain.model import ModelReference, ModelRefusedError
from tests.template import EXAMPLE_NAMES, Deployment

LOCAL = "http://127.0.0.1:8080/v1"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in Deployment(EXAMPLE_NAMES).environment("run_turn").items():
        monkeypatch.setenv(name, value)
    cached = (config.settings, models.language_models, endpoints.streaming_client)
    for function in cached:
        function.cache_clear()
    yield
    for function in cached:
        function.cache_clear()


@pytest.mark.parametrize(("setting", "addresses"), [("", []), ("allowed", ["127.0.0.1", "::1"])])
def test_only_the_local_stack_reaches_its_own_machine(
    setting: str, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_ENDPOINTS", setting)
    permits = endpoints.streaming_client().permits

    assert [ip for ip in ("127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "192.168.1.1") if permits(ip)] == addresses
    assert permits("93.184.215.14")


def test_key_is_sent_without_tls_on_the_local_stack_only() -> None:
    with pytest.raises(ModelRefusedError, match="https"):
        models.language_models().get(ModelReference("openai", "small", LOCAL, "ssm:/conversations/x/key"))


def test_other_value_of_the_setting_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_ENDPOINTS", "yes")

    with pytest.raises(ValueError, match="LOCAL_ENDPOINTS"):
        config.settings()
