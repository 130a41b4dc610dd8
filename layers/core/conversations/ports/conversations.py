"""Storage of conversations, of visitors' tokens and of claims."""

from datetime import datetime
from typing import Protocol

from conversations.domain.conversation import (
    Conversation,
    ConversationStatus,
    ConversationSummary,
    ListFilter,
    ListPosition,
)
from conversations.domain.message import Message
from conversations.domain.page import Page


class ConversationStore(Protocol):
    """The conversations themselves."""

    def create(self, conversation: Conversation, first_message: Message | None = None) -> None:
        """Store a new conversation, with its first message if it has one, all or nothing.

        Raises
        ------
        ConflictError
            If a conversation with this id exists.
        UnavailableError
            If the store does not answer.
        """
        ...

    def get(self, session_id: str) -> Conversation | None:
        """Return the conversation as last written, whoever owns it, expired or not; None if there is none."""
        ...

    def newest_active(self, owner: str, bot_id: str) -> str | None:
        """Return the id of the owner's active conversation with the bot that was used last, None if there is none."""
        ...

    def list_by_owner(
        self, owner: str, matching: ListFilter, *, limit: int, offset: int = 0, after: ListPosition | None = None
    ) -> Page[ConversationSummary]:
        """Return up to ``limit`` of the owner's conversations, last used first.

        Parameters
        ----------
        owner
            Whose.
        matching
            Which of them.
        limit
            How many at most.
        offset
            How many to leave out first; costs as much as reading them.
        after
            Begin behind this place; costs nothing.
        """
        ...

    def set_status(self, conversation: Conversation, status: ConversationStatus, now: datetime) -> Conversation:
        """Change the status and the counters with it, and return the conversation as it is then.

        Raises
        ------
        NotFoundError
            If it is gone meanwhile.
        UnavailableError
            If the store does not answer, or it is written to all the time.
        """
        ...

    def mark_deleted(self, conversation: Conversation, now: datetime) -> None:
        """Make the conversation unfindable from now on, and count it no more; marking it twice is nothing.

        Raises
        ------
        UnavailableError
            If the store does not answer, or it is written to all the time.
        """
        ...

    def count_by_owner(self, owner: str, matching: ListFilter) -> int:
        """Return how many conversations the filter matches, at the same cost for any number."""
        ...


class VisitorTokenStore(Protocol):
    """The secrets by which visitors come back; only hashes are kept."""

    def add_token(self, session_id: str, token_hash: str, *, kept: str | None = None) -> None:
        """Let the bearer of the token return to the session; the last few tokens of a session stay good.

        Parameters
        ----------
        session_id
            Bare id of the session.
        token_hash
            Hash of the new token.
        kept
            Hash of the token the visitor came back with: it stays good whatever comes, because nobody knows whether
            the new one is ever heard.
        """
        ...

    def is_token_valid(self, session_id: str, token_hash: str, now: datetime) -> bool:
        """Tell whether the token opens the session, which must not have expired."""
        ...


class ClaimStore(Protocol):
    """The way of a visitor's conversation to a user."""

    def claim(self, session_id: str, token_hash: str, owner: str, now: datetime) -> Conversation:
        """Make a visitor's conversation, with all its messages, the owner's; a second time changes nothing.

        Parameters
        ----------
        session_id
            Bare id of the conversation.
        token_hash
            Hash of the visitor's token, which opens nothing from now on.
        owner
            ``Principal.owner`` of the user.
        now
            The time.

        Raises
        ------
        NotFoundError
            If the token opens no session, or somebody else has it already.
        UnavailableError
            If the store does not answer, or the conversation is written to all the time; a retry is safe.
        """
        ...
