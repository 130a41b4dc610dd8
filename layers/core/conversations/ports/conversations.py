"""Storage of conversations and of visitor tokens, and the claim of a visitor's conversation."""

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
    """Conversations, without their messages."""

    def create(
        self, conversation: Conversation, first_message: Message | None = None, *, client_message_id: str | None = None
    ) -> Conversation:
        """Store a new conversation and its first message if given, all or nothing, and return it.

        Parameters
        ----------
        conversation
            The conversation, with the first message pending.
        first_message
            The user's first message, with the same ``client_message_id``.
        client_message_id
            Idempotency key: if it started a conversation of the owner within 24 hours, nothing is stored and that
            conversation is returned, as it was when it was new.

        Raises
        ------
        ConflictError
            If a conversation with this id exists, or the ``client_message_id`` started one with another bot or another
            first message.
        UnavailableError
            If the store does not answer.
        """
        ...

    def open_or_create(self, conversation: Conversation) -> Conversation:
        """Return the user's active conversation with the bot that was started last, or store this one if there is none.

        Concurrent calls return the same conversation.

        Raises
        ------
        UnavailableError
            If the store does not answer, or concurrent writes won every time.
        """
        ...

    def get(self, conversation_id: str) -> Conversation | None:
        """Return the conversation as last written, for any owner, expired or not. Return None if it does not exist."""
        ...

    def get_newest_active_id(self, owner: str, bot_id: str) -> str | None:
        """Return the id of the owner's most recently used active conversation with the bot, None without one.

        Eventually consistent: it may miss a new conversation, and find one that was archived or deleted.
        """
        ...

    def list_by_owner(  # noqa: PLR0913 - the parts of one query
        self,
        owner: str,
        matching: ListFilter,
        *,
        limit: int,
        offset: int = 0,
        after: ListPosition | None = None,
        oldest_first: bool = False,
    ) -> Page[ConversationSummary]:
        """Return a page of the owner's conversations in the order of their last activities, newest or oldest first.

        Eventually consistent in which conversations it has; what it shows of them is as last written.

        Parameters
        ----------
        owner
            ``Principal.owner`` of the user.
        matching
            Filter by bot and status.
        limit
            Maximum number of conversations.
        offset
            How many to skip; they are read from an index only, at a cost that grows with their number.
        after
            Start after this position in the direction of the page, at no cost.
        oldest_first
            Whether the least recently used conversations come first.

        Raises
        ------
        UnavailableError
            If the store does not answer, or the owner used more conversations within minutes than the rate limits
            allow.
        """
        ...

    def set_status(self, conversation: Conversation, status: ConversationStatus, now: datetime) -> Conversation:
        """Change the status and the owner's counters, and return the conversation as it is stored.

        Idempotent; a repetition also repairs the position in the lists.

        Raises
        ------
        NotFoundError
            If the conversation was deleted.
        UnavailableError
            If the store does not answer, or concurrent writes won every time.
        """
        ...

    def set_title(self, conversation: Conversation, title: str) -> Conversation:
        """Change the title, and return the conversation as it is stored. Its place in lists stays. Idempotent.

        Raises
        ------
        NotFoundError
            If the conversation was deleted.
        UnavailableError
            If the store does not answer.
        """
        ...

    def mark_deleted(self, conversation: Conversation, now: datetime) -> None:
        """Soft-delete the conversation: remove it from lists and counters, and refuse messages. Idempotent.

        Raises
        ------
        UnavailableError
            If the store does not answer, or concurrent writes won every time.
        """
        ...

    def count_by_owner(self, owner: str, matching: ListFilter) -> int:
        """Return how many conversations match the filter, at a cost that does not depend on their number."""
        ...


class VisitorTokenStore(Protocol):
    """The tokens by which visitors return to their conversations; only hashes are stored."""

    def add_token(self, conversation_id: str, token_hash: str, *, current_hash: str | None = None) -> None:
        """Make a new token valid for the session. The oldest tokens beyond a limit become invalid.

        Parameters
        ----------
        conversation_id
            Bare id of the session.
        token_hash
            Hash of the new token.
        current_hash
            Hash of the token by which the visitor returned. It stays valid, as the new one may never reach the client.
        """
        ...

    def is_token_valid(self, conversation_id: str, token_hash: str, now: datetime) -> bool:
        """Return whether the token is valid for the session and the session has not ended."""
        ...


class ClaimStore(Protocol):
    """The transfer of a visitor's conversation to a user."""

    def claim(self, conversation_id: str, token_hash: str, owner: str, now: datetime) -> Conversation:
        """Transfer a visitor's conversation, with all its messages, to a user. Idempotent.

        Parameters
        ----------
        conversation_id
            Bare id of the conversation.
        token_hash
            Hash of the visitor's token, which becomes invalid.
        owner
            ``Principal.owner`` of the user.
        now
            The current time.

        Raises
        ------
        NotFoundError
            If the token is not valid for the session, or another user has claimed it.
        UnavailableError
            If the store does not answer, or concurrent writes won every time; a retry is safe.
        """
        ...
