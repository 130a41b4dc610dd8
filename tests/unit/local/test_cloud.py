"""What is written down of a deployment to AWS."""

import pytest

from local.cloud import describe, read_configuration
from local.errors import LocalStackError


def test_the_default_environment_can_be_deployed() -> None:
    configuration = read_configuration("default")

    assert configuration["stack_name"]
    assert configuration["region"]


@pytest.mark.parametrize("environment", ["local", "nowhere"])
def test_only_environments_of_aws_are_deployed_to(environment: str) -> None:
    with pytest.raises(LocalStackError, match=environment):
        read_configuration(environment)


def test_a_deployment_is_described_like_a_local_stack() -> None:
    outputs = {"RestApiUrl": "https://rest", "WebSocketUrl": "wss://socket"}

    description = describe(outputs, "eu-west-1")

    assert description["api_url"] == "https://rest"
    assert description["ws_url"] == "wss://socket"
    assert description["cognito"] == {"user_pool_id": None, "client_id": None}
