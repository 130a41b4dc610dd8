"""Handing a visitor's conversation over to the user they turn out to be."""

from dataclasses import dataclass

from conversations.contract.server_frames import ClaimedFrame
from conversations.domain import ids
from conversations.domain.conversation import Conversation
from conversations.domain.errors import InvalidRequestError
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from conversations.ports.clock import Clock
from conversations.ports.conversations import ClaimStore
from conversations.services.fan_out import FanOut


@dataclass(frozen=True, slots=True)
class ClaimService:
    """Hands conversations over."""

    claims: ClaimStore
    fan_out: FanOut
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
        session_id = parse_session_token(session_token)
        conversation = self.claims.claim(session_id, hash_secret(session_token), principal.owner, self.now())
        frame = ClaimedFrame(session_id=ids.format_session_id(session_id))
        self.fan_out.send_to_owner(principal.visitor_principal(session_id).owner, [frame])
        return conversation


def parse_session_token(session_token: str) -> str:
    """Return the bare id of the session a visitor's token belongs to, whether or not it opens it.

    Raises
    ------
    InvalidRequestError
        If it is no session token.
    """
    session_id = session_token.partition(".")[0]
    try:
        return ids.parse_session_id(ids.format_session_id(session_id))
    except InvalidRequestError:
        raise InvalidRequestError("session_token is not one.", field="session_token") from None
