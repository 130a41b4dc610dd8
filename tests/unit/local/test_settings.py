"""Settings of a stack from the environment."""

import pytest

from local.deploy import build_parameters
from local.errors import LocalStackError
from local.settings import ROOT, Settings


def test_default_settings() -> None:
    settings = Settings.from_environment({})

    assert settings.directory == ROOT / ".local"
    assert settings.base_url == "http://localhost:8080"
    assert settings.aws_endpoint == "http://127.0.0.1:4566"
    assert (settings.ws_idle_seconds, settings.ws_max_seconds) == (600, 7200)


def test_empty_variables_are_ignored() -> None:
    # make exports its variables also if they are empty.
    empty = dict.fromkeys(("LOCAL_DIR", "PORT", "AWS_PORT", "WS_IDLE_SECONDS", "WS_MAX_SECONDS"), "")

    assert Settings.from_environment(empty) == Settings.from_environment({})


def test_folder_ports_and_timeouts_can_be_set() -> None:
    settings = Settings.from_environment(
        {"LOCAL_DIR": "other", "PORT": "9000", "AWS_PORT": "9001", "WS_IDLE_SECONDS": "0.5", "WS_MAX_SECONDS": "3"}
        | {"MODEL_PORT": "9002"}
    )

    assert settings == Settings(ROOT / "other", 9000, 9001, 0.5, 3, model_port=9002)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "80.5", "٣"])
def test_invalid_port_is_refused(port: str) -> None:
    with pytest.raises(LocalStackError, match="AWS_PORT"):
        Settings.from_environment({"AWS_PORT": port})


def test_usual_development_servers_may_connect_and_others_can_be_set() -> None:
    assert "http://127.0.0.1:5173" in Settings.from_environment({}).allowed_origins
    assert "http://localhost:4200" in Settings.from_environment({}).allowed_origins

    settings = Settings.from_environment({"ALLOWED_ORIGINS": "http://localhost:9000, https://chat.example.com"})

    assert settings.allowed_origins == ("http://localhost:9000", "https://chat.example.com")
    assert build_parameters(settings)["AllowedOrigins"] == (
        "http://localhost:9000,https://chat.example.com,http://localhost:8080,http://127.0.0.1:8080"
    )


@pytest.mark.parametrize("origins", ["*", "localhost:9000", "http://localhost:9000/", "http://a,,http://b", "null"])
def test_invalid_origin_is_refused(origins: str) -> None:
    with pytest.raises(LocalStackError, match="ALLOWED_ORIGINS"):
        Settings.from_environment({"ALLOWED_ORIGINS": origins})


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_invalid_timeout_is_refused(seconds: str) -> None:
    with pytest.raises(LocalStackError, match="WS_IDLE_SECONDS"):
        Settings.from_environment({"WS_IDLE_SECONDS": seconds})


def test_paths_are_displayed_relative_to_the_project() -> None:
    settings = Settings.from_environment({})

    assert settings.display_path(settings.logs / "aws.log") == ".local/logs/aws.log"
