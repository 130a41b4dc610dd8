"""Rows with owners in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from basic.data.in_memory import InMemoryTableStore
from basic.filters.filter import MATCH_ALL
from basic.filters.parser import build_filter
from basic.host import Bound
from conversations.domain.errors import UnavailableError
from conversations.domain.owned_rows import OwnedRow, RowKey
from conversations.domain.page import Page
from conversations.ports.owned_rows import OwnedRowStore


@dataclass(slots=True)
class InMemoryOwnedRowStore(OwnedRowStore):
    """``OwnedRowStore`` over the tables of bots in memory.

    Attributes
    ----------
    tables
        Returns the table store of a bot, by its id.
    has_conversation
        Returns whether a user has a conversation, by the owner and the bare id.
    owners
        The rows of each owner, in the order of DynamoDB's keys.
    """

    tables: Callable[[str], InMemoryTableStore]
    has_conversation: Callable[[str, str], bool]
    owners: dict[str, set[RowKey]] = field(default_factory=dict)

    def insert(self, owner: str, key: RowKey, row: Mapping[str, JsonValue], conversation_id: str) -> bool:
        if not self.has_conversation(owner, conversation_id):
            raise UnavailableError
        if not self.tables(key.bot_id).insert(key.table, key.row_id, {**row}):
            return False
        self.owners.setdefault(owner, set()).add(key)
        return True

    def list_by_owner(self, owner: str, *, limit: int, after: RowKey | None = None) -> Page[OwnedRow]:
        keys = [key for key in self._sort(owner) if after is None or _get_id(key) > _get_id(after)]
        return Page(tuple(OwnedRow(key, self._find(key)) for key in keys[:limit]), len(keys) > limit)

    def erase_by_owner(self, owner: str) -> bool:
        """Erase two rows, so that a few rows take several steps."""
        keys = self._sort(owner)
        for key in keys[:2]:
            self.tables(key.bot_id).delete(key.table, build_filter(("id=", Bound(key.row_id))))
            self.owners[owner].discard(key)
        return len(keys) <= 2

    def _sort(self, owner: str) -> list[RowKey]:
        return sorted(self.owners.get(owner, ()), key=_get_id)

    def _find(self, key: RowKey) -> Mapping[str, JsonValue] | None:
        rows = self.tables(key.bot_id).find(key.table, MATCH_ALL, limit=None)
        return next((row for row in rows if row.get("id") == key.row_id), None)


def _get_id(key: RowKey) -> str:
    return f"{key.bot_id}#{key.table}#{key.row_id}"
