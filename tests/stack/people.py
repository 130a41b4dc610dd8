"""Users of a stack, as many as a test needs: everybody has limits of their own."""

from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3

from local.users import generate_password

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

type Stack = dict[str, Any]


def sign_up(stack: Stack) -> str:
    """Make a user nobody has seen before and return their access token."""
    name, password = f"test-{uuid4()}", generate_password()
    cognito, pool = _cognito(stack["region"], stack.get("aws_endpoint")), stack["cognito"]["user_pool_id"]
    cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
    answer = cognito.initiate_auth(
        ClientId=stack["cognito"]["client_id"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    return answer["AuthenticationResult"]["AccessToken"]


@cache
def _cognito(region: str, endpoint: str | None) -> "CognitoIdentityProviderClient":
    """Return a client of the account the stack is in; a local stack takes any credentials."""
    if endpoint is None:
        return boto3.client("cognito-idp", region_name=region)
    return boto3.client(
        "cognito-idp",
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
