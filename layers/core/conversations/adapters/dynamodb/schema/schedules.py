"""Schedules that scripts set while they run, in the table ``bot-data`` (``schema.table_rows`` describes its rows).

==============  =========================  ==============================  ==========================================
Item            ``bot_table``              ``id``                          Content
==============  =========================  ==============================  ==========================================
Schedule        ``!schedules#<bot id>``    hash of script and schedule     ``script``, ``schedule``, ``time_zone``
==============  =========================  ==============================  ==========================================

One that is due once is removed after its run; if that fails for ever, it expires. It has no data of a user. The stream
of the table is filtered by the prefix.
"""

from conversations.adapters.dynamodb.serialization import Item
from conversations.domain import timestamps
from conversations.domain.automations import RUN_SECONDS
from conversations.domain.schedules import ScriptSchedule

SCHEDULES = "!schedules#"
"""Begin of the hash key; the bot's id follows. template.yaml filters the stream by it."""


def build_partition(bot_id: str) -> str:
    """Build the hash key of a bot's schedules."""
    return f"{SCHEDULES}{bot_id}"


def build_key(bot_id: str, schedule_id: str) -> Item:
    """Build the key of a schedule."""
    return {"bot_table": build_partition(bot_id), "id": schedule_id}


def build_item(schedule: ScriptSchedule) -> Item:
    """Build the item of a schedule."""
    item = {
        **build_key(schedule.bot_id, schedule.id),
        "script": schedule.script,
        "schedule": schedule.schedule,
        "time_zone": schedule.time_zone,
    }
    if schedule.due is not None:
        # As long as a run is listed: longer than its job can live.
        item["expires_at"] = timestamps.to_epoch_seconds(timestamps.add_seconds(schedule.due, RUN_SECONDS))
    return item


def parse_item(item: Item) -> ScriptSchedule:
    """Parse the item of a schedule."""
    bot_id = item["bot_table"].removeprefix(SCHEDULES)
    return ScriptSchedule(bot_id, item["script"], item["schedule"], item["time_zone"])
