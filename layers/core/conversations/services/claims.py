"""Handing a visitor's conversation over to the user they turn out to be."""

from dataclasses import dataclass

from conversations.domain import ids
from conversations.domain import principal as principals
from conversations.domain.conversation import Conversation
from conversations.domain.errors import InvalidRequestError
from conversations.domain.frames import ClaimedFrame
from conversations.domain.ports import Clock, Handover
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_of
from conversations.services.delivery import Delivery


@dataclass(frozen=True, slots=True)
class ClaimService:
    """Hands conversations over."""

    handover: Handover
    delivery: Delivery
    now: Clock

    def claim(self, principal: Principal, session_token: str) -> Conversation:
        """Make the conversation the token opens the caller's, and return it.

        Repeating it changes nothing. The visitor's sockets are told that the way back is closed.

        Raises
        ------
        InvalidRequestError
            If it is no session token.
        NotFoundError
            If it opens no session, or somebody else has claimed it.
        UnavailableError
            If it could not be done; a retry is safe.
        """
        session_id = session_of(session_token)
        conversation = self.handover.hand_over(session_id, hash_of(session_token), principal.owner, self.now())
        frame = ClaimedFrame(session_id=ids.public_session_id(session_id))
        self.delivery.to_devices(principals.visitor(session_id).owner, [frame])
        return conversation


def session_of(session_token: str) -> str:
    """Return the bare id of the session a visitor's token belongs to, whether or not it opens it.

    Raises
    ------
    InvalidRequestError
        If it is no session token.
    """
    session_id = session_token.partition(".")[0]
    try:
        return ids.parse_session_id(ids.public_session_id(session_id))
    except InvalidRequestError:
        raise InvalidRequestError("session_token is not one.", field="session_token") from None
