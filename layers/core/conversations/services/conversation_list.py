"""The list of an owner's conversations, and a walk of it that misses no conversation that moves meanwhile.

A conversation in which something is said moves to the top of the list, past every reader who is on the way down. So a
walk of several pages turns around at the end, and goes up through what has moved since it began: those conversations
come again, if they were listed before, with their new activity.
"""

from datetime import timedelta

from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.conversation import ConversationSummary, ListCursor, ListFilter, ListPosition
from conversations.domain.page import Page
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore

INDEX_DELAY = timedelta(seconds=1)
"""How far before its beginning a walk looks for what has moved. DynamoDB's indexes usually follow the table within a
fraction of a second, and the clocks of functions differ by milliseconds."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list.

    Attributes
    ----------
    conversations
        Newest activity first.
    total
        How many conversations match the filter.
    next
        Cursor of the next page; None on the last page.
    """

    conversations: tuple[ConversationSummary, ...]
    total: int
    next: ListCursor | None


@dataclass(frozen=True, slots=True)
class ConversationListService:
    """Lists conversations."""

    store: ConversationStore
    now: Clock

    def get_page(
        self, owner: str, matching: ListFilter, *, limit: int, offset: int, after: ListCursor | None
    ) -> ListPage:
        """Return a page of the owner's conversations.

        Parameters
        ----------
        owner
            ``Principal.owner`` of the user.
        matching
            Filter by bot and status.
        limit
            Most conversations on the page.
        offset
            How many to skip.
        after
            Cursor of the page before; None for the first page.
        """
        page = self.store.list_by_owner(
            owner,
            matching,
            limit=limit,
            offset=offset,
            after=None if after is None else after.position,
            oldest_first=after is not None and after.is_upward,
        )
        upward = after is not None and after.is_upward
        return ListPage(
            conversations=tuple(reversed(page.items)) if upward else page.items,
            total=self.store.count_by_owner(owner, matching),
            next=self._get_next(owner, matching, page, after),
        )

    def _get_next(
        self, owner: str, matching: ListFilter, page: Page[ConversationSummary], after: ListCursor | None
    ) -> ListCursor | None:
        since = timestamps.format_timestamp(self.now() - INDEX_DELAY) if after is None else after.since
        upward = after is not None and after.is_upward
        if page.has_more:
            return ListCursor(page.items[-1].position, since, is_upward=upward)
        # A list of one page is complete: it was read at once.
        if after is None or upward or since is None:
            return None
        bottom = ListPosition(since, "")
        moved = self.store.list_by_owner(owner, matching, limit=1, after=bottom, oldest_first=True)
        return ListCursor(bottom, since, is_upward=True) if moved.items else None
