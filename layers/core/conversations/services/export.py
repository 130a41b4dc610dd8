"""Everything that is stored about a user, page by page."""

from dataclasses import dataclass

from conversations.domain import ids
from conversations.domain.conversation import Conversation, Place, Position
from conversations.domain.message import Message
from conversations.domain.ports import ConversationStore, ListFilter, MessageStore
from conversations.domain.principal import Principal

PAGE_MESSAGES = 100
"""How many messages one page holds at most."""


@dataclass(frozen=True, slots=True)
class ExportPage:
    """One page: a conversation, some of its messages, oldest first, and where to go on.

    Attributes
    ----------
    conversation
        None if there is none left.
    messages
        The piece of its history.
    next
        None at the end.
    """

    conversation: Conversation | None
    messages: tuple[Message, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class ExportService:
    """Walks a user's conversations and their messages."""

    conversations: ConversationStore
    messages: MessageStore

    def page(self, principal: Principal, after: Place | None) -> ExportPage:
        """Return the page behind ``after``, or the first one."""
        if after is not None and after.message_id is not None:
            conversation = self._own(principal, after.position)
            if conversation is not None:
                return self._page(principal, conversation, after.position, ids.next_id(after.message_id))
        behind = None if after is None else after.position
        found = self.conversations.list_of(principal.owner, ListFilter(), limit=1, after=behind).items
        if not found:
            return ExportPage(None, (), None)
        conversation = self._own(principal, found[0].position)
        if conversation is None:
            return ExportPage(None, (), Place(found[0].position, None))
        return self._page(principal, conversation, found[0].position, ids.FIRST_ID)

    def _own(self, principal: Principal, position: Position) -> Conversation | None:
        conversation = self.conversations.get(position.session_id)
        if conversation is None or conversation.owner != principal.owner or conversation.deleted:
            return None
        return conversation

    def _page(self, principal: Principal, conversation: Conversation, position: Position, first: str) -> ExportPage:
        page = self.messages.page(conversation, first=first, last=ids.LAST_ID, newest=False, limit=PAGE_MESSAGES)
        if page.has_more:
            return ExportPage(conversation, page.items, Place(position, page.items[-1].id))
        more = self.conversations.list_of(principal.owner, ListFilter(), limit=1, after=position).items
        return ExportPage(conversation, page.items, Place(position, None) if more else None)
