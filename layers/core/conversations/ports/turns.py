"""Storage of bot turns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from conversations.domain.bot import DialogState
from conversations.domain.conversation import Conversation
from conversations.domain.dialog import CommittedTurn, Dialog, InlineTurn, TurnSideData
from conversations.domain.message import Message
from conversations.domain.principal import Principal


class TurnStore(Protocol):
    """Bot turns. A turn's messages, dialog state, memories and progress are stored atomically."""

    def load(self, conversation_id: str, message_id: str | None = None) -> Dialog | None:
        """Return the dialog as last written, with one of its messages. Return None if the conversation is gone."""
        ...

    def list_conversations(self, conversation_ids: Sequence[str]) -> Sequence[Conversation]:
        """Return those of up to 100 conversations that exist, in any order."""
        ...

    def set_waits(self, conversation_id: str) -> None:
        """Set ``Conversation.waits`` for good. Idempotent; do nothing if the conversation is gone.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def mark_failed(self, conversation_id: str, message_id: str) -> Dialog | None:
        """Mark a pending message as failed, so that later ones can be answered. Return None if it is not pending.

        Idempotent: return the dialog also if the message is marked already. Its conversation is the one that was
        written, which may have changed its owner since the caller read it.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def commit(
        self,
        dialog: Dialog,
        messages: Sequence[Message],
        state: DialogState,
        now: datetime,
        side_data: TurnSideData | None = None,
    ) -> CommittedTurn:
        """Store a turn once, and return what is stored. Everything that is sent about the turn comes from that.

        Return the stored messages of the turn unchanged if it was committed before, by this or another process.

        Parameters
        ----------
        dialog
            What ``load`` returned. Its message is the one the turn answers, None for the greeting.
        messages
            The bot's messages, from ``turn.mint_messages``. They keep their ids unless the user has sent a message
            since ``load``; then ``turn.follow_conversation`` mints them again.
        state
            The dialog state after the turn.
        now
            The current time.
        side_data
            What else to store.

        The conversation is marked as undelivered by the queue (``build_queued_mark``), unless its turns wait.

        Raises
        ------
        NotFoundError
            If the conversation is gone.
        UnavailableError
            If the store does not answer, or concurrent writes won every time.
        """
        ...

    def end_delivery(self, conversation_id: str, mark: str) -> None:
        """Remove ``Conversation.undelivered`` if it is ``mark``. Idempotent.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def get_replies(self, conversation: Conversation, message: Message | None) -> tuple[Message, ...]:
        """Return the bot's replies to a message of the conversation; with None, its greeting."""
        ...


class InlineTurnStore(Protocol):
    """Turns that run within the request that sends their message."""

    def store(  # noqa: PLR0913 - the parts of a message and a turn
        self,
        principal: Principal,
        dialog: Dialog,
        message: Message,
        replies: Sequence[Message],
        *,
        state: DialogState,
        now: datetime,
        side_data: TurnSideData,
    ) -> InlineTurn | Message | None:
        """Store a user's message and the turn that answers it, all or nothing, and return what is stored.

        The conversation is marked: ``Conversation.undelivered`` is the id of the message. Return None, with nothing
        stored, if the conversation has changed since it was loaded. If it has not, and the ``client_message_id`` was
        used for the same content within 24 hours, return the message that was stored then.

        Parameters
        ----------
        principal
            The caller.
        dialog
            What ``TurnStore.load`` returned; no message of it is pending, and it has no mark.
        message
            The user's message without attachments, numbered after the last one.
        replies
            The bot's messages, from ``turn.mint_messages`` after the user's message.
        state
            The dialog state after the turn.
        now
            The current time.
        side_data
            What else to store; its ``pause`` is None.

        Raises
        ------
        ConflictError
            If the ``client_message_id`` was used for different content.
        UnavailableError
            If the store does not answer. Then it may be stored.
        """
        ...
