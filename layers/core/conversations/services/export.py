"""Everything that is stored about a user, page by page: conversations, and then what bots remember beyond them."""

from dataclasses import dataclass

from conversations.domain import ids
from conversations.domain.conversation import Conversation, ExportCursor, ListFilter, ListPosition
from conversations.domain.memory import Memory, MemoryCursor
from conversations.domain.message import Message
from conversations.domain.principal import Principal
from conversations.ports.bots import MemoryStore
from conversations.ports.conversations import ConversationStore
from conversations.ports.messages import MessageStore

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
    next: ExportCursor | MemoryCursor | None = None


@dataclass(frozen=True, slots=True)
class ExportService:
    """Walks a user's conversations and their messages, and then what bots remember of the user."""

    conversations: ConversationStore
    messages: MessageStore
    memories: MemoryStore

    def page(self, principal: Principal, after: ExportCursor | MemoryCursor | None) -> ExportPage:
        """Return the page behind ``after``, or the first one."""
        if isinstance(after, MemoryCursor):
            return self._remembered(principal, after)
        if after is not None and after.message_id is not None:
            conversation = self._own(principal, after.position)
            if conversation is not None:
                return self._page(principal, conversation, after.position, ids.get_next_id(after.message_id))
        behind = None if after is None else after.position
        found = self.conversations.list_by_owner(principal.owner, ListFilter(), limit=1, after=behind).items
        if not found:
            return self._remembered(principal, MemoryCursor(None))
        conversation = self._own(principal, found[0].position)
        if conversation is None:
            return ExportPage(next=ExportCursor(found[0].position, None))
        return self._page(principal, conversation, found[0].position, ids.FIRST_ID)

    def _own(self, principal: Principal, position: ListPosition) -> Conversation | None:
        conversation = self.conversations.get(position.session_id)
        if conversation is None or conversation.owner != principal.owner or conversation.deleted:
            return None
        return conversation

    def _page(self, principal: Principal, conversation: Conversation, position: ListPosition, first: str) -> ExportPage:
        page = self.messages.get_page(conversation, first=first, last=ids.LAST_ID, newest=False, limit=PAGE_MESSAGES)
        behind = ExportCursor(position, page.items[-1].id) if page.has_more else self._behind(principal, position)
        return ExportPage(conversation, page.items, next=behind)

    def _behind(self, principal: Principal, position: ListPosition) -> ExportCursor | MemoryCursor | None:
        """Return where to go on behind a conversation, None if there is nothing more."""
        if self.conversations.list_by_owner(principal.owner, ListFilter(), limit=1, after=position).items:
            return ExportCursor(position, None)
        return MemoryCursor(None) if self.memories.list_by_owner(principal.owner, limit=1).items else None

    def _remembered(self, principal: Principal, place: MemoryCursor) -> ExportPage:
        page = self.memories.list_by_owner(principal.owner, limit=PAGE_MEMORIES, after=place.after)
        return ExportPage(memories=page.items, next=MemoryCursor(page.items[-1].key) if page.has_more else None)
