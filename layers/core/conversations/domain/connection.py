"""An open WebSocket connection."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Connection:
    """One open socket: a device of its owner.

    Attributes
    ----------
    owner
        ``Principal.owner``.
    connection_id
        API Gateway's id of the socket.
    session_id
        Bare id of the socket's own conversation: where messages go that name none.
    opened_at
        When ``$connect`` ran; the socket can be written to a little later.
    expires_at
        From when on it is told nothing: API Gateway will have closed it, or its credential has run out.
    """

    owner: str
    connection_id: str
    session_id: str
    opened_at: datetime
    expires_at: datetime
