"""Configuration: an invalid variable is reported at once and by name."""

from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from conversations import config
from tests.template import EXAMPLE_NAMES, Deployment

ENVIRONMENT = Deployment(EXAMPLE_NAMES).environment("authorizer")


@pytest.fixture(autouse=True)
def _clear_cache() -> Iterator[None]:
    for read in (config.settings, config.identity_settings, config.connect_settings, config.schedule_settings):
        read.cache_clear()
    yield
    for read in (config.settings, config.identity_settings, config.connect_settings, config.schedule_settings):
        read.cache_clear()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def test_settings_are_read_from_the_templates_environment() -> None:
    assert config.settings().sessions_table == "SessionsTable"
    assert config.settings().default_bot_id == "default"
    assert config.identity_settings().oidc_issuer.startswith("https://cognito-idp.")


@pytest.mark.parametrize("name", ["SESSIONS_TABLE", "TURNS_QUEUE_URL", "WEBSOCKET_ENDPOINT", "DEFAULT_BOT_ID"])
@pytest.mark.parametrize("value", [None, ""])
def test_missing_or_empty_variable_is_reported_by_name(
    name: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError, match=name):
        config.settings()


@pytest.mark.parametrize("name", ["OIDC_ISSUER", "OIDC_AUDIENCE", "PLAN_KEY_SUFFIX"])
def test_missing_variable_of_the_authorizer_is_reported_by_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)

    config.settings()
    with pytest.raises(ValidationError, match=name):
        config.identity_settings()
