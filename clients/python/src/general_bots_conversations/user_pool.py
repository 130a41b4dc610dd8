"""The users of a deployment, in its Cognito user pool."""

import secrets
import string
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class User:
    """A user of the pool; ``email`` is None without one."""

    name: str
    email: str | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class UserPool:
    """A user pool. Its methods raise the errors of boto3.

    Attributes
    ----------
    client
        The boto3 client ``cognito-idp``. This package does not depend on boto3: the extra ``aws`` installs it.
    name
        The id of the pool: the stack output ``UserPoolId``.
    """

    client: Any
    name: str

    def create(self, username: str, password: str, *, email: str | None = None) -> bool:
        """Create a user with a permanent password, or set the password of an existing one; return whether it is new.

        No message is sent to the user.
        """
        attributes = (
            [] if email is None else [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        )
        try:
            self.client.admin_create_user(
                UserPoolId=self.name, Username=username, UserAttributes=attributes, MessageAction="SUPPRESS"
            )
            is_new = True
        except self.client.exceptions.UsernameExistsException:
            is_new = False
        self.set_password(username, password)
        return is_new

    def set_password(self, username: str, password: str) -> None:
        """Set a permanent password."""
        self.client.admin_set_user_password(UserPoolId=self.name, Username=username, Password=password, Permanent=True)

    def list_users(self) -> Iterator[User]:
        """Yield all users."""
        for page in self.client.get_paginator("list_users").paginate(UserPoolId=self.name):
            for user in page["Users"]:
                attributes = {item["Name"]: item.get("Value") for item in user.get("Attributes", [])}
                yield User(user["Username"], attributes.get("email"), user.get("Enabled", True))

    def list_groups(self, username: str) -> list[str]:
        """Return the groups of a user."""
        pages = self.client.get_paginator("admin_list_groups_for_user").paginate(
            UserPoolId=self.name, Username=username
        )
        return [group["GroupName"] for page in pages for group in page["Groups"]]

    def add_to_group(self, username: str, group: str) -> None:
        """Add a user to a group, which is created if it does not exist."""
        with suppress(self.client.exceptions.GroupExistsException):
            self.client.create_group(UserPoolId=self.name, GroupName=group)
        self.client.admin_add_user_to_group(UserPoolId=self.name, Username=username, GroupName=group)

    def remove_from_group(self, username: str, group: str) -> None:
        """Remove a user from a group."""
        self.client.admin_remove_user_from_group(UserPoolId=self.name, Username=username, GroupName=group)

    def delete(self, username: str) -> None:
        """Delete a user, but not what the API has stored about them: ``DELETE /me`` does, while they can sign in."""
        self.client.admin_delete_user(UserPoolId=self.name, Username=username)


def generate_password() -> str:
    """Return a random password that satisfies the policy of the user pool."""
    return "".join(secrets.choice(_LETTERS) for _ in range(14)) + "aA1"
