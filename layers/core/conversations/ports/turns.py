"""Storage of bot turns."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from conversations.domain.bot import DialogState
from conversations.domain.conversation import Conversation
from conversations.domain.dialog import Dialog, TurnSideData
from conversations.domain.message import Message, Utterance


class TurnStore(Protocol):
    """The bots' turns: what was said, the new state, what is remembered and how far was answered, all or nothing."""

    def load(self, session_id: str, message_id: str | None = None) -> Dialog | None:
        """Return the dialog as last written, with one of its messages; None if the conversation is gone."""
        ...

    def list_pending_message_ids(self, session_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """Return which messages of up to 100 conversations wait for an answer, in order."""
        ...

    def mark_failed(self, session_id: str, message_id: str) -> Dialog | None:
        """Let the bot go on without answering a message; None if there is nothing to give up any more.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def commit(
        self,
        dialog: Dialog,
        utterances: Sequence[Utterance],
        state: DialogState,
        now: datetime,
        extras: TurnSideData | None = None,
    ) -> tuple[Message, ...]:
        """Store a turn once and return what the bot said.

        A turn somebody else committed meanwhile is left as it is and returned.

        Parameters
        ----------
        dialog
            What ``load`` returned; its message is the one that is answered, None for speaking first.
        utterances
            What the bot says, in order.
        state
            What it remembers from now on.
        now
            The time; messages are stamped with it, or later if the conversation is ahead of this clock.
        extras
            What else there is to store.

        Raises
        ------
        NotFoundError
            If the conversation is gone.
        UnavailableError
            If the store does not answer.
        """
        ...

    def get_replies(self, conversation: Conversation, message: Message | None) -> tuple[Message, ...]:
        """Return what the bot said to a message of its conversation, or when it spoke first."""
        ...
