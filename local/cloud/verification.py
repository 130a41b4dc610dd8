"""The smoke test after a deployment: the website, the calls of a user, and a visitor's socket."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import boto3
import httpx
from websockets.exceptions import WebSocketException

from general_bots_conversations.user_pool import generate_password
from local.cloud.environments import Environment
from local.errors import LocalStackError
from tools.smoke import rest_checks, socket_checks
from tools.smoke.deployment import CheckFailedError, Deployment, expect


def verify(environment: Environment, outputs: dict[str, str], token: str | None) -> None:
    """Call the deployment from outside.

    Parameters
    ----------
    environment, outputs
        The deployment.
    token
        The access token of a user, if users are not in the stack's user pool.

    Raises
    ------
    LocalStackError
        If it does not answer as it should.
    """
    with _create_token(environment, outputs, token) as credential:
        deployment = _describe(outputs, credential)
        checks: dict[str, Callable[[], None]] = {
            "health": lambda: rest_checks.check_health(deployment),
            "socket of a visitor": lambda: socket_checks.check_visitor(deployment),
        }
        if credential:
            checks["list"] = lambda: _check_list(deployment)
            checks["start, message and history"] = lambda: rest_checks.check_conversation(deployment)
        if "DistributionDomainName" in outputs:
            checks["page"] = lambda: check_page(f"https://{outputs['DistributionDomainName']}")
        try:
            failures = list(_run(checks))
        finally:
            deployment.delete_conversations()
    if failures:
        raise LocalStackError(f"The stack is deployed, but these checks failed: {', '.join(failures)}.")


def check_page(url: str) -> None:
    """Check that the page is served with its headers."""
    response = httpx.get(f"{url}/", timeout=30)
    expect(response.is_success, f"the page: {response.status_code}")
    expect("trusted-types" in response.headers.get("content-security-policy", ""), "the page has no policy")
    expect(httpx.get(f"{url}/config.json", timeout=30).json()["api_url"] == "/api", "config.json is another file")


def _run(checks: dict[str, Callable[[], None]]) -> Iterator[str]:
    """Run all checks, and yield the names of those that fail."""
    for name, check in checks.items():
        try:
            check()
        except (CheckFailedError, httpx.HTTPError, WebSocketException, OSError, ValueError) as error:
            print(f"  FAILED {name}: {error}")
            yield name
        else:
            print(f"  ok     {name}", flush=True)


def _check_list(deployment: Deployment) -> None:
    expect("conversations" in deployment.call("GET", "/conversations"), "the list has another shape")


def _describe(outputs: dict[str, str], token: str) -> Deployment:
    """Describe the deployment at the distribution's own domain: records of another may not be known yet."""
    domain = outputs.get("DistributionDomainName")
    if domain is None:
        return Deployment(outputs["RestApiUrl"], outputs["WebSocketUrl"], token)
    return Deployment(f"https://{domain}/api", f"wss://{domain}/ws", token)


@contextmanager
def _create_token(environment: Environment, outputs: dict[str, str], token: str | None) -> Iterator[str]:
    """Yield the token, or that of a user of the stack's pool who exists for this time only."""
    if token or "UserPoolId" not in outputs:
        yield token or ""
        return
    client = boto3.client("cognito-idp", region_name=environment.region)
    pool = outputs["UserPoolId"]
    name, password = f"smoke-{secrets.token_hex(4)}", generate_password()
    client.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    try:
        client.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
        result = client.initiate_auth(
            ClientId=outputs["UserPoolClientId"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )
        yield result["AuthenticationResult"]["AccessToken"]
    finally:
        client.admin_delete_user(UserPoolId=pool, Username=name)
