"""The table ``bot-data``: the rows of the bots' own tables.

============  ===========================  ===========  ==================================================
Item          ``bot_table``                ``id``       Content
============  ===========================  ===========  ==================================================
Row           ``<bot id>#<table>``         row's id     ``row``: the row as JSON text
Merge count   ``<bot id>#!merges``         table        ``number``: how often a MERGE has inserted rows
Updated row   ``<bot id>#!updated#<step>`` row's id     ``expires_at``: a step of a turn has changed the row
============  ===========================  ===========  ==================================================

``memories`` and ``webhook_store`` describe its other items.

A row is one text and not one attribute per field: DynamoDB's numbers have 38 digits and do not distinguish 1 from 1.0,
1e200 is refused, its maps have no empty names, and a field called ``id`` or ``expires_at`` would be the item's own.
Filters could not be conditions on attributes anyway: they compare text with numbers and ignore case.
"""

import json
import re

from basic.data.store import Row
from basic.errors import ScriptError
from basic.values import Value
from conversations.adapters.dynamodb.serialization import Item
from conversations.data_classes import dataclass

MAX_ROW_BYTES = 390 * 1024
"""Size of a row as JSON: an item has at most 400 KB (DynamoDB's quota), including its names and keys."""

_MAX_ID_BYTES = 1_024
"""Size of a range key (DynamoDB's quota)."""

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as it was read: its id, the text that is stored, and the parsed text."""

    id: str
    text: str
    row: Row


def build_partition_key(bot_id: str, table: str) -> str:
    """Build the hash key of a bot's table.

    Raises
    ------
    ScriptError
        If a table cannot have this name.
    """
    # Names that begin with "!" are reserved for other items.
    if table.startswith("!"):
        raise ScriptError("the name of a table does not begin with an exclamation mark")
    _count_bytes(table, "the name of a table")
    return f"{bot_id}#{table}"


def build_row_key(bot_id: str, table: str, row_id: str) -> Item:
    """Build the key of a row.

    Raises
    ------
    ScriptError
        If a table cannot have this name, or a row this id.
    """
    if not row_id or _count_bytes(row_id, "the id of a row") > _MAX_ID_BYTES:
        raise ScriptError(f"the id of a row has 1 to {_MAX_ID_BYTES} bytes")
    return {"bot_table": build_partition_key(bot_id, table), "id": row_id}


def build_merge_count_key(bot_id: str, table: str) -> Item:
    """Build the key of a table's merge count."""
    return {"bot_table": f"{bot_id}#!merges", "id": table}


def build_updated_rows_key(bot_id: str, step: str) -> str:
    """Build the hash key of the rows that a step of a turn has changed."""
    return f"{bot_id}#!updated#{step}"


def build_updated_row(bot_id: str, step: str, row_id: str, expires_at: int) -> Item:
    """Build the item that a step of a turn has changed a row."""
    return {"bot_table": build_updated_rows_key(bot_id, step), "id": row_id, "expires_at": expires_at}


def parse_stored_row(item: Item) -> StoredRow:
    """Parse a row's item."""
    return StoredRow(item["id"], item["row"], parse_row(item["row"]))


def parse_row(text: str) -> Row:
    """Parse the text of a row."""
    row: Row = json.loads(text)
    return row


def format_row(table: str, row: Row) -> str:
    """Format a row as the text that is stored.

    Raises
    ------
    ScriptError
        If the row is too large.
    """
    text = to_json(row)
    if len(text.encode()) > MAX_ROW_BYTES:
        raise ScriptError(f"a row of the table {table} would be larger than {MAX_ROW_BYTES // 1024} KB")
    return text


def to_json(value: Value) -> str:
    """Format a value as JSON that parses to the same value and can be encoded as UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Scripts can produce lone surrogates, which UTF-8 cannot represent; JSON can escape them.
    return _SURROGATE.sub(lambda surrogate: f"\\u{ord(surrogate[0]):04x}", text)


def _count_bytes(text: str, subject: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise ScriptError(f"{subject} has an invalid character (a lone surrogate)") from None
