"""Users of a stack: each has limits of its own."""

from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3

from general_bots_conversations.user_pool import UserPool, generate_password

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

type Stack = dict[str, Any]


def sign_up(stack: Stack, *groups: str) -> str:
    """Create a user in some groups, and return the access token."""
    name, password = f"test-{uuid4()}", generate_password()
    cognito = _cognito(stack["region"], stack.get("aws_endpoint"))
    pool = UserPool(cognito, stack["cognito"]["user_pool_id"])
    pool.create(name, password)
    for group in groups:
        pool.add_to_group(name, group)
    response = cognito.initiate_auth(
        ClientId=stack["cognito"]["client_id"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    return response["AuthenticationResult"]["AccessToken"]


@cache
def _cognito(region: str, endpoint: str | None) -> "CognitoIdentityProviderClient":
    """Return a client of the stack's account; a local stack accepts any credentials."""
    if endpoint is None:
        return boto3.client("cognito-idp", region_name=region)
    return boto3.client(
        "cognito-idp",
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
