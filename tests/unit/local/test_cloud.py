"""Configuration and description of a deployment to AWS."""

import pytest

from local.cloud import describe_deployment, read_configuration
from local.errors import LocalStackError


def test_default_environment_has_a_configuration() -> None:
    configuration = read_configuration("default")

    assert configuration["stack_name"]
    assert configuration["region"]


@pytest.mark.parametrize("environment", ["local", "nowhere"])
def test_unknown_and_local_environments_are_refused(environment: str) -> None:
    with pytest.raises(LocalStackError, match=environment):
        read_configuration(environment)


def test_description_has_the_format_of_a_local_stack() -> None:
    outputs = {"RestApiUrl": "https://rest", "WebSocketUrl": "wss://socket"}

    description = describe_deployment(outputs, "eu-west-1")

    assert description["api_url"] == "https://rest"
    assert description["ws_url"] == "wss://socket"
    assert description["cognito"] == {"user_pool_id": None, "client_id": None}
