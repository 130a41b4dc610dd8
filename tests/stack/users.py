"""Users of a stack: each has limits of its own."""

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3

from local.users import generate_password

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

type Stack = dict[str, Any]


def sign_up(stack: Stack, *groups: str) -> str:
    """Create a user in some groups, and return the access token."""
    name, password = f"test-{uuid4()}", generate_password()
    cognito, pool = _cognito(stack["region"], stack.get("aws_endpoint")), stack["cognito"]["user_pool_id"]
    cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
    for group in groups:
        with suppress(cognito.exceptions.GroupExistsException):
            cognito.create_group(UserPoolId=pool, GroupName=group)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
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
