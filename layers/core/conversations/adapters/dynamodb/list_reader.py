"""Pages of the list in exact order, from indexes in which messages rarely move a conversation.

The indexes sort a conversation by its ``sorting_time``; its last activity is that time or up to ``LIST_WINDOW`` later.
So a page reads the rows of the index's next entries, and of those after them that may belong before the last row of
the page. The index may be late, the rows are as they are stored: those that match no more are left out.
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.schema import sessions
from conversations.adapters.dynamodb.serialization import deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.conversation import (
    LIST_WINDOW,
    Conversation,
    ConversationStatus,
    ConversationSummary,
    ListFilter,
    ListPosition,
    summarize,
)
from conversations.domain.errors import UnavailableError
from conversations.domain.limits import ACTIONS, MESSAGES, WINDOW
from conversations.domain.page import Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAX_BATCH = 100
"""Items of one BatchGetItem (DynamoDB's quota)."""

_LOOK_AHEAD = 10
"""Entries that a query returns beyond the rows of a page: usually the first one shows that the page is complete."""

_MORE_ENTRIES = 300
"""Entries of each further query, some 50 KB."""

MAX_ROWS_OUTSIDE = 2 * (LIST_WINDOW // WINDOW + 1) * (MESSAGES.limit + ACTIONS.limit)
"""Rows that a page reads at most, besides its own: those of a window above its first row and of one below its last. An
owner cannot send messages to more conversations, or start more, within them."""


class _Entry(NamedTuple):
    """What an index has of a conversation, in the order of the index."""

    sorting_time: datetime
    conversation_id: str


@dataclass(frozen=True, slots=True)
class ListReader:
    """Reads one owner's list.

    Attributes
    ----------
    client, table
        The table ``sessions``.
    owner
        ``Principal.owner`` of the user.
    matching
        Filter by bot and status.
    after
        Start after this position in the direction of reading; None from the first.
    oldest_first
        Whether the least recently used conversations come first.
    """

    client: "DynamoDBClient"
    table: str
    owner: str
    matching: ListFilter
    after: ListPosition | None
    oldest_first: bool

    def read_page(self, offset: int, limit: int) -> Page[ConversationSummary]:
        """Return a page; see ``ConversationStore.list_by_owner``."""
        # One more than asked for shows whether there are more.
        entries, skipped = self._skip(self._list_entries(offset + limit + 1), offset)
        end = offset - skipped + limit
        ordered = self._read_first(entries, end + 1)
        return Page(items=tuple(ordered[offset - skipped : end]), has_more=len(ordered) > end)

    def find_first_id(self) -> str | None:
        """Return the id of the first conversation, None if there is none.

        It is in the index only, unless others may be before it: then as ``read_page`` finds it.
        """
        entries = self._list_entries(2)
        first, other = next(entries, None), next(entries, None)
        if first is None or other is None or self._is_complete(other, first.sorting_time):
            return None if first is None else first.conversation_id
        ordered = self._read_first(itertools.chain([first, other], entries), 1)
        return ordered[0].id if ordered else None

    def _skip(self, entries: Iterator[_Entry], offset: int) -> tuple[Iterator[_Entry], int]:
        """Skip entries whose conversations are certainly before the first one of the page, without reading their rows.

        The conversation at ``offset`` has its activity at most a window after the time of the entry at ``offset``: of
        fewer conversations than that it may be later. So those sorted by a time after the window are before it.

        Returns
        -------
        tuple
            The entries that are left, and the number of those that were skipped.
        """
        if self.oldest_first or self.after is not None or not offset:
            return entries, 0
        passed = list(itertools.islice(entries, offset))
        if len(passed) < offset:
            return iter(()), 0
        # safeguard: list-offset
        end = passed[-1].sorting_time + LIST_WINDOW
        left = [entry for entry in passed if entry.sorting_time <= end]
        return itertools.chain(left, entries), len(passed) - len(left)

    def _read_first(self, entries: Iterator[_Entry], count: int) -> Sequence[ConversationSummary]:
        """Return the first conversations in their order, at least ``count`` of them if there are as many.

        Raises
        ------
        UnavailableError
            If more conversations were active within a window than the rate limits allow.
        """
        found: dict[str, ConversationSummary] = {}
        rows = 0
        while True:
            ordered = self._sort(found.values())
            missing = count - len(ordered)
            # What is complete stays complete, so an entry that ends the loop is needed no more.
            needed = itertools.takewhile(partial(self._is_needed, ordered[:count], count), entries)
            batch = list(itertools.islice(needed, min(missing, _MAX_BATCH) if missing > 0 else _MAX_BATCH))
            if not batch:
                return ordered
            rows += len(batch)
            if rows > count + MAX_ROWS_OUTSIDE:
                raise UnavailableError
            found |= {summary.id: summary for summary in self._read_rows(batch)}

    def _is_needed(self, found: Sequence[ConversationSummary], count: int, entry: _Entry) -> bool:
        return len(found) < count or not self._is_complete(entry, found[-1].last_activity)

    def _is_complete(self, entry: _Entry, last_activity: datetime) -> bool:
        """Return whether this entry and all that follow are after a conversation with this last activity."""
        if self.oldest_first:
            return entry.sorting_time > last_activity
        # safeguard: list-window
        return entry.sorting_time + LIST_WINDOW < last_activity

    def _sort(self, summaries: Iterable[ConversationSummary]) -> list[ConversationSummary]:
        return sorted(summaries, key=lambda summary: summary.position, reverse=not self.oldest_first)

    def _read_rows(self, entries: Sequence[_Entry]) -> Iterator[ConversationSummary]:
        """Yield what is shown of conversations, of those that match as they are now."""
        # A conversation that is archived between two queries is in both.
        ids = dict.fromkeys(entry.conversation_id for entry in entries)
        keys = [sessions.build_conversation_key(conversation_id) for conversation_id in ids]
        for item in items.read_items(self.client, {self.table: keys})[self.table]:
            conversation = sessions.parse_conversation(item)
            summary = summarize(conversation)
            if self._matches(conversation) and self._is_after(summary.position):
                yield summary

    def _matches(self, conversation: Conversation) -> bool:
        # safeguard: list-row
        return conversation.owner == self.owner and not conversation.deleted and self.matching.matches(conversation)

    def _is_after(self, position: ListPosition) -> bool:
        if self.after is None:
            return True
        # safeguard: list-cursor
        return position > self.after if self.oldest_first else position < self.after

    def _list_entries(self, count: int) -> Iterator[_Entry]:
        """Yield the entries of all statuses, from the first that may belong after ``after``."""
        streams = [self._query(status, count + _LOOK_AHEAD) for status in self.matching.list_statuses()]
        return heapq.merge(*streams, reverse=not self.oldest_first)

    def _query(self, status: ConversationStatus, limit: int) -> Iterator[_Entry]:
        """Yield the entries of a status, ``limit`` of them with the first query."""
        bot_id = self.matching.bot_id
        hash_name, hash_value, index = (
            ("list_owner", self.owner, sessions.BY_OWNER)
            if bot_id is None
            else ("list_owner_and_bot", sessions.build_owner_and_bot(self.owner, bot_id), sessions.BY_OWNER_AND_BOT)
        )
        first, last = self._get_bounds(status)
        start: dict[str, Any] = {}
        while True:
            with service_errors():
                response = self.client.query(
                    TableName=self.table,
                    IndexName=index,
                    KeyConditionExpression=f"{hash_name} = :owner AND list_position BETWEEN :first AND :last",
                    ExpressionAttributeValues=serialize({":owner": hash_value, ":first": first, ":last": last}),
                    ScanIndexForward=self.oldest_first,
                    Limit=limit,
                    **start,
                )
            for item in map(deserialize, response["Items"]):
                yield _Entry(sessions.parse_sorting_time(item["list_position"]), item["id"])
            if "LastEvaluatedKey" not in response:
                return
            start, limit = {"ExclusiveStartKey": response["LastEvaluatedKey"]}, _MORE_ENTRIES

    def _get_bounds(self, status: ConversationStatus) -> tuple[str, str]:
        """Return the range of the index that may have conversations after ``after``."""
        first, last = sessions.get_lower_bound(status), sessions.get_upper_bound(status)
        if self.after is None:
            return first, last
        activity = self.after.last_activity
        if self.oldest_first:
            # safeguard: list-start
            earliest = timestamps.parse_timestamp(activity) - LIST_WINDOW
            return sessions.get_lower_bound(status, timestamps.format_timestamp(earliest)), last
        return first, sessions.get_upper_bound(status, activity)
