"""Stored items: what TTL deletes and what it must not, and what the indexes contain."""

from datetime import UTC, datetime, timedelta
from typing import Any

from conversations.domain.principal import Principal
from tests.aws import Aws
from tests.builders import MORNING, a_conversation, a_draft, a_socket, a_user, a_visitor, an_utterance
from tests.integration.stores import commit_turn, dynamodb_stores


def store_conversation(where: Aws, owner: Principal) -> None:
    """Store a conversation with an idempotency record, a reply, a token and a connection."""
    stores = dynamodb_stores(where)
    conversation = a_conversation(owner)
    stores.conversations.create(conversation)
    message = stores.messages.append(owner, conversation.id, a_draft("hunter2", client_message_id="a"), MORNING)
    dialog = stores.turns.load(conversation.id, message.id)
    assert dialog is not None
    commit_turn(stores.turns, dialog, [an_utterance()], {"misses": 1}, MORNING)
    stores.visitors.add_token(conversation.id, "hash")
    stores.connections.add(a_socket(owner, opened_at=MORNING, expires_at=MORNING + timedelta(hours=2)))


def get_expiries(where: Aws, table: str) -> dict[str, datetime | None]:
    """Return when TTL may delete the items of a table, by kind."""
    return {_get_kind(item): _get_expiry(item) for item in where.list_items(table)}


def _get_kind(item: dict[str, Any]) -> str:
    _, separator, rest = item["id"]["S"].partition("#")
    return rest.partition("#")[0] if separator else "conversation"


def _get_expiry(item: dict[str, Any]) -> datetime | None:
    return datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC) if "expires_at" in item else None


def test_only_idempotency_record_of_users_conversation_expires(deployed: Aws) -> None:
    store_conversation(deployed, a_user())

    assert get_expiries(deployed, "SessionsTable") == {
        "conversation": None,
        "dialog": None,
        "counts": None,
    }
    (record,) = [item for item in deployed.list_items("MessageHistoryTable") if "expires_at" in item]
    assert record["id"]["S"].startswith("sent#")
    assert _get_expiry(record) == MORNING + timedelta(hours=24)


def test_empty_groups_are_not_stored(deployed: Aws) -> None:
    store_conversation(deployed, a_user())
    store_conversation(deployed, a_visitor())

    for table in ("SessionsTable", "MessageHistoryTable", "VisitorMessagesTable"):
        assert not any("groups" in item for item in deployed.list_items(table))


def test_everything_of_visitor_expires_after_conversation_ends(deployed: Aws) -> None:
    store_conversation(deployed, a_visitor())

    expiries = get_expiries(deployed, "SessionsTable")

    assert expiries.keys() == {"conversation", "dialog"}
    assert expiries["conversation"] == MORNING + timedelta(minutes=30)
    # The dialog outlives every message that may extend the conversation before the next turn.
    assert expiries["dialog"] is not None
    assert timedelta(hours=24) <= expiries["dialog"] - MORNING <= timedelta(hours=26)
    assert deployed.list_items("MessageHistoryTable") == []
    # Message, reply and idempotency record; the time to live of DynamoDB has whole seconds.
    expiries_of_messages = [_get_expiry(item) for item in deployed.list_items("VisitorMessagesTable")]
    assert len(expiries_of_messages) == 3
    assert set(expiries_of_messages) <= {MORNING + timedelta(hours=24), MORNING + timedelta(hours=24, seconds=1)}


def test_connection_expires_after_two_hours(deployed: Aws) -> None:
    store_conversation(deployed, a_user())

    (connection,) = deployed.list_items("ConnectionsTable")

    assert _get_expiry(connection) == MORNING + timedelta(hours=2)


def test_visitors_conversation_is_in_no_index(deployed: Aws) -> None:
    store_conversation(deployed, a_visitor())

    for item in deployed.list_items("SessionsTable"):
        assert not {"list_owner", "list_owner_and_bot", "list_position"} & item.keys()


def test_indexes_contain_conversations_only(deployed: Aws) -> None:
    store_conversation(deployed, a_user())

    listed = [item for item in deployed.list_items("SessionsTable") if "list_owner" in item]

    assert [_get_kind(item) for item in listed] == ["conversation"]
