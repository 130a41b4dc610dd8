"""Rows of bots' tables that belong to a user: the tasks and drafts that scripts create for the user."""

from collections.abc import Mapping

from pydantic import JsonValue

from conversations.data_classes import dataclass


@dataclass(frozen=True, slots=True)
class RowKey:
    """Identifies a row.

    Attributes
    ----------
    bot_id
        The bot.
    table
        The name of its table.
    row_id
        The id of the row.
    """

    bot_id: str
    table: str
    row_id: str


@dataclass(frozen=True, slots=True)
class OwnedRow:
    """A row as it is stored.

    Attributes
    ----------
    key
        Its key.
    row
        The row; None if a script has deleted it.
    """

    key: RowKey
    row: Mapping[str, JsonValue] | None


@dataclass(frozen=True, slots=True)
class RowCursor:
    """A position in the list of a user's rows: after this row, or None for the beginning."""

    after: RowKey | None
