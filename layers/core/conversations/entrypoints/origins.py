"""The ``Origin`` of a handshake: the site whose page opens a WebSocket. Browsers send it, and CORS does not apply."""

from collections.abc import Collection

from conversations.domain.errors import ForbiddenError
from conversations.domain.principal import Principal
from conversations.entrypoints.authorizer import Event, get_header


def require_allowed_origin(event: Event, principal: Principal, allowed_origins: Collection[str]) -> None:
    """Refuse an anonymous connection from a page of a site that is not listed.

    Users prove with their token that their site may connect. Without a list every site may.

    Raises
    ------
    ForbiddenError
        If the handshake has an ``Origin`` that is not listed.
    """
    origin = get_header(event, "origin")
    # safeguard: anonymous-origin
    if principal.anonymous and allowed_origins and origin is not None and origin not in allowed_origins:
        raise ForbiddenError("Pages of this origin cannot open anonymous connections.")
