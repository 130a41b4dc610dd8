"""An open WebSocket connection."""

from datetime import datetime

from conversations.data_classes import dataclass
from conversations.domain.agent_link import AgentLink

BEARER_SUBPROTOCOL = "bearer"
"""The subprotocol by which a browser sends a token: ``Sec-WebSocket-Protocol: bearer, <token>``."""

SESSION_SUBPROTOCOL = "session_token"
"""The subprotocol by which a visitor sends the visitor token, so that it is not in the URL, which proxies log."""

CREDENTIAL_SUBPROTOCOLS = (BEARER_SUBPROTOCOL, SESSION_SUBPROTOCOL)
"""The subprotocols that are followed by a credential. The response confirms the first of these that is offered."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One open WebSocket connection of its owner, from one device or browser tab.

    Attributes
    ----------
    owner
        ``Principal.owner``.
    connection_id
        API Gateway's id of the connection.
    conversation_id
        Bare id of the connection's default conversation, which gets the messages that name no conversation. None for a
        user's connection in the format of AG-UI, whose threads name their conversations.
    opened_at
        When ``$connect`` ran; the connection can be written to a little later.
    expires_at
        When delivery to it ends, because API Gateway closes the connection or its credential expires.
    streams
        Whether it receives answers in pieces while they are generated.
    suggestions_in_messages
        Whether it receives no ``suggestion`` frame with the quick replies of a message.
    agent
        The AG-UI side of the connection; None if it has the frames of this API.
    """

    owner: str
    connection_id: str
    conversation_id: str | None
    opened_at: datetime
    expires_at: datetime
    streams: bool = False
    suggestions_in_messages: bool = False
    agent: AgentLink | None = None
