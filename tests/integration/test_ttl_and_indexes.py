"""What lies in the tables, and for how long: what TTL deletes, and what it must not."""

from datetime import UTC, datetime, timedelta
from typing import Any

from conversations.domain.principal import Principal
from tests.aws import Aws
from tests.builders import MORNING, a_conversation, a_draft, a_socket, a_user, a_visitor, an_utterance
from tests.integration.stores import commit_turn, dynamodb_stores


def talked(where: Aws, owner: Principal) -> None:
    """Let somebody say something by name, get an answer, and have a socket and a token."""
    stores = dynamodb_stores(where)
    conversation = a_conversation(owner)
    stores.conversations.create(conversation)
    message = stores.messages.append(owner, conversation.id, a_draft("hunter2", client_message_id="a"), MORNING)
    dialog = stores.turns.load(conversation.id, message.id)
    assert dialog is not None
    commit_turn(stores.turns, dialog, [an_utterance()], {"misses": 1}, MORNING)
    stores.visitors.add_token(conversation.id, "hash")
    stores.connections.add(a_socket(owner, opened_at=MORNING, expires_at=MORNING + timedelta(hours=2)))


def ends(where: Aws, table: str) -> dict[str, datetime | None]:
    """Return when TTL may delete each item of a table, by what kind of item it is."""
    return {_kind(item): _end(item) for item in where.items(table)}


def _kind(item: dict[str, Any]) -> str:
    _, separator, rest = item["id"]["S"].partition("#")
    return rest.partition("#")[0] if separator else "conversation"


def _end(item: dict[str, Any]) -> datetime | None:
    return datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC) if "expires_at" in item else None


def test_only_idempotency_record_of_users_conversation_expires(deployed: Aws) -> None:
    talked(deployed, a_user())

    assert ends(deployed, "SessionsTable") == {
        "conversation": None,
        "dialog": None,
        "counts": None,
    }
    (marker,) = [item for item in deployed.items("MessageHistoryTable") if "expires_at" in item]
    assert marker["id"]["S"].startswith("sent#")
    assert _end(marker) == MORNING + timedelta(hours=24)


def test_empty_groups_are_not_stored(deployed: Aws) -> None:
    talked(deployed, a_user())
    talked(deployed, a_visitor())

    for table in ("SessionsTable", "MessageHistoryTable", "VisitorMessagesTable"):
        assert not any("groups" in item for item in deployed.items(table))


def test_everything_of_visitor_expires_after_conversation_ends(deployed: Aws) -> None:
    talked(deployed, a_visitor())

    found = ends(deployed, "SessionsTable")

    assert found.keys() == {"conversation", "dialog"}
    assert found["conversation"] == MORNING + timedelta(minutes=30)
    # What the bot remembers outlives every message that may still prolong the conversation before its next turn.
    assert found["dialog"] is not None
    assert timedelta(hours=24) <= found["dialog"] - MORNING <= timedelta(hours=26)
    assert deployed.items("MessageHistoryTable") == []
    # Question, answer and marker.
    assert [_end(item) for item in deployed.items("VisitorMessagesTable")] == [MORNING + timedelta(hours=24)] * 3


def test_connection_expires_after_two_hours(deployed: Aws) -> None:
    talked(deployed, a_user())

    (socket,) = deployed.items("ConnectionsTable")

    assert _end(socket) == MORNING + timedelta(hours=2)


def test_visitors_conversation_is_in_no_index(deployed: Aws) -> None:
    talked(deployed, a_visitor())

    for item in deployed.items("SessionsTable"):
        assert not {"list_owner", "list_owner_and_bot", "list_position"} & item.keys()


def test_indexes_contain_conversations_only(deployed: Aws) -> None:
    talked(deployed, a_user())

    listed = [item for item in deployed.items("SessionsTable") if "list_owner" in item]

    assert [_kind(item) for item in listed] == ["conversation"]
