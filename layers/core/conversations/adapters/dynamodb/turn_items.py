"""The items that a turn puts: the bot's messages and the dialog."""

from collections.abc import Iterable, Sequence
from typing import Any

from conversations.adapters.dynamodb.schema import message_history, sessions
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.serialization import serialize
from conversations.domain.bot import DialogState
from conversations.domain.conversation import Conversation
from conversations.domain.dialog import Dialog, TurnSideData
from conversations.domain.message import Message


def build_message_put(tables: Tables, conversation: Conversation, message: Message) -> dict[str, Any]:
    """Build the action that stores a message of the bot, or replaces one of the user."""
    item = message_history.build_message_item(message, anonymous=conversation.anonymous)
    return {"Put": {"TableName": tables.messages(anonymous=conversation.anonymous), "Item": serialize(item)}}


def build_turn_puts(
    tables: Tables, conversation: Conversation, message: Message, replies: Sequence[Message]
) -> Iterable[dict[str, Any]]:
    """Build the actions that store a user's message and the replies of its inline turn: one item, if it is small."""
    if not message_history.fits_one_item(message, replies):
        yield from (build_message_put(tables, conversation, each) for each in (message, *replies))
        return
    item = message_history.build_turn_item(message, replies, anonymous=conversation.anonymous)
    yield {"Put": {"TableName": tables.messages(anonymous=conversation.anonymous), "Item": serialize(item)}}


def build_dialog_put(
    tables: Tables, dialog: Dialog, state: DialogState, messages: Sequence[Message], side_data: TurnSideData
) -> Iterable[dict[str, Any]]:
    """Build the action that stores the dialog, if the turn has changed it. Only turns do, one after the other."""
    first_delayed_id = None if side_data.pause is None else messages[side_data.pause].id
    item = sessions.build_dialog_item(
        dialog.conversation, state, first_delayed_id=first_delayed_id, expects=side_data.expects
    )
    # safeguard: dialog-stored
    if sessions.format_dialog(item) != dialog.stored:
        yield {"Put": {"TableName": tables.sessions, "Item": serialize(item)}}
