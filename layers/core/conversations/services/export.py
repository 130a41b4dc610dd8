"""Export of everything stored about a user, with pagination: conversations, memories of bots, files, rows.

Conversations come with the oldest activity first. One in which something is said meanwhile moves to the end and is
exported there, once more if it was exported before; so no conversation is missed.
"""

from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.conversation import Conversation, ExportCursor, ListFilter, ListPosition
from conversations.domain.drive import FileCursor, StoredFile
from conversations.domain.memory import Memory, MemoryCursor
from conversations.domain.message import Message
from conversations.domain.owned_rows import OwnedRow, RowCursor
from conversations.domain.principal import Principal
from conversations.ports.bots import MemoryStore
from conversations.ports.conversations import ConversationStore
from conversations.ports.drive import DriveStore
from conversations.ports.messages import MessageStore
from conversations.ports.owned_rows import OwnedRowStore

PAGE_MESSAGES = 100
"""Most messages on one page."""

PAGE_MEMORIES = 100
"""Most memories on one page; the store returns fewer if they are large."""

PAGE_FILES = 100
"""Most files on one page."""

PAGE_ROWS = 10
"""Most rows on one page. A row has up to 390 KB, and a response of a function 6 MB (AWS quota)."""

type Cursor = ExportCursor | MemoryCursor | FileCursor | RowCursor
"""A position in an export."""


@dataclass(frozen=True, slots=True)
class ExportPage:
    """One page: a conversation with some of its messages, oldest first, or some memories, files or rows.

    Attributes
    ----------
    conversation
        None on a page of memories, or if the conversation has just been deleted.
    messages
        Some of the conversation's messages.
    memories
        What bots remember of the user.
    files
        What bots have written for the user.
    rows
        The tasks and drafts of the user.
    next
        Cursor of the next page; None on the last page.
    """

    conversation: Conversation | None = None
    messages: tuple[Message, ...] = ()
    memories: tuple[Memory, ...] = ()
    files: tuple[StoredFile, ...] = ()
    rows: tuple[OwnedRow, ...] = ()
    next: Cursor | None = None


@dataclass(frozen=True, slots=True)
class ExportService:
    """Reads a user's conversations with their messages, then the user's memories, files and rows, page by page."""

    conversations: ConversationStore
    messages: MessageStore
    memories: MemoryStore
    drive: DriveStore
    owned_rows: OwnedRowStore

    def page(self, principal: Principal, after: Cursor | None) -> ExportPage:
        """Return the page after the cursor ``after``, or the first one."""
        if isinstance(after, RowCursor):
            return self._row_page(principal, after)
        if isinstance(after, FileCursor):
            return self._file_page(principal, after)
        if isinstance(after, MemoryCursor):
            return self._memory_page(principal, after)
        if after is not None and after.message_id is not None:
            conversation = self._get_conversation(principal, after.position)
            if conversation is not None:
                first_id = ids.get_next_id(after.message_id)
                return self._conversation_page(principal, conversation, after.position, first_id)
        return self._next_conversation_page(principal, None if after is None else after.position)

    def _next_conversation_page(self, principal: Principal, after: ListPosition | None) -> ExportPage:
        """Return the first page of the next conversation, or the first page of memories if there is none."""
        position = self._get_next_position(principal, after)
        if position is None:
            return self._memory_page(principal, MemoryCursor(None))
        conversation = self._get_conversation(principal, position)
        if conversation is None:
            return ExportPage(next=ExportCursor(position, None))
        return self._conversation_page(principal, conversation, position, ids.FIRST_ID)

    def _get_next_position(self, principal: Principal, after: ListPosition | None) -> ListPosition | None:
        page = self.conversations.list_by_owner(principal.owner, ListFilter(), limit=1, after=after, oldest_first=True)
        return page.items[0].position if page.items else None

    def _get_conversation(self, principal: Principal, position: ListPosition) -> Conversation | None:
        conversation = self.conversations.get(position.conversation_id)
        if conversation is None or conversation.owner != principal.owner or conversation.deleted:
            return None
        return conversation

    def _conversation_page(
        self, principal: Principal, conversation: Conversation, position: ListPosition, first_id: str
    ) -> ExportPage:
        page = self.messages.get_page(conversation, first=first_id, last=ids.LAST_ID, newest=False, limit=PAGE_MESSAGES)
        cursor = ExportCursor(position, page.items[-1].id) if page.has_more else self._cursor_after(principal, position)
        return ExportPage(conversation, page.items, next=cursor)

    def _cursor_after(self, principal: Principal, position: ListPosition) -> Cursor | None:
        """Return the cursor that continues after a conversation, None if nothing is left."""
        if self._get_next_position(principal, position) is not None:
            return ExportCursor(position, None)
        if self.memories.list_by_owner(principal.owner, limit=1).items:
            return MemoryCursor(None)
        return self._get_first_file_cursor(principal)

    def _memory_page(self, principal: Principal, cursor: MemoryCursor) -> ExportPage:
        page = self.memories.list_by_owner(principal.owner, limit=PAGE_MEMORIES, after=cursor.after)
        if not page.items:
            return self._file_page(principal, FileCursor(None))
        following = MemoryCursor(page.items[-1].key) if page.has_more else self._get_first_file_cursor(principal)
        return ExportPage(memories=page.items, next=following)

    def _get_first_file_cursor(self, principal: Principal) -> Cursor | None:
        """Return the cursor of the first file, or of the first row if there are no files."""
        if self.drive.list_by_owner(principal.owner, limit=1).items:
            return FileCursor(None)
        return self._get_first_row_cursor(principal)

    def _get_first_row_cursor(self, principal: Principal) -> RowCursor | None:
        return RowCursor(None) if self.owned_rows.list_by_owner(principal.owner, limit=1).items else None

    def _file_page(self, principal: Principal, cursor: FileCursor) -> ExportPage:
        page = self.drive.list_by_owner(principal.owner, limit=PAGE_FILES, after=cursor.after)
        if not page.items:
            return self._row_page(principal, RowCursor(None))
        if page.has_more:
            last = page.items[-1]
            return ExportPage(files=page.items, next=FileCursor((last.bot_id, last.path)))
        return ExportPage(files=page.items, next=self._get_first_row_cursor(principal))

    def _row_page(self, principal: Principal, cursor: RowCursor) -> ExportPage:
        page = self.owned_rows.list_by_owner(principal.owner, limit=PAGE_ROWS, after=cursor.after)
        rows = tuple(row for row in page.items if row.row is not None)
        return ExportPage(rows=rows, next=RowCursor(page.items[-1].key) if page.has_more else None)
