"""The authorizer of both APIs: from a credential to the caller's principal and usage plan."""

from conversations.bootstrap.authorizer import identity_service, usage_plans
from conversations.entrypoints import authorizer
from conversations.entrypoints.authorizer import Caller, Event, get_header, get_parameter


def authenticate_request(event: Event) -> Caller:
    """Authenticate a REST request by its bearer token."""
    principal = identity_service().authenticate_request(get_header(event, "authorization"))
    return Caller(principal, usage_plans().get_key(principal))


def authenticate_connection(event: Event) -> Caller:
    """Authenticate the handshake of a WebSocket connection; without a credential it is an anonymous visitor."""
    return Caller(
        identity_service().authenticate_socket(
            ticket=get_parameter(event, "ticket"),
            authorization=get_header(event, "authorization"),
            subprotocols=get_header(event, "sec-websocket-protocol"),
            session_token=get_parameter(event, "session_token"),
        )
    )


handler = authorizer.handler(authenticate_request, authenticate_connection)
