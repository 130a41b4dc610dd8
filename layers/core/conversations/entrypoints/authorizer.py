"""The input and the output of a Lambda authorizer (API Gateway, "Output from a Lambda authorizer")."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations.data_classes import dataclass
from conversations.domain.errors import UnauthorizedError
from conversations.domain.principal import Principal
from conversations.entrypoints import callers

type Event = Mapping[str, Any]
type Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

logger = Logger()


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller, and the key of the usage plan for REST requests."""

    principal: Principal
    usage_plan_key: str | None = None


def handler(
    authenticate_request: Callable[[Event], Caller], authenticate_connection: Callable[[Event], Caller]
) -> Handler:
    """Return the Lambda handler of the authorizer of both APIs.

    Parameters
    ----------
    authenticate_request
        Returns the caller of a REST request, or raises ``UnauthorizedError``.
    authenticate_connection
        Returns the caller that opens a WebSocket connection, or raises ``UnauthorizedError``.
    """

    @logger.inject_lambda_context(correlation_id_path="requestContext.requestId", clear_state=True)
    def handle(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
        is_connection = is_socket(event)
        try:
            caller = (authenticate_connection if is_connection else authenticate_request)(event)
        except UnauthorizedError:
            logger.info("denied")
            if is_connection:
                # The only way to a 401 handshake: a policy that denies makes it 403.
                raise Exception("Unauthorized") from None  # noqa: TRY002 - API Gateway looks for exactly this text
            # API Gateway caches a denial and not an exception; the gateway response makes it a 401.
            return deny(event)
        logger.info("allowed", anonymous=caller.principal.anonymous)
        return allow(event, caller.principal, usage_plan_key=caller.usage_plan_key)

    return handle


def is_socket(event: Event) -> bool:
    """Return whether the event opens a WebSocket connection; otherwise it is a REST request."""
    return "connectionId" in event["requestContext"]


def get_header(event: Event, name: str) -> str | None:
    """Return a header by its name in lower case; header names are case-insensitive."""
    headers = event.get("headers") or {}
    return next((value for header, value in headers.items() if header.lower() == name), None)


def get_parameter(event: Event, name: str) -> str | None:
    """Return a parameter of the query string."""
    value: str | None = (event.get("queryStringParameters") or {}).get(name)
    return value


def allow(event: Event, principal: Principal, *, usage_plan_key: str | None = None) -> dict[str, Any]:
    """Return a policy that allows the principal.

    It allows the complete stage and not only this method, because API Gateway caches it for all methods.
    """
    policy = _policy(event, "Allow", principal.owner) | {"context": callers.to_context(principal)}
    return policy if usage_plan_key is None else policy | {"usageIdentifierKey": usage_plan_key}


def deny(event: Event) -> dict[str, Any]:
    """Return a policy that denies the caller."""
    return _policy(event, "Deny", "anonymous")


def _policy(event: Event, effect: str, principal_id: str) -> dict[str, Any]:
    api, stage = event["methodArn"].split("/")[:2]
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{api}/{stage}/*"}
    return {"principalId": principal_id, "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
