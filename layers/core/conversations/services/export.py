"""Everything that is stored about a user, page by page: conversations, and then what bots remember beyond them."""

from dataclasses import dataclass

from conversations.domain import ids
from conversations.domain.conversation import Conversation, Place, Position
from conversations.domain.memory import Memory, MemoryPlace
from conversations.domain.message import Message
from conversations.domain.ports import ConversationStore, ListFilter, MemoryStore, MessageStore
from conversations.domain.principal import Principal

PAGE_MESSAGES = 100
"""How many messages one page holds at most."""

PAGE_MEMORIES = 100
"""How many memories one page holds at most; they are as large as a bot likes, so the store may give fewer."""


@dataclass(frozen=True, slots=True)
class ExportPage:
    """One page: a conversation with some of its messages, oldest first, or some memories; and where to go on.

    Attributes
    ----------
    conversation
        None where no conversation is shown.
    messages
        The piece of its history.
    memories
        What bots remember of the user.
    next
        None at the end.
    """

    conversation: Conversation | None = None
    messages: tuple[Message, ...] = ()
    memories: tuple[Memory, ...] = ()
    next: Place | MemoryPlace | None = None


@dataclass(frozen=True, slots=True)
class ExportService:
    """Walks a user's conversations and their messages, and then what bots remember of the user."""

    conversations: ConversationStore
    messages: MessageStore
    memories: MemoryStore

    def page(self, principal: Principal, after: Place | MemoryPlace | None) -> ExportPage:
        """Return the page behind ``after``, or the first one."""
        if isinstance(after, MemoryPlace):
            return self._remembered(principal, after)
        if after is not None and after.message_id is not None:
            conversation = self._own(principal, after.position)
            if conversation is not None:
                return self._page(principal, conversation, after.position, ids.next_id(after.message_id))
        behind = None if after is None else after.position
        found = self.conversations.list_of(principal.owner, ListFilter(), limit=1, after=behind).items
        if not found:
            return self._remembered(principal, MemoryPlace(None))
        conversation = self._own(principal, found[0].position)
        if conversation is None:
            return ExportPage(next=Place(found[0].position, None))
        return self._page(principal, conversation, found[0].position, ids.FIRST_ID)

    def _own(self, principal: Principal, position: Position) -> Conversation | None:
        conversation = self.conversations.get(position.session_id)
        if conversation is None or conversation.owner != principal.owner or conversation.deleted:
            return None
        return conversation

    def _page(self, principal: Principal, conversation: Conversation, position: Position, first: str) -> ExportPage:
        page = self.messages.page(conversation, first=first, last=ids.LAST_ID, newest=False, limit=PAGE_MESSAGES)
        behind = Place(position, page.items[-1].id) if page.has_more else self._behind(principal, position)
        return ExportPage(conversation, page.items, next=behind)

    def _behind(self, principal: Principal, position: Position) -> Place | MemoryPlace | None:
        """Return where to go on behind a conversation, None if there is nothing more."""
        if self.conversations.list_of(principal.owner, ListFilter(), limit=1, after=position).items:
            return Place(position, None)
        return MemoryPlace(None) if self.memories.of(principal.owner, limit=1).items else None

    def _remembered(self, principal: Principal, place: MemoryPlace) -> ExportPage:
        page = self.memories.of(principal.owner, limit=PAGE_MEMORIES, after=place.after)
        return ExportPage(memories=page.items, next=MemoryPlace(page.items[-1].key) if page.has_more else None)
