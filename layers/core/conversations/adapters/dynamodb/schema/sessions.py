"""The table ``sessions``: its keys and items.

===================  ==============================  ==========================================================
Item                 ``id``                          Content
===================  ==============================  ==========================================================
Conversation         ``<session id>``                one row of the product's ``sessions``
Dialog               ``<session id>#dialog``         dialog state, and the first message of a delayed delivery
Counters             ``<owner>#counts``              number of the owner's conversations, by status and bot; for
                                                     each bot the id of the conversation that was started last
===================  ==============================  ==========================================================

The indexes ``list_by_owner`` and ``list_by_owner_and_bot`` have the keys of users' conversations only. Their range key
is ``<status>#<Conversation.sorting_time>#<session id>``, which most messages do not change. ``list_reader`` reads them.
"""

import json
from datetime import UTC, datetime
from typing import Any

from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.domain import timestamps
from conversations.domain.bot import AnswerSchema, DialogState
from conversations.domain.conversation import GREETING_SEQ, NOT_GREETED, Conversation, ConversationStatus
from conversations.domain.errors import NotFoundError
from conversations.domain.recent_sends import RecentSends

BY_OWNER = "list_by_owner"
BY_OWNER_AND_BOT = "list_by_owner_and_bot"

_TITLE_SEPARATOR = "\u001f"
"""Between the name of the bot and the title in ``bot_name``. The indexes of earlier versions had this attribute, and
could not get another one for the title."""

_DIALOG_MARGIN_SECONDS = 24 * 60 * 60


def build_conversation_key(conversation_id: str) -> Item:
    """Build the key of a conversation."""
    return {"id": conversation_id}


def build_dialog_key(conversation_id: str) -> Item:
    """Build the key of a dialog."""
    return {"id": f"{conversation_id}#dialog"}


def build_counters_key(owner: str) -> Item:
    """Build the key of an owner's counters."""
    return {"id": f"{owner}#counts"}


def build_counter_name(status: ConversationStatus, bot_id: str | None) -> str:
    """Build the name of the attribute that counts conversations of a status: with one bot, or with None all."""
    return f"{status}" if bot_id is None else f"{status}#{bot_id}"


def build_started_name(bot_id: str) -> str:
    """Build the name of the attribute with the id of the conversation with a bot that was started last."""
    return f"started#{bot_id}"


def build_names(bot_name: str, title: str) -> str:
    """Build the attribute ``bot_name``: the name of the bot, and the title of the conversation if it has one."""
    name = bot_name.replace(_TITLE_SEPARATOR, " ")
    return f"{name}{_TITLE_SEPARATOR}{title}" if title else name


def parse_names(names: str) -> tuple[str, str]:
    """Return the name of the bot and the title, empty if there is none."""
    bot_name, _, title = names.partition(_TITLE_SEPARATOR)
    return bot_name, title


def build_owner_and_bot(owner: str, bot_id: str) -> str:
    """Build the hash key of ``list_by_owner_and_bot``."""
    return f"{owner}#{bot_id}"


def build_list_position(status: ConversationStatus, sorting_time: datetime, conversation_id: str) -> str:
    """Build the range key of both indexes."""
    return f"{status}#{timestamps.format_timestamp(sorting_time)}#{conversation_id}"


def parse_sorting_time(list_position: str) -> datetime:
    """Return the time in a range key."""
    return timestamps.parse_timestamp(list_position.split("#")[1])


def get_lower_bound(status: ConversationStatus, sorting_time: str = "") -> str:
    """Return the lower bound of the range keys of a status, from a formatted time on if one is given."""
    return f"{status}#{sorting_time}"


def get_upper_bound(status: ConversationStatus, sorting_time: str | None = None) -> str:
    """Return the upper bound of the range keys of a status, up to a formatted time if one is given."""
    # The character after the separator.
    return f"{status}$" if sorting_time is None else f"{status}#{sorting_time}$"


def build_conversation_item(conversation: Conversation) -> Item:
    """Build the item of a conversation; a visitor's is in no index, and expires."""
    item: Item = {
        **build_conversation_key(conversation.id),
        "owner": conversation.owner,
        "bot_id": conversation.bot_id,
        "bot_name": build_names(conversation.bot_name, conversation.title),
        "status": conversation.status.value,
        "created_at": timestamps.format_timestamp(conversation.created_at),
        "updated_at": timestamps.format_timestamp(conversation.updated_at),
        "last_activity": timestamps.format_timestamp(conversation.last_activity),
        "last_message": conversation.last_message,
        "last_seq": conversation.last_seq,
        "answered_seq": conversation.answered_seq,
        "unanswered": list(conversation.pending_message_ids),
        "groups": sorted(conversation.groups) or None,
        "waits": conversation.waits or None,
    }
    if conversation.expires_at is not None:
        return item | {"expires_at": timestamps.to_epoch_seconds(conversation.expires_at)}
    return item | build_index_keys(conversation)


def build_index_keys(conversation: Conversation) -> Item:
    """Build the attributes that put a user's conversation into both indexes."""
    return {
        "list_owner": conversation.owner,
        "list_owner_and_bot": build_owner_and_bot(conversation.owner, conversation.bot_id),
        "list_position": build_list_position(conversation.status, conversation.sorting_time, conversation.id),
    }


def build_owner_check(table: str, conversation_id: str, owner: str | None, now: datetime) -> dict[str, Any]:
    """Build the action that lets a transaction write only as long as the conversation exists and has this owner."""
    return {
        "ConditionCheck": {
            "TableName": table,
            "Key": serialize(build_conversation_key(conversation_id)),
            "ConditionExpression": (
                "#owner = :owner AND attribute_not_exists(deleted_at)"
                " AND (attribute_not_exists(expires_at) OR expires_at > :now)"
            ),
            "ExpressionAttributeNames": {"#owner": "owner"},
            "ExpressionAttributeValues": serialize({":owner": owner, ":now": timestamps.to_epoch_seconds(now)}),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def build_turn_check(
    table: str, conversation_id: str, owner: str | None, message_id: str | None, now: datetime
) -> dict[str, Any]:
    """Build the action that lets a turn write only as long as the conversation has this owner and the turn is pending.

    Parameters
    ----------
    table
        Name of the table.
    conversation_id
        Bare id of the conversation.
    owner
        ``Principal.owner`` of its user or visitor.
    message_id
        Bare id of the message that the turn answers; None for the greeting.
    now
        The current time.
    """
    check = build_owner_check(table, conversation_id, owner, now)
    is_greeting = message_id is None
    pending = "answered_seq = :turn" if is_greeting else "(contains(unanswered, :turn) OR contains(given_up, :turn))"
    condition = check["ConditionCheck"]
    condition["ConditionExpression"] += f" AND {pending}"
    condition["ExpressionAttributeValues"] |= serialize({":turn": NOT_GREETED if is_greeting else message_id})
    return check


def build_counter_update(
    table: str, *steps: tuple[Conversation, int], started: Conversation | None = None
) -> dict[str, Any]:
    """Build the update that adds 1 or -1 to the counters of conversations of one owner.

    Parameters
    ----------
    table
        Name of the table.
    steps
        Conversations, and what to add to the counters that count them.
    started
        The conversation that becomes the one that was started last with its bot.
    """
    changes: dict[str, int] = {}
    for conversation, step in steps:
        changes[build_counter_name(conversation.status, None)] = step
        changes[build_counter_name(conversation.status, conversation.bot_id)] = step
    names = {f"#{number}": name for number, name in enumerate(changes)}
    values: dict[str, Any] = {f":{number}": step for number, step in enumerate(changes.values())}
    update = "ADD " + ", ".join(f"#{number} :{number}" for number in range(len(changes)))
    if started is not None:
        update += " SET #started = :started"
        names["#started"] = build_started_name(started.bot_id)
        values[":started"] = started.id
    return {
        "TableName": table,
        "Key": serialize(build_counters_key(steps[0][0].owner)),
        "UpdateExpression": update,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": serialize(values),
    }


def parse_conversation(item: Item) -> Conversation:
    """Parse a conversation."""
    expires_at = item.get("expires_at")
    bot_name, title = parse_names(item["bot_name"])
    return Conversation(
        id=item["id"],
        owner=item["owner"],
        bot_id=item["bot_id"],
        bot_name=bot_name,
        title=title,
        status=ConversationStatus(item["status"]),
        created_at=timestamps.parse_timestamp(item["created_at"]),
        updated_at=timestamps.parse_timestamp(item["updated_at"]),
        last_activity=timestamps.parse_timestamp(item["last_activity"]),
        sorted_at=_parse_sorted_at(item),
        last_message=item["last_message"],
        last_seq=int(item["last_seq"]),
        answered_seq=int(item["answered_seq"]),
        pending_message_ids=tuple(item.get("unanswered", ())),
        failed_message_ids=tuple(item.get("given_up", ())),
        expires_at=None if expires_at is None else datetime.fromtimestamp(int(expires_at), UTC),
        groups=frozenset(item.get("groups", ())),
        deleted="deleted_at" in item,
        undelivered=item.get("undelivered"),
        waits=item.get("waits", False),
    )


def parse_recent_sends(item: Item) -> RecentSends:
    """Parse what a conversation's row has of the last ``client_message_id``s.

    A row without an inline turn may have idempotency records of any message until now.
    """
    recorded_at = item.get("recorded_at")
    # safeguard: sends-begin
    if recorded_at is None and "sends" not in item and _has_user_message(item):
        recorded_at = item["last_activity"]
    times = {key: int(time) for key, time in item.get("sends", {}).items()}
    return RecentSends(times, None if recorded_at is None else timestamps.parse_timestamp(recorded_at))


def _has_user_message(item: Item) -> bool:
    return int(item["answered_seq"]) > GREETING_SEQ or bool(item.get("unanswered") or item.get("given_up"))


def build_recent_sends(sends: RecentSends) -> Item:
    """Build the attributes of a conversation's row for the last ``client_message_id``s."""
    recorded_at = None if sends.recorded_at is None else timestamps.format_timestamp(sends.recorded_at)
    return {"sends": dict(sends.times), **({} if recorded_at is None else {"recorded_at": recorded_at})}


def _parse_sorted_at(item: Item) -> datetime | None:
    """Return the time by which indexes sort a conversation, None if that is its last activity or it is in no index."""
    sorting_time = parse_sorting_time(item["list_position"]) if "list_position" in item else None
    return None if sorting_time == timestamps.parse_timestamp(item["last_activity"]) else sorting_time


def parse_existing_conversation(item: Item | None) -> Conversation:
    """Parse a conversation that a conditional write found in the way.

    Raises
    ------
    NotFoundError
        If it does not exist or is deleted.
    """
    if item is None or "deleted_at" in item:
        raise NotFoundError("The conversation does not exist.") from None
    return parse_conversation(item)


_EMPTY_DIALOG = (("state", "{}"), ("untold", None), ("expects", None))
"""What a turn stores of a dialog, and its values before the first turn."""


def build_dialog_item(
    conversation: Conversation,
    state: DialogState,
    *,
    first_delayed_id: str | None = None,
    expects: AnswerSchema | None = None,
) -> Item:
    """Build the item of a dialog; a visitor's expires."""
    item: Item = {
        **build_dialog_key(conversation.id),
        "state": _format_json(state),
        "untold": first_delayed_id,
        "expects": None if expects is None else _format_json(expects),
    }
    if conversation.expires_at is None:
        return item
    expires_at = timestamps.add_seconds(conversation.expires_at, _DIALOG_MARGIN_SECONDS)
    return item | {"expires_at": timestamps.to_epoch_seconds(expires_at)}


def format_dialog(item: Item | None) -> str:
    """Return what a turn stores of a dialog as one text, to compare it; without an item, that of an empty dialog."""
    stored = item or {}
    return "\n".join(str(stored.get(name, default)) for name, default in _EMPTY_DIALOG)


def parse_state(item: Item | None) -> dict[str, Any]:
    """Parse the state of a dialog; empty if there is none yet, also if a claim has created the item."""
    return dict(json.loads((item or {}).get("state", "{}")))


def parse_expects(item: Item | None) -> AnswerSchema | None:
    """Parse the answers that the bot accepts next."""
    return None if item is None or "expects" not in item else dict(json.loads(item["expects"]))


def _format_json(state: DialogState | AnswerSchema) -> str:
    text = json.dumps(state, separators=(",", ":"), ensure_ascii=False)
    # Scripts can produce lone surrogates. UTF-8 cannot represent them, so the entire text is escaped.
    return text if text.isascii() or not _has_surrogates(text) else json.dumps(state, separators=(",", ":"))


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
