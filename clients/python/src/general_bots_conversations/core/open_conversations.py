"""The open conversations of a client."""

from itertools import count
from typing import Protocol

from general_bots_conversations import events
from general_bots_conversations.core.conversation import Context, ConversationState
from general_bots_conversations.core.ids import to_key
from general_bots_conversations.core.visitor import Visitor
from general_bots_conversations.models import EndReason


class ClientContext(Context, Protocol):
    """A client, as its conversations see it."""

    @property
    def visitor(self) -> Visitor | None:
        """The visitor's session; None for a user."""


class OpenConversations:
    """All open conversations, in the order in which they were opened."""

    def __init__(self, context: ClientContext) -> None:
        self._context = context
        self._numbers = count(1)
        self.all: tuple[ConversationState, ...] = ()

    @property
    def newest_active(self) -> ConversationState | None:
        """The newest conversation that has not ended: the next socket is opened for it."""
        return next((found for found in reversed(self.all) if found.status != "ended"), None)

    def create(self, key: str | None) -> ConversationState:
        """Open a conversation; the key is None if the server has not named it yet."""
        conversation = ConversationState(next(self._numbers), key, self._context)
        self.all = (*self.all, conversation)
        return conversation

    def remove(self, conversation: ConversationState) -> None:
        """Stop following a conversation."""
        self.all = tuple(other for other in self.all if other is not conversation)

    def find(self, key: str | None) -> ConversationState | None:
        """Return the open conversation with a key."""
        return next((found for found in self.all if found.key == key and found.status != "ended"), None)

    def find_by_session(self, session_id: str) -> ConversationState | None:
        """Return the open conversation of a session."""
        return self.find(to_key(session_id))

    def assign_key(self, key: str) -> None:
        """Give the conversation without a key its key. If that conversation is open already, it replaces this one."""
        unnamed = self.find(None)
        if unnamed is None:
            return
        items = self._context.outbox.list_by_conversation(None)
        named = self.find(key)
        if named is None:
            unnamed.key = key
        else:
            unnamed.timeline.remove_pending()
            unnamed.close()
            self.remove(unnamed)
            named.add_pending(items)
            self._context.emit(events.ConversationReplaced(unnamed.number, named.number))
        self._context.outbox.move_messages(None, key)

    def replace_visitors(self, reason: EndReason) -> None:
        """End the visitor's conversation and open a new one, which takes over the unsent messages."""
        visitor = self._context.visitor
        key = None if visitor is None else visitor.key
        if visitor is not None:
            visitor.clear()
        self._context.outbox.move_messages(key, None)
        old = self.find(key)
        if old is not None:
            old.timeline.remove_pending()
            old.end(reason)
            self.remove(old)
        new = self.create(None)
        if old is not None:
            self._context.emit(events.ConversationReplaced(old.number, new.number))
