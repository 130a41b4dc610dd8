"""Where a stack lives, from the environment."""

import pytest

from local.errors import LocalStackError
from local.settings import ROOT, Settings


def test_without_wishes_a_stack_lives_in_the_project_on_the_usual_ports() -> None:
    settings = Settings.from_environment({})

    assert settings.directory == ROOT / ".local"
    assert settings.base_url == "http://localhost:8080"
    assert settings.aws_endpoint == "http://127.0.0.1:4566"
    assert (settings.ws_idle_seconds, settings.ws_max_seconds) == (600, 7200)


def test_a_variable_that_is_set_to_nothing_is_not_set() -> None:
    # make exports its variables whether they have a value or not.
    nothing = dict.fromkeys(("LOCAL_DIR", "PORT", "AWS_PORT", "WS_IDLE_SECONDS", "WS_MAX_SECONDS"), "")

    assert Settings.from_environment(nothing) == Settings.from_environment({})


def test_a_second_stack_has_its_own_folder_ports_and_patience() -> None:
    settings = Settings.from_environment(
        {"LOCAL_DIR": "other", "PORT": "9000", "AWS_PORT": "9001", "WS_IDLE_SECONDS": "0.5", "WS_MAX_SECONDS": "3"}
    )

    assert settings == Settings(ROOT / "other", 9000, 9001, 0.5, 3)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "80.5", "٣"])
def test_what_is_no_port_is_refused_by_name(port: str) -> None:
    with pytest.raises(LocalStackError, match="AWS_PORT"):
        Settings.from_environment({"AWS_PORT": port})


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_what_is_no_time_is_refused_by_name(seconds: str) -> None:
    with pytest.raises(LocalStackError, match="WS_IDLE_SECONDS"):
        Settings.from_environment({"WS_IDLE_SECONDS": seconds})


def test_paths_are_shown_as_they_would_be_typed() -> None:
    settings = Settings.from_environment({})

    assert settings.shown(settings.logs / "aws.log") == ".local/logs/aws.log"
