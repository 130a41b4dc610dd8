"""The caller: serialized into the authorizer's context, which API Gateway adds to every request, and read back."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from conversations.domain.errors import UnauthorizedError
from conversations.domain.principal import Principal


def to_context(principal: Principal) -> dict[str, str]:
    """Serialize the principal as an authorizer's context, whose values must be strings."""
    context = {"owner": principal.owner}
    if principal.expires_at is not None:
        context["expires_at"] = str(int(principal.expires_at.timestamp()))
    if principal.conversation_id is not None:
        context["session_id"] = principal.conversation_id
    if principal.token_hash is not None:
        context["token_hash"] = principal.token_hash
    if principal.groups:
        context["groups"] = json.dumps(sorted(principal.groups))
    return context


def get_valid_principal(event: Mapping[str, Any], now: datetime) -> Principal:
    """Return the authenticated caller.

    Raises
    ------
    UnauthorizedError
        If the caller is not authenticated, or the token has expired since.
    """
    principal = principal_from_context(event)
    principal.require_valid(now)
    return principal


def principal_from_context(event: Mapping[str, Any]) -> Principal:
    """Return the authenticated caller, also if the token has expired since.

    Raises
    ------
    UnauthorizedError
        If the caller is not authenticated.
    """
    context = event["requestContext"].get("authorizer") or {}
    if "owner" not in context:
        raise UnauthorizedError("Authentication required.")
    expires_at = context.get("expires_at")
    return Principal(
        owner=context["owner"],
        expires_at=None if expires_at is None else datetime.fromtimestamp(int(expires_at), UTC),
        conversation_id=context.get("session_id"),
        groups=frozenset(json.loads(context.get("groups", "[]"))),
        token_hash=context.get("token_hash"),
    )
