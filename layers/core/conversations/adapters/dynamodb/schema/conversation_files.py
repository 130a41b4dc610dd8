"""The files of conversations in the table ``bot-data``; their contents are objects of the bucket of the drives.

============  ==========================  =========  =================================================================
Item          ``bot_table``               ``id``     Content
============  ==========================  =========  =================================================================
Sent file     ``!sent#<conversation>``    file's id  ``key``, ``name``, ``type``, ``ends_at``, TTL
Upload        ``!sent#<conversation>``    file's id  ``key``, ``name``, ``type``, ``size``, ``bot``, ``ends_at``, and
                                                     a TTL until it is sent, ``etag`` afterwards
Use           ``<bot id>#!usage``         uploads    ``bytes`` of the files that users have sent to the bot
============  ==========================  =========  =================================================================

===============================  ===========================================================================
Object                           Content
===============================  ===========================================================================
``!sent/<conversation>/<id>``    the copy that a bot has sent; a rule of the bucket deletes it
``!new/<conversation>/<id>``     what a user has uploaded, until it is sent; a rule of the bucket deletes it
``!kept/<conversation>/<id>``    what a user has sent
===============================  ===========================================================================
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.domain import timestamps
from conversations.domain.sent_file import SentFile
from conversations.domain.upload import MAX_BOT_BYTES, Upload

_ITEM_MARGIN = timedelta(days=3)
"""How much longer than an object of a rule its item exists, by which the erasure finds the object."""


def build_partition_key(conversation_id: str) -> str:
    """Build the hash key of all files of a conversation."""
    return f"!sent#{conversation_id}"


def build_key(conversation_id: str, file_id: str) -> Item:
    """Build the key of a file."""
    return {"bot_table": build_partition_key(conversation_id), "id": file_id}


def build_use_key(bot_id: str) -> Item:
    """Build the key of the bytes that users have sent to a bot."""
    return {"bot_table": f"{bot_id}#!usage", "id": "uploads"}


def build_sent_object_key(sent: SentFile) -> str:
    """Build the key of the content of a file that was sent."""
    return _build_object_key("!kept" if sent.expires_at is None else "!sent", sent.conversation_id, sent.id)


def build_new_object_key(upload: Upload) -> str:
    """Build the key of the content that a user uploads."""
    return _build_object_key("!new", upload.conversation_id, upload.id)


def build_kept_object_key(upload: Upload) -> str:
    """Build the key of the content that a user has sent."""
    return build_sent_object_key(upload.to_sent_file())


def _build_object_key(folder: str, conversation_id: str, file_id: str) -> str:
    return f"{folder}/{conversation_id}/{file_id}"


def format_sent_file(sent: SentFile) -> Item:
    """Return the item of a file that a bot has sent.

    Raises
    ------
    ValueError
        If it is a file of the user.
    """
    expires_at = sent.expires_at
    if expires_at is None:
        raise ValueError("the link of a bot's file ends")
    return {
        **build_key(sent.conversation_id, sent.id),
        "key": sent.key,
        "name": sent.name,
        "type": sent.content_type,
        "ends_at": timestamps.to_epoch_seconds(expires_at),
        # Longer than the bucket has the copy, which the item names for the erasure.
        "expires_at": timestamps.to_epoch_seconds(expires_at + _ITEM_MARGIN),
    }


def format_upload(upload: Upload) -> Item:
    """Return the item of an upload."""
    return {
        **build_key(upload.conversation_id, upload.id),
        "key": upload.key,
        "name": upload.name,
        "type": upload.content_type,
        "size": upload.size,
        "bot": upload.bot_id,
        # A file that was sent has no time to live.
        **({} if upload.is_sent else {"expires_at": timestamps.to_epoch_seconds(upload.expires_at + _ITEM_MARGIN)}),
        "ends_at": timestamps.to_epoch_seconds(upload.expires_at),
        **({"etag": upload.etag} if upload.is_sent else {}),
    }


def build_delete(table: str, item: Item) -> dict[str, Any]:
    """Build the action that deletes a file, if it is still sent or not sent as it was read."""
    condition = "etag = :etag" if "etag" in item else "attribute_not_exists(etag)"
    values = {"ExpressionAttributeValues": serialize({":etag": item["etag"]})} if "etag" in item else {}
    key = {"bot_table": item["bot_table"], "id": item["id"]}
    return {"Delete": {"TableName": table, "Key": serialize(key), "ConditionExpression": condition, **values}}


def build_use_update(table: str, upload: Upload, size: int) -> dict[str, Any]:
    """Build the action that counts bytes that were sent to the bot of an upload, if there may be so many."""
    values: dict[str, int] = {":bytes": size}
    condition: dict[str, str] = {}
    if size > 0:
        condition = {"ConditionExpression": "attribute_not_exists(#bytes) OR #bytes <= :room"}
        values[":room"] = MAX_BOT_BYTES - size
    return {
        "Update": {
            "TableName": table,
            "Key": serialize(build_use_key(upload.bot_id)),
            "UpdateExpression": "ADD #bytes :bytes",
            "ExpressionAttributeNames": {"#bytes": "bytes"},
            "ExpressionAttributeValues": serialize(values),
            **condition,
        }
    }


def is_upload(item: Item) -> bool:
    """Return whether an item is an upload."""
    return "bot" in item


def parse_sent_file(item: Item) -> SentFile:
    """Parse the item of a file that a bot has sent."""
    return SentFile(
        conversation_id=_parse_conversation_id(item),
        id=item["id"],
        key=item["key"],
        name=item["name"],
        content_type=item["type"],
        expires_at=_parse_end(item),
    )


def parse_upload(item: Item) -> Upload:
    """Parse the item of an upload."""
    return Upload(
        conversation_id=_parse_conversation_id(item),
        id=item["id"],
        bot_id=item["bot"],
        key=item["key"],
        name=item["name"],
        content_type=item["type"],
        size=int(item["size"]),
        expires_at=_parse_end(item),
        etag=item.get("etag"),
    )


def _parse_conversation_id(item: Item) -> str:
    conversation_id: str = item["bot_table"].removeprefix("!sent#")
    return conversation_id


def _parse_end(item: Item) -> datetime:
    return datetime.fromtimestamp(int(item["ends_at"]), UTC)
