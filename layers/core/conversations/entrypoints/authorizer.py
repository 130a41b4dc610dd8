"""What a Lambda authorizer is asked and what it answers (API Gateway, "Output from a Lambda authorizer")."""

from collections.abc import Mapping
from typing import Any

from conversations.domain.principal import Principal
from conversations.entrypoints import callers

type Event = Mapping[str, Any]


def is_socket(event: Event) -> bool:
    """Tell whether a socket is being opened, rather than a REST request made."""
    return "connectionId" in event["requestContext"]


def get_header(event: Event, name: str) -> str | None:
    """Return a header; its name, in lower case, is looked up as HTTP does: whatever the case."""
    headers = event.get("headers") or {}
    return next((value for given, value in headers.items() if given.lower() == name), None)


def get_parameter(event: Event, name: str) -> str | None:
    """Return a parameter of the query string."""
    value: str | None = (event.get("queryStringParameters") or {}).get(name)
    return value


def allow(event: Event, principal: Principal, *, usage_plan_key: str | None = None) -> dict[str, Any]:
    """Let the principal in.

    The whole stage is allowed and not only what was asked for, because the answer is cached for every method.
    """
    policy = _policy(event, "Allow", principal.owner) | {"context": callers.to_context(principal)}
    return policy if usage_plan_key is None else policy | {"usageIdentifierKey": usage_plan_key}


def deny(event: Event) -> dict[str, Any]:
    """Let nobody in."""
    return _policy(event, "Deny", "nobody")


def _policy(event: Event, effect: str, principal_id: str) -> dict[str, Any]:
    api, stage = event["methodArn"].split("/")[:2]
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{api}/{stage}/*"}
    return {"principalId": principal_id, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
