"""Requests to stop an answer that is being generated, and transfers of its conversation to another owner.

A running turn reads them together with the devices to which it streams its answer.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from conversations.data_classes import dataclass
from conversations.domain.connection import Connection

SIGNAL_LIFETIME = timedelta(minutes=10)
"""How long a stop request or a transfer is valid: longer than any turn, with its retries after a crash."""


@dataclass(frozen=True, slots=True)
class StopRequest:
    """A request to end an answer that is being generated.

    Attributes
    ----------
    turn_id
        Id of the turn that generates it (``turn.get_turn_id``).
    message_id
        Bare id of the message to stop; None for whichever the turn is generating.
    expires_at
        When it becomes invalid.
    """

    turn_id: str
    message_id: str | None
    expires_at: datetime

    def stops(self, turn_id: str, message_ids: Collection[str], now: datetime) -> bool:
        """Return whether it stops a turn that has generated these messages so far."""
        # safeguard: stop-stale
        is_named = self.turn_id == turn_id and (self.message_id is None or self.message_id in message_ids)
        return is_named and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Transfer:
    """The transfer of a conversation to another owner, by a claim.

    Attributes
    ----------
    conversation_id
        Bare id of the conversation.
    owner
        ``Principal.owner`` of the new owner.
    expires_at
        When it becomes invalid.
    """

    conversation_id: str
    owner: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AnswerControls:
    """Everything that a running turn reads at once about an owner: devices, stop requests and transfers."""

    connections: tuple[Connection, ...] = ()
    stop_requests: tuple[StopRequest, ...] = ()
    transfers: tuple[Transfer, ...] = ()
