"""The files of bots' drives in the table ``bot-data``; their contents are objects of a bucket.

============  ====================  ======================  =========================================================
Item          ``bot_table``         ``id``                  Content
============  ====================  ======================  =========================================================
File          ``<bot id>#!drive``   path                    ``object_name``, ``size``, ``type``, ``written_at``,
                                                            ``owner``, ``anonymous``, ``effect``, ``replaced``
Use           ``<bot id>#!usage``   ``drive``               ``files`` and ``bytes`` of the bot, which are limited
Index         ``!files#<owner>``    ``<bot id>#<path>``     a copy of the file, as it was written
============  ====================  ======================  =========================================================

Neither a bot's id nor the name of a bot's table begins with an exclamation mark, so scripts cannot reach these items.
The content of a file is the object ``<bot id>/<object name>``, which never changes: a change of a file is one
transaction, and a reader sees the earlier content or the later one.
"""

from typing import Any

from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.domain import timestamps
from conversations.domain.drive import MAX_DRIVE_BYTES, MAX_FILES, StoredFile

PATHS, OWNED = "#!drive", "!files#"


def build_partition_key(bot_id: str) -> str:
    """Build the hash key of all files of a bot."""
    return f"{bot_id}{PATHS}"


def build_file_key(bot_id: str, path: str) -> Item:
    """Build the key of a file."""
    return {"bot_table": build_partition_key(bot_id), "id": path}


def build_index_partition(owner: str) -> str:
    """Build the hash key of all files of an owner."""
    return f"{OWNED}{owner}"


def build_index_key(owner: str, bot_id: str, path: str) -> Item:
    """Build the key of the index item of a file."""
    return {"bot_table": build_index_partition(owner), "id": f"{bot_id}#{path}"}


def build_object_key(bot_id: str, blob: str) -> str:
    """Build the key of a content in the bucket: every bot has a folder."""
    return f"{bot_id}/{blob}"


def format_file(file: StoredFile) -> Item:
    """Return the attributes of a file, which its item and its index item have."""
    return {
        "object_name": file.blob,
        "size": file.size,
        "type": file.content_type,
        "written_at": timestamps.format_timestamp(file.written_at),
        "owner": file.owner,
        "anonymous": file.anonymous or None,
        "effect": file.effect,
        "replaced": list(file.replaced) or None,
    }


def parse_file(item: Item) -> StoredFile:
    """Parse the item of a file, or its index item."""
    if item["bot_table"].startswith(OWNED):
        # A path may contain the separator, a bot's id may not.
        bot_id, _, path = item["id"].partition("#")
    else:
        bot_id, path = item["bot_table"].removesuffix(PATHS), item["id"]
    return StoredFile(
        bot_id=bot_id,
        path=path,
        blob=item["object_name"],
        size=int(item["size"]),
        content_type=item["type"],
        written_at=timestamps.parse_timestamp(item["written_at"]),
        owner=item.get("owner"),
        anonymous=bool(item.get("anonymous")),
        effect=item["effect"],
        replaced=tuple(item.get("replaced", ())),
    )


def build_put(table: str, file: StoredFile, before: StoredFile | None) -> dict[str, Any]:
    """Build the action that stores a file, if its path is as it was read."""
    return {
        "Put": {
            "TableName": table,
            "Item": serialize(build_file_key(file.bot_id, file.path) | format_file(file)),
            **_build_condition(before),
        }
    }


def build_delete(table: str, file: StoredFile) -> dict[str, Any]:
    """Build the action that deletes a file, if it is as it was read."""
    key = serialize(build_file_key(file.bot_id, file.path))
    return {"Delete": {"TableName": table, "Key": key, **_build_condition(file)}}


def _build_condition(before: StoredFile | None) -> dict[str, Any]:
    returned = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    if before is None:
        return {"ConditionExpression": "attribute_not_exists(id)", **returned}
    return {
        "ConditionExpression": "object_name = :blob",
        "ExpressionAttributeValues": serialize({":blob": before.blob}),
        **returned,
    }


def build_index_changes(table: str, file: StoredFile | None, before: StoredFile | None) -> list[dict[str, Any]]:
    """Build the actions that list a file for its owner, instead of the file that it replaces."""
    actions: list[dict[str, Any]] = []
    if file is not None and file.owner is not None:
        key = build_index_key(file.owner, file.bot_id, file.path)
        actions.append({"Put": {"TableName": table, "Item": serialize(key | format_file(file))}})
    if before is not None and before.owner is not None:
        is_replaced = file is not None and (file.owner, file.path) == (before.owner, before.path)
        if not is_replaced:
            key = build_index_key(before.owner, before.bot_id, before.path)
            actions.append({"Delete": {"TableName": table, "Key": serialize(key)}})
    return actions


def build_use_update(table: str, bot_id: str, files: int, size: int) -> dict[str, Any]:
    """Build the action that counts files and bytes of a bot, if there may be so many."""
    names = {"#files": "files", "#bytes": "bytes"}
    values: dict[str, int] = {":files": files, ":bytes": size}
    conditions: list[str] = []
    if files > 0:
        conditions.append("(attribute_not_exists(#files) OR #files <= :max_files)")
        values[":max_files"] = MAX_FILES - files
    if size > 0:
        conditions.append("(attribute_not_exists(#bytes) OR #bytes <= :max_bytes)")
        values[":max_bytes"] = MAX_DRIVE_BYTES - size
    condition = {"ConditionExpression": " AND ".join(conditions)} if conditions else {}
    return {
        "Update": {
            "TableName": table,
            "Key": serialize({"bot_table": f"{bot_id}#!usage", "id": "drive"}),
            "UpdateExpression": "ADD #files :files, #bytes :bytes",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": serialize(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **condition,
        }
    }
