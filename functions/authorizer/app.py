"""The authorizer of both APIs: from a credential to the caller's principal and usage plan."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations import bootstrap
from conversations.config import identity_settings
from conversations.domain.errors import UnauthorizedError
from conversations.domain.principal import Principal
from conversations.entrypoints import authorizer

logger = Logger()


@logger.inject_lambda_context(correlation_id_path="requestContext.requestId", clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answer with a policy; refuse a socket the way API Gateway turns into 401."""
    if authorizer.is_socket(event):
        return _socket(event)
    return _request(event)


def _request(event: dict[str, Any]) -> dict[str, Any]:
    try:
        principal = bootstrap.identity_service().authenticate_request(authorizer.get_header(event, "authorization"))
    except UnauthorizedError:
        logger.info("denied")
        # A denial is cached by API Gateway, an exception is not; the gateway response makes it a 401.
        return authorizer.deny(event)
    logger.info("allowed")
    return authorizer.allow(event, principal, usage_plan_key=_plan_key(principal))


def _plan_key(principal: Principal) -> str:
    """Return the key of the caller's tier; each tier has one usage plan with one key."""
    told = identity_settings()
    tier = "partner" if told.partner_group in principal.groups else "free"
    return f"{tier}-{told.plan_key_suffix}"


def _socket(event: dict[str, Any]) -> dict[str, Any]:
    try:
        principal = bootstrap.identity_service().authenticate_socket(
            ticket=authorizer.get_parameter(event, "ticket"),
            authorization=authorizer.get_header(event, "authorization"),
            subprotocols=authorizer.get_header(event, "sec-websocket-protocol"),
            session_token=authorizer.get_parameter(event, "session_token"),
        )
    except UnauthorizedError:
        logger.info("denied")
        # The one way to a 401 handshake: a policy that denies makes it 403.
        raise Exception("Unauthorized") from None  # noqa: TRY002 - API Gateway looks for this very text
    logger.info("allowed", anonymous=principal.anonymous)
    return authorizer.allow(event, principal)
