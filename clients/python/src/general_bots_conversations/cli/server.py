"""Which server the commands use, and as whom."""

import argparse
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx2

from general_bots_conversations.async_client import AsyncClient
from general_bots_conversations.cli.errors import UsageError
from general_bots_conversations.errors import SignedOutError, UnreachableError
from general_bots_conversations.storage import FileStorage
from general_bots_conversations.tokens import TokenProvider

if TYPE_CHECKING:
    from pathlib import Path

URL = "CONVERSATIONS_URL"
TOKEN = "CONVERSATIONS_TOKEN"  # noqa: S105 - the name of a variable
_LOCAL_STACK = "http://localhost:8080"
_RENEW_SECONDS = 60
"""How long before its end a token is replaced."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the server and of the user to a command."""
    group = parser.add_argument_group("server and user (a visitor without --token and --user)")
    group.add_argument("--url", help=f"address of the server; also ${URL} (default: the local stack, {_LOCAL_STACK})")
    group.add_argument("--api-url", help="address of the REST API, if it has an origin of its own")
    group.add_argument("--ws-url", help="address of the WebSocket, if it has an origin of its own")
    group.add_argument("--token", help=f"access token of the user; better in ${TOKEN}, which other users cannot see")
    group.add_argument("--user", metavar="NAME", help="a demo user of a local stack, such as user1")


def create_client(options: argparse.Namespace, *, needs_user: bool = False) -> AsyncClient:
    """Return a client for the options of a command.

    Raises
    ------
    UsageError
        If an option is missing or invalid.
    """
    url = options.url or os.environ.get(URL) or (None if options.api_url else _LOCAL_STACK)
    token = _find_token(options, url)
    if needs_user and token is None:
        raise UsageError(f"This command needs a user: set {TOKEN}, or name a demo user with --user.")
    state: Path | None = getattr(options, "state", None)
    storage = None if state is None else FileStorage(state)
    try:
        return AsyncClient(
            url,
            api_url=options.api_url,
            ws_url=options.ws_url,
            token=token,
            bot_id=getattr(options, "bot", None),
            storage=storage,
            account=options.user or "",
        )
    except ValueError as error:
        raise UsageError(str(error)) from None


def describe_signed_out() -> str:
    """Return what to do if the server rejects the token."""
    return f"The server has rejected the token. Set {TOKEN} to a new one."


def _find_token(options: argparse.Namespace, url: str | None) -> str | TokenProvider | None:
    if options.user is not None:
        if url is None:
            raise UsageError("--user needs --url.")
        return sign_in_demo_user(url, options.user)
    return options.token or os.environ.get(TOKEN) or None


def sign_in_demo_user(url: str, name: str) -> Callable[[bool], str]:
    """Return a function that returns tokens of a demo user of a local stack."""
    token, ends_at = "", 0.0

    def get_token(fresh: bool) -> str:
        nonlocal token, ends_at
        if fresh or time.monotonic() > ends_at:
            token, lifetime = _request_demo_token(url, name)
            ends_at = time.monotonic() + lifetime - _RENEW_SECONDS
        return token

    return get_token


def _request_demo_token(url: str, name: str) -> tuple[str, float]:
    try:
        response = httpx2.post(f"{url.rstrip('/')}/demo/token", json={"username": name}, trust_env=False)
        body = response.json() if response.is_success else {}
    except (httpx2.HTTPError, ValueError):
        raise UnreachableError("The server does not answer.") from None
    if "token" not in body:
        raise SignedOutError
    return str(body["token"]), float(body["expires_in"])
