"""The two demo users of the local stack."""

import json
import secrets
import string
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.aws import Deployment, create_session
from local.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

NAMES = ("user1", "user2")
_PARTNERS = "partner"
_LETTERS = string.ascii_letters + string.digits


def ensure_users(settings: Settings, deployment: Deployment) -> dict[str, dict[str, str]]:
    """Create the demo users if they do not exist. Return them with their passwords."""
    users = {
        name: {"username": name, "password": password}
        for name, password in _load_passwords(settings.directory / "passwords.json").items()
    }
    client = create_session().client("cognito-idp", endpoint_url=settings.aws_endpoint)
    pool = deployment.outputs["UserPoolId"]
    for user in users.values():
        _ensure_user(client, pool, **user)
    _ensure_partner(client, pool, NAMES[-1])
    return users


def _ensure_user(client: "CognitoIdentityProviderClient", pool: str, username: str, password: str) -> None:
    try:
        client.admin_create_user(UserPoolId=pool, Username=username, MessageAction="SUPPRESS")
    except ClientError as error:
        if error.response["Error"]["Code"] != "UsernameExistsException":
            raise
    client.admin_set_user_password(UserPoolId=pool, Username=username, Password=password, Permanent=True)


def _ensure_partner(client: "CognitoIdentityProviderClient", pool: str, username: str) -> None:
    """Add a user to the partner group, so that both tiers can be tried."""
    with suppress(client.exceptions.GroupExistsException):
        client.create_group(UserPoolId=pool, GroupName=_PARTNERS)
    client.admin_add_user_to_group(UserPoolId=pool, Username=username, GroupName=_PARTNERS)


def _load_passwords(file: Path) -> dict[str, str]:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps({name: generate_password() for name in NAMES}))
    return dict(json.loads(file.read_text()))


def generate_password() -> str:
    """Return a random password that satisfies the policy of the user pool."""
    return "".join(secrets.choice(_LETTERS) for _ in range(14)) + "aA1"
