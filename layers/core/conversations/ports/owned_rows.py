"""Rows of bots' tables that belong to a user."""

from collections.abc import Mapping
from typing import Protocol

from pydantic import JsonValue

from conversations.domain.owned_rows import OwnedRow, RowKey
from conversations.domain.page import Page


class OwnedRowStore(Protocol):
    """Stores rows in bots' tables with their owners.

    The rows are those of the tables: scripts find, change and delete them like others. All methods raise
    ``UnavailableError`` if the store does not answer; a retry is safe.
    """

    def insert(self, owner: str, key: RowKey, row: Mapping[str, JsonValue], conversation_id: str) -> bool:
        """Insert a row for a user, atomically; return False if another row has this key.

        Parameters
        ----------
        owner
            ``Principal.owner`` of the user.
        key
            The key of the row.
        row
            The row.
        conversation_id
            Bare id of the conversation in which it is created.

        Raises
        ------
        UnavailableError
            Also if the conversation was deleted; the turn must be run again.
        """
        ...

    def list_by_owner(self, owner: str, *, limit: int, after: RowKey | None = None) -> Page[OwnedRow]:
        """Return a page of the rows of a user, of all bots, in a stable order.

        Parameters
        ----------
        owner
            ``Principal.owner`` of the user.
        limit
            Maximum number of rows.
        after
            Start after this row, which need not exist any more.
        """
        ...

    def erase_by_owner(self, owner: str) -> bool:
        """Erase some rows of a user, and return whether none is left."""
        ...
