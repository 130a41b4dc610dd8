"""The environment: a mistake in it is told at once, and by its name."""

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from conversations import config
from tests.template import EXAMPLE_NAMES, Deployment

ENVIRONMENT = Deployment(EXAMPLE_NAMES).environment("authorizer")


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    for each in (config.settings, config.identity_settings):
        each.cache_clear()
    yield
    for each in (config.settings, config.identity_settings):
        each.cache_clear()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def test_the_templates_environment_is_understood() -> None:
    assert config.settings().sessions_table == "SessionsTable"
    assert config.settings().default_bot_id == "default"
    assert config.identity_settings().issuer.startswith("https://cognito-idp.")


@pytest.mark.parametrize("name", ["SESSIONS_TABLE", "TURNS_QUEUE_URL", "WEBSOCKET_ENDPOINT", "DEFAULT_BOT_ID"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_missing_or_empty_is_told_by_its_name(
    name: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=name):
        config.settings()


@pytest.mark.parametrize("name", ["OIDC_ISSUER", "OIDC_AUDIENCE", "PLAN_KEY_SUFFIX"])
def test_what_the_authorizer_misses_is_told_by_its_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)

    config.settings()
    with pytest.raises(ValidationError, match=name):
        config.identity_settings()
