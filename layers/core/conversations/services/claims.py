"""Claiming: the transfer of a visitor's conversation to the user who has signed in."""

from contextlib import suppress

from conversations.contract.server_frames import ClaimedFrame
from conversations.data_classes import dataclass
from conversations.domain import ids, visitor_token
from conversations.domain.answer_control import SIGNAL_LIFETIME, Transfer
from conversations.domain.conversation import Conversation
from conversations.domain.errors import UnavailableError
from conversations.domain.principal import Principal, visitor_principal
from conversations.domain.secrets import hash_secret
from conversations.ports.clock import Clock
from conversations.ports.conversations import ClaimStore
from conversations.ports.drive import DriveStore
from conversations.ports.websocket import ConnectionStore
from conversations.services.fan_out import FanOut


@dataclass(frozen=True, slots=True)
class ClaimService:
    """Transfers conversations from visitors to users."""

    claims: ClaimStore
    drive: DriveStore
    connections: ConnectionStore
    fan_out: FanOut
    now: Clock

    def claim(self, principal: Principal, session_token: str) -> Conversation:
        """Transfer the token's conversation to the caller, and return it.

        Idempotent. The visitor's connections are notified and closed, and the visitor token is no longer valid.

        Raises
        ------
        InvalidRequestError
            If ``session_token`` is malformed.
        NotFoundError
            If the token is not valid, or another user has claimed the conversation.
        UnavailableError
            If the transfer failed; a retry is safe.
        """
        conversation_id = visitor_token.parse(session_token)
        conversation = self.claims.claim(conversation_id, hash_secret(session_token), principal.owner, self.now())
        # safeguard: claim-transfers-files
        self.drive.transfer(visitor_principal(conversation_id).owner, principal.owner)
        self._transfer_answer(visitor_principal(conversation_id).owner, conversation)
        frame = ClaimedFrame(session_id=ids.format_session_id(conversation_id))
        # safeguard: claim-notifies
        self.fan_out.close_all(visitor_principal(conversation_id).owner, frame)
        return conversation

    def _transfer_answer(self, visitor: str, conversation: Conversation) -> None:
        """Let an answer that is being generated continue on the user's devices; at its end it is delivered there."""
        if conversation.is_answering:
            transfer = Transfer(conversation.id, conversation.owner, self.now() + SIGNAL_LIFETIME)
            # A claim does not fail because of that.
            with suppress(UnavailableError):
                # safeguard: claim-transfers-answer
                self.connections.add_transfer(visitor, transfer)
