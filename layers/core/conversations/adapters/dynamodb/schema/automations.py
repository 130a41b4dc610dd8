"""Runs of scripts without a conversation, in the table ``bot-data`` (``schema.table_rows`` describes its rows).

==============  =======================  ==============================  ==========================================
Item            ``bot_table``            ``id``                          Content
==============  =======================  ==============================  ==========================================
Scheduled run   ``<bot id>#!runs``       due time and hash of script     ``status``, ``script``, ``schedule``,
                                         and schedule                    ``started_at``, ``ended_at``, ``fault``
Change of a row ``!changes#<bot id>``    hash of table and row, ``#``    ``change``: compressed JSON, as long as its
                                         and hash of the step            script has not run; ``depth``
Replay journal  ``<bot id>#!automated``  id of the turn                  ``answers``; ``run_id``, ``lease_end``;
                                                                         when the run is over: no answers, ``is_closed``
==============  =======================  ==============================  ==========================================

All expire. The stream of the table is filtered by the prefix of the changes: Lambda is started for no other item.
"""

import hashlib
import json
import zlib
from datetime import datetime

from basic.errors import ScriptError
from conversations.adapters.dynamodb.serialization import Item
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.automations import RUN_SECONDS, RowChange

CHANGES = "!changes#"
"""Begin of the hash key of changes; the bot's id follows. template.yaml filters the stream by it."""

_MAX_CHANGE_BYTES = 390 * 1024
"""An item has at most 400 KB (DynamoDB's quota)."""


@dataclass(frozen=True, slots=True)
class ChangeRecorder:
    """Builds the items of the changes that one step of a turn makes.

    Attributes
    ----------
    bot_id
        The bot.
    step
        Identifies the step; the same when the turn is run again.
    triggers
        The kinds of changes that scripts run for, each with its table.
    depth
        The depth of the changes: 1 in a conversation.
    """

    bot_id: str
    step: str
    triggers: frozenset[tuple[str, str]]
    depth: int

    def build(self, table: str, row_id: str, old: str | None, new: str | None, now: datetime) -> Item | None:
        """Return the item of a change; None if no script runs for it.

        Parameters
        ----------
        table, row_id
            The row.
        old, new
            Its text before and after the change; None without one.
        now
            The time.

        Raises
        ------
        ScriptError
            If the row before and after the change does not fit into an item.
        """
        kind = "delete" if new is None else "insert" if old is None else "update"
        if (kind, table) not in self.triggers:
            return None
        content = json.dumps({"kind": kind, "table": table, "row": new, "old": old, "at": now.isoformat()})
        packed = zlib.compress(content.encode())
        if len(packed) > _MAX_CHANGE_BYTES:
            raise ScriptError(f"a row of the table {table} is too large for the script that runs for its change")
        row_hash = hashlib.sha256(f"{table}\n{row_id}".encode(errors="replace")).hexdigest()[:32]
        step_hash = hashlib.sha256(self.step.encode()).hexdigest()[:32]
        return {
            **build_change_key(self.bot_id, f"{row_hash}#{step_hash}"),
            "change": packed,
            "depth": self.depth,
            "expires_at": get_expiry(now),
        }


def build_change_key(bot_id: str, change_id: str) -> Item:
    """Build the key of a change."""
    return {"bot_table": f"{CHANGES}{bot_id}", "id": change_id}


def build_runs_partition(bot_id: str) -> str:
    """Build the hash key of a bot's scheduled runs."""
    return f"{bot_id}#!runs"


def build_journal_key(bot_id: str, turn_id: str) -> Item:
    """Build the key of the replay journal of a run."""
    return {"bot_table": f"{bot_id}#!automated", "id": turn_id}


def parse_change(bot_id: str, item: Item) -> RowChange | None:
    """Parse the item of a change; None if its script has run."""
    if "change" not in item:
        return None
    content = json.loads(zlib.decompress(bytes(item["change"])))
    old, new = (None if text is None else json.loads(text) for text in (content["old"], content["row"]))
    return RowChange(
        bot_id,
        item["id"],
        content["kind"],
        content["table"],
        new,
        old,
        int(item["depth"]),
        datetime.fromisoformat(content["at"]),
    )


def get_expiry(now: datetime) -> int:
    """Return when an item expires that was stored now."""
    return timestamps.to_epoch_seconds(timestamps.add_seconds(now, RUN_SECONDS))
