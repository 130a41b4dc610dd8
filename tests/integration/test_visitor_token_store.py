"""Contract suite of ``VisitorTokenStore``, for the fake and the adapter."""

from datetime import timedelta

from tests.builders import MORNING, a_conversation, a_conversation_id, a_draft, a_user, a_visitor
from tests.integration.stores import Stores


def create_visit(stores: Stores) -> str:
    conversation = a_conversation(a_visitor())
    stores.conversations.create(conversation)
    return conversation.id


def test_token_is_valid_for_its_session(stores: Stores) -> None:
    conversation_id = create_visit(stores)

    stores.visitors.add_token(conversation_id, "hash")

    assert stores.visitors.is_token_valid(conversation_id, "hash", MORNING)


def test_unknown_token_is_invalid(stores: Stores) -> None:
    conversation_id = create_visit(stores)
    assert not stores.visitors.is_token_valid(conversation_id, "hash", MORNING)

    stores.visitors.add_token(conversation_id, "hash")

    assert not stores.visitors.is_token_valid(conversation_id, "hush", MORNING)
    assert not stores.visitors.is_token_valid(conversation_id, "", MORNING)


def test_token_is_not_valid_for_other_session(stores: Stores) -> None:
    conversation_id, other = create_visit(stores), create_visit(stores)
    stores.visitors.add_token(conversation_id, "hash")

    assert not stores.visitors.is_token_valid(other, "hash", MORNING)
    assert not stores.visitors.is_token_valid(a_conversation_id(), "hash", MORNING)


def test_token_is_invalid_after_session_ends(stores: Stores) -> None:
    conversation_id = create_visit(stores)
    stores.visitors.add_token(conversation_id, "hash")

    assert stores.visitors.is_token_valid(conversation_id, "hash", MORNING + timedelta(minutes=30, milliseconds=-1))
    assert not stores.visitors.is_token_valid(conversation_id, "hash", MORNING + timedelta(minutes=30))


def test_message_extends_validity_of_token(stores: Stores) -> None:
    conversation_id = create_visit(stores)
    stores.visitors.add_token(conversation_id, "hash")

    stores.messages.append(a_visitor(conversation_id), conversation_id, a_draft(), MORNING + timedelta(minutes=29))

    assert stores.visitors.is_token_valid(conversation_id, "hash", MORNING + timedelta(minutes=58))
    assert not stores.visitors.is_token_valid(conversation_id, "hash", MORNING + timedelta(minutes=59))


def test_newest_16_tokens_are_valid(stores: Stores) -> None:
    conversation_id = create_visit(stores)
    tokens = [f"hash{number}" for number in range(19)]
    for token in tokens:
        stores.visitors.add_token(conversation_id, token)

    valid = [token for token in tokens if stores.visitors.is_token_valid(conversation_id, token, MORNING)]

    assert valid == tokens[-16:]


def test_current_token_stays_valid_while_new_ones_are_added(stores: Stores) -> None:
    conversation_id = create_visit(stores)
    stores.visitors.add_token(conversation_id, "current")

    for number in range(40):
        stores.visitors.add_token(conversation_id, f"unused{number}", current_hash="current")

    assert stores.visitors.is_token_valid(conversation_id, "current", MORNING)
    assert stores.visitors.is_token_valid(conversation_id, "unused39", MORNING)
    assert not stores.visitors.is_token_valid(conversation_id, "unused0", MORNING)


def test_removed_token_is_not_restored_as_current(stores: Stores) -> None:
    conversation_id = create_visit(stores)

    stores.visitors.add_token(conversation_id, "new", current_hash="removed")

    assert not stores.visitors.is_token_valid(conversation_id, "removed", MORNING)


def test_token_for_unknown_session_is_ignored(stores: Stores) -> None:
    conversation_id = a_conversation_id()

    stores.visitors.add_token(conversation_id, "hash")

    assert stores.conversations.get(conversation_id) is None
    assert not stores.visitors.is_token_valid(conversation_id, "hash", MORNING)


def test_conversation_does_not_contain_tokens(stores: Stores) -> None:
    conversation_id = create_visit(stores)
    before = stores.conversations.get(conversation_id)

    stores.visitors.add_token(conversation_id, "hash")

    assert stores.conversations.get(conversation_id) == before


def test_users_conversation_has_no_valid_token(stores: Stores) -> None:
    conversation = a_conversation(a_user())
    stores.conversations.create(conversation)

    assert not stores.visitors.is_token_valid(conversation.id, "hash", MORNING)
