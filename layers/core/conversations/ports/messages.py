"""Storage of messages."""

from datetime import datetime
from typing import Protocol

from conversations.domain.conversation import Conversation
from conversations.domain.message import Draft, Message
from conversations.domain.page import Page
from conversations.domain.principal import Principal


class MessageStore(Protocol):
    """The messages of a conversation."""

    def bot_of(self, principal: Principal, session_id: str, now: datetime) -> str:
        """Return the id of the bot a conversation is with; costs nothing where ``append`` has been lately.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation, unless that is not known yet: then ``append`` says so.
        UnavailableError
            If the store does not answer.
        """
        ...

    def append(self, principal: Principal, session_id: str, draft: Draft, now: datetime) -> Message:
        """Give the draft its place in the conversation, store it once, and return it as stored.

        The same ``client_message_id`` with the same content returns what was stored the first time, for 24 hours, also
        if the bot has not kept what it said.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation (``access.require_access``).
        ConflictError
            If it is archived, or the ``client_message_id`` was used for another content.
        UnavailableError
            If the store does not answer, or too many write at once; a retry is safe.
        """
        ...

    def page(self, conversation: Conversation, *, first: str, last: str, newest: bool, limit: int) -> Page[Message]:
        """Return up to ``limit`` messages with ids from ``first`` to ``last``, oldest first.

        ``newest`` takes them from the new end of the range, else from the old end; ``has_more`` speaks of the rest of
        the range.
        """
        ...
