"""Storage of messages."""

from datetime import datetime
from typing import Protocol

from conversations.domain import ids
from conversations.domain.conversation import Conversation, TurnRoute
from conversations.domain.message import Draft, Message, Rating
from conversations.domain.page import Page
from conversations.domain.principal import Principal


class MessageStore(Protocol):
    """The messages of conversations."""

    def get_route(self, principal: Principal, conversation_id: str, now: datetime) -> TurnRoute:
        """Return who answers the conversation, from the cache after a recent ``append``.

        ``waits`` may still be False after it has changed: the worker of the turn queue forwards the job then.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation. A cached conversation is not checked; ``append`` checks it.
        UnavailableError
            If the store does not answer.
        """
        ...

    def append(self, principal: Principal, conversation_id: str, draft: Draft, now: datetime) -> Message:
        """Store the draft with the next sequence number, and return the message.

        A draft whose ``client_message_id`` was used within 24 hours, with the same content, returns the message that
        was stored then. Of a message that was redacted no content is compared: the id alone identifies it.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation (``authorization.require_access``).
        ConflictError
            If the conversation is archived, or the ``client_message_id`` was used for different content.
        UnavailableError
            If the store does not answer, or concurrent writes won every time; a retry is safe.
        """
        ...

    def get_page(self, conversation: Conversation, *, first: str, last: str, newest: bool, limit: int) -> Page[Message]:
        """Return up to ``limit`` messages with ids from ``first`` to ``last``, oldest first.

        The page has fewer messages if they are large: its cost is bounded.

        Parameters
        ----------
        conversation
            The conversation.
        first, last
            Bounds of the id range, inclusive.
        newest
            Whether to take the newest messages of the range, or the oldest; ``has_more`` is about the rest of it.
        limit
            Maximum number of messages.
        """
        ...

    def read_messages(
        self, conversation: Conversation, *, first: str, last: str, newest: bool, limit: int
    ) -> Page[Message]:
        """Return what ``get_page`` returns, with ``limit`` messages however large they are, by several reads."""
        messages: tuple[Message, ...] = ()
        while True:
            page = self.get_page(conversation, first=first, last=last, newest=newest, limit=limit - len(messages))
            messages = (*page.items, *messages) if newest else (*messages, *page.items)
            if not page.has_more or len(messages) == limit:
                return Page(items=messages, has_more=page.has_more)
            if newest:
                last = ids.get_previous_id(messages[0].id)
            else:
                first = ids.get_next_id(messages[-1].id)


class RatingStore(Protocol):
    """The ratings of the bot's messages."""

    def set_rating(self, conversation: Conversation, message_id: str, rating: Rating | None, now: datetime) -> None:
        """Store the rating of a message of the bot with the message; None removes it. Idempotent.

        Raises
        ------
        NotFoundError
            If there is no such message of the bot any more, or the conversation has ended or got another owner.
        UnavailableError
            If the store does not answer, or concurrent writes won every time; a retry is safe.
        """
        ...
