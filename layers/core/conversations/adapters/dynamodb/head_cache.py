"""A cache of sequence heads: what the next message of a conversation depends on."""

from dataclasses import field, replace
from datetime import datetime
from typing import NamedTuple

from cachetools import LRUCache

from conversations.data_classes import dataclass
from conversations.domain.conversation import TurnRoute
from conversations.domain.timestamps import MILLISECOND

_MAX_CONVERSATIONS = 1_000


@dataclass(frozen=True, slots=True)
class SequenceHead:
    """The end of a conversation, who answers it, and the time by which the indexes of the list sort it."""

    route: TurnRoute
    last_seq: int
    last_activity: datetime
    sorted_at: datetime


class CachedHead(NamedTuple):
    """What the cache knows of a conversation.

    Attributes
    ----------
    head
        The end of the conversation when this process last saw it.
    replies
        How many messages the bot usually answers with.
    written
        Whether this process wrote that end, so that the bot has probably answered since; else it was read.
    """

    head: SequenceHead
    replies: int
    written: bool


def _new_cache() -> LRUCache[str, CachedHead]:
    return LRUCache(_MAX_CONVERSATIONS)


@dataclass(frozen=True, slots=True)
class HeadCache:
    """The heads that this process saw last: guesses, each of which saves the read before a write.

    The guess after a write assumes that the bot has answered with one message. A failed guess corrects that number.
    """

    _heads: LRUCache[str, CachedHead] = field(default_factory=_new_cache)

    def guess(self, conversation_id: str) -> SequenceHead | None:
        """Return the probable head of the conversation, None without a guess."""
        cached = self._heads.get(conversation_id)
        if cached is None:
            return None
        if not cached.written:
            return cached.head
        return replace(
            cached.head,
            last_seq=cached.head.last_seq + cached.replies,
            # Each message has a millisecond of its own.
            last_activity=cached.head.last_activity + cached.replies * MILLISECOND,
        )

    def on_read(self, conversation_id: str, head: SequenceHead) -> None:
        """Store a head that was read, or written together with the bot's answer: no answer follows it."""
        self._heads[conversation_id] = CachedHead(head, self._get_replies(conversation_id), written=False)

    def on_write(self, conversation_id: str, head: SequenceHead) -> None:
        """Store the head that a successful write produced."""
        self._heads[conversation_id] = CachedHead(head, self._get_replies(conversation_id), written=True)

    def on_conflict(self, conversation_id: str, head: SequenceHead) -> None:
        """Correct the number of replies by the head that a failed write found."""
        cached = self._heads.get(conversation_id)
        if cached is not None and cached.written:
            self._heads[conversation_id] = cached._replace(replies=max(head.last_seq - cached.head.last_seq, 0))

    def _get_replies(self, conversation_id: str) -> int:
        cached = self._heads.get(conversation_id)
        return 1 if cached is None else cached.replies
