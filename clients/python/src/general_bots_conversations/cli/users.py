"""``conversations users``: the users of a deployment."""

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from general_bots_conversations.cli.errors import UsageError
from general_bots_conversations.user_pool import UserPool, generate_password

FindStack: TypeAlias = Callable[[], Path | None]

_STACK = "STACK_JSON"


def find_stack() -> Path | None:
    """Return the description of a stack: a file with its region and its user pool."""
    name = os.environ.get(_STACK)
    return Path(name) if name else None


def add_commands(parser: argparse.ArgumentParser, find_stack: FindStack) -> None:
    """Add the commands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="create a user, or set the password of an existing one")
    create.add_argument("--email", help="the e-mail address, which counts as verified")
    create.add_argument("--group", action="append", default=[], help="a group, such as partner")
    password = commands.add_parser("password", help="set the password of a user")
    groups = commands.add_parser("groups", help="show the groups of a user, and change them")
    groups.add_argument("--add", action="append", default=[], metavar="GROUP", help="created if it does not exist")
    groups.add_argument("--remove", action="append", default=[], metavar="GROUP")
    delete = commands.add_parser("delete", help="delete a user, who should have deleted the conversations before")
    listing = commands.add_parser("list", help="list the users with their groups")
    for command, action in (
        (create, _create),
        (password, _set_password),
        (groups, _change_groups),
        (delete, _delete),
        (listing, _list),
    ):
        if command is not listing:
            command.add_argument("name", metavar="NAME", help="the name of the user")
        if command in (create, password):
            command.add_argument("--ask", action="store_true", help="ask for the password instead of generating one")
        group = command.add_argument_group(f"user pool (default: that of the stack described in ${_STACK})")
        group.add_argument("--user-pool-id", help="the stack output UserPoolId; the region is its first part")
        group.add_argument("--endpoint-url", help="the URL of an AWS emulator (default: AWS)")
        command.set_defaults(command=_run, action=action, find_stack=find_stack)


def _run(options: argparse.Namespace) -> int:
    try:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - boto3 is an extra of the package
    except ImportError:
        raise UsageError("This command needs boto3: pip install 'conversations-client[aws]'") from None
    try:
        options.action(_find_pool(options), options)
    except (BotoCoreError, ClientError) as error:
        print(f"AWS error: {error}", file=sys.stderr)
        return 1
    return 0


def _find_pool(options: argparse.Namespace) -> UserPool:
    import boto3  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 - an extra of the package

    name, endpoint = options.user_pool_id, options.endpoint_url
    if name is None:
        stack = _read_stack(options.find_stack())
        name, endpoint = stack["cognito"]["user_pool_id"], stack.get("aws_endpoint")
    region = name.partition("_")[0]
    # An emulator accepts any credentials; without them, boto3 looks for real ones.
    key = None if endpoint is None else "local"
    session = boto3.Session(aws_access_key_id=key, aws_secret_access_key=key, region_name=region)
    return UserPool(session.client("cognito-idp", endpoint_url=endpoint), name)


def _read_stack(file: Path | None) -> dict[str, Any]:
    if file is None or not file.exists():
        raise UsageError(
            f"Name the user pool with --user-pool-id, or start the local stack with `make up` (${_STACK})."
        )
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _create(pool: UserPool, options: argparse.Namespace) -> None:
    password = _choose_password(options)
    is_new = pool.create(options.name, password, email=options.email)
    for group in options.group:
        pool.add_to_group(options.name, group)
    print(f"{'created' if is_new else 'password set'}: {options.name}")
    _show_password(options, password)


def _set_password(pool: UserPool, options: argparse.Namespace) -> None:
    password = _choose_password(options)
    pool.set_password(options.name, password)
    print(f"password set: {options.name}")
    _show_password(options, password)


def _change_groups(pool: UserPool, options: argparse.Namespace) -> None:
    for group in options.add:
        pool.add_to_group(options.name, group)
    for group in options.remove:
        pool.remove_from_group(options.name, group)
    print(f"{options.name}: {', '.join(pool.list_groups(options.name)) or 'no groups'}")


def _delete(pool: UserPool, options: argparse.Namespace) -> None:
    pool.delete(options.name)
    print(f"deleted: {options.name}")


def _list(pool: UserPool, _options: argparse.Namespace) -> None:
    for user in pool.list_users():
        words = [user.name, user.email or "-", ",".join(pool.list_groups(user.name)) or "-"]
        print("\t".join(words if user.enabled else [*words, "disabled"]))


def _choose_password(options: argparse.Namespace) -> str:
    return getpass.getpass("Password: ") if options.ask else generate_password()


def _show_password(options: argparse.Namespace, password: str) -> None:
    if not options.ask:
        print(f"password: {password}")
        print("This password is shown only once.", file=sys.stderr)
