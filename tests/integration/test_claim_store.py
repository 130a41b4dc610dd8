"""Contract suite of ``ClaimStore``, for the fake and the adapter."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from conversations.domain import ids
from conversations.domain.conversation import Conversation, ListFilter
from conversations.domain.errors import ForbiddenError, NotFoundError, UnavailableError
from conversations.domain.message import Message
from tests.aws import Aws
from tests.builders import MORNING, a_conversation, a_draft, a_user, a_visitor, an_utterance
from tests.integration.stores import Stores, commit_turn, dynamodb_stores

ADA, EVE = a_user("ada"), a_user("eve")
EVERYTHING = ListFilter()
LATER = MORNING + timedelta(minutes=5)


def create_visit(stores: Stores, *, messages: int = 0) -> Conversation:
    """Store a visitor's conversation with a token and some messages."""
    conversation = a_conversation(a_visitor())
    stores.conversations.create(conversation)
    stores.visitors.add_token(conversation.id, "hash")
    for number in range(messages):
        draft = a_draft(f"{number}", client_message_id=f"{number}")
        stores.messages.append(a_visitor(conversation.id), conversation.id, draft, MORNING)
    return conversation


def get_conversation(stores: Stores, conversation_id: str) -> Conversation:
    conversation = stores.conversations.get(conversation_id)
    assert conversation is not None
    return conversation


def list_messages(stores: Stores, conversation_id: str) -> Sequence[Message]:
    page = stores.messages.get_page(
        get_conversation(stores, conversation_id), first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=1_000
    )
    return page.items


@pytest.mark.parametrize("messages", [0, 1, 39, 40, 41, 120])
def test_claim_transfers_conversation_with_all_messages(stores: Stores, messages: int) -> None:
    conversation = create_visit(stores, messages=messages)
    before = list_messages(stores, conversation.id)
    assert len(before) == messages

    claimed = stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)

    assert claimed == get_conversation(stores, conversation.id)
    assert (claimed.owner, claimed.anonymous, claimed.last_seq) == (ADA.owner, False, messages)
    assert not claimed.is_gone(LATER + timedelta(days=365))
    assert list_messages(stores, conversation.id) == before
    (listed,) = stores.conversations.list_by_owner(ADA.owner, EVERYTHING, limit=9).items
    assert listed.id == conversation.id
    assert stores.conversations.count_by_owner(ADA.owner, EVERYTHING) == 1


def test_claimed_conversation_continues(stores: Stores) -> None:
    conversation = create_visit(stores, messages=1)
    (question,) = list_messages(stores, conversation.id)
    dialog = stores.turns.load(conversation.id, question.id)
    assert dialog is not None
    commit_turn(stores.turns, dialog, [an_utterance()], {"step": 1}, MORNING)

    stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)
    message = stores.messages.append(ADA, conversation.id, a_draft("Still me"), LATER)

    assert message.seq == 3
    dialog = stores.turns.load(conversation.id, message.id)
    assert dialog is not None
    assert (dialog.state, dialog.message) == ({"step": 1}, message)
    assert [each.seq for each in list_messages(stores, conversation.id)] == [1, 2, 3]


def test_pending_message_is_answered_after_claim(stores: Stores) -> None:
    conversation = create_visit(stores, messages=1)
    (question,) = list_messages(stores, conversation.id)
    dialog = stores.turns.load(conversation.id, question.id)
    assert dialog is not None

    stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)
    replies = commit_turn(stores.turns, dialog, [an_utterance("Hi!")], {}, LATER)

    assert list_messages(stores, conversation.id) == (question, *replies)


def test_repeated_claim_changes_nothing(stores: Stores) -> None:
    conversation = create_visit(stores, messages=2)
    first = stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)
    stores.messages.append(ADA, conversation.id, a_draft("More"), LATER)

    again = stores.claims.claim(conversation.id, "hash", ADA.owner, LATER + timedelta(hours=9))

    assert (again.id, again.owner, again.updated_at) == (first.id, first.owner, LATER)
    assert len(list_messages(stores, conversation.id)) == 3
    assert stores.conversations.count_by_owner(ADA.owner, EVERYTHING) == 1


def test_repeated_claim_accepts_any_of_the_visitors_tokens(stores: Stores) -> None:
    conversation = create_visit(stores)
    stores.visitors.add_token(conversation.id, "another tab")
    stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)

    assert stores.claims.claim(conversation.id, "another tab", ADA.owner, LATER).owner == ADA.owner


def test_claimed_conversation_cannot_be_claimed_by_another_user(stores: Stores) -> None:
    conversation = create_visit(stores)
    stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)

    with pytest.raises(NotFoundError):
        stores.claims.claim(conversation.id, "hash", EVE.owner, LATER)

    assert get_conversation(stores, conversation.id).owner == ADA.owner
    assert stores.conversations.count_by_owner(EVE.owner, EVERYTHING) == 0


@pytest.mark.parametrize("token_hash", ["hush", "", "HASH"])
def test_claim_with_invalid_token_is_not_found(stores: Stores, token_hash: str) -> None:
    conversation = create_visit(stores)

    with pytest.raises(NotFoundError):
        stores.claims.claim(conversation.id, token_hash, ADA.owner, LATER)

    assert get_conversation(stores, conversation.id).anonymous


def test_ended_or_unknown_session_cannot_be_claimed(stores: Stores) -> None:
    conversation = create_visit(stores)
    ended_at = MORNING + timedelta(minutes=30)

    for conversation_id in (conversation.id, a_conversation().id):
        with pytest.raises(NotFoundError):
            stores.claims.claim(conversation_id, "hash", ADA.owner, ended_at)


def test_users_conversation_cannot_be_claimed(stores: Stores) -> None:
    conversation = a_conversation(EVE)
    stores.conversations.create(conversation)
    stores.visitors.add_token(conversation.id, "hash")

    with pytest.raises(NotFoundError):
        stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)


def test_visitor_loses_access_after_claim(stores: Stores) -> None:
    conversation = create_visit(stores, messages=1)
    stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)

    assert not stores.visitors.is_token_valid(conversation.id, "hash", LATER)
    for draft in (a_draft("More"), a_draft("0", client_message_id="0")):
        with pytest.raises(ForbiddenError):
            stores.messages.append(a_visitor(conversation.id), conversation.id, draft, LATER)
    stores.visitors.add_token(conversation.id, "late")
    assert not stores.visitors.is_token_valid(conversation.id, "late", LATER)


def test_retry_after_claim_returns_original_message(stores: Stores) -> None:
    conversation = create_visit(stores, messages=3)
    before = list_messages(stores, conversation.id)
    stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)

    again = stores.messages.append(ADA, conversation.id, a_draft("1", client_message_id="1"), LATER)

    assert again == before[1]
    assert list_messages(stores, conversation.id) == before


def test_messages_during_claim_are_moved_or_refused(stores: Stores) -> None:
    conversation = create_visit(stores, messages=3)
    visitor = a_visitor(conversation.id)

    def send(number: int) -> Message | None:
        try:
            return stores.another_process().append(visitor, conversation.id, a_draft(f"at once {number}"), LATER)
        except (ForbiddenError, UnavailableError):
            return None

    def claim() -> None:
        while True:
            try:
                stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)
            except UnavailableError:
                continue
            return

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(send, number) for number in range(6)]
        pool.submit(claim).result()
        accepted = [message for message in (each.result() for each in futures) if message is not None]

    stored = list_messages(stores, conversation.id)
    assert [message.seq for message in stored] == list(range(1, len(stored) + 1))
    assert {message.id for message in stored[3:]} == {message.id for message in accepted}


def test_incomplete_copy_leaves_conversation_with_visitor(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = create_visit(stores, messages=120)
    # botocore uses a handler's return value as the response, which the type stubs do not know.
    events: Any = deployed.dynamodb.meta.events
    busy = "before-call.dynamodb.BatchWriteItem"

    def refuse(**_: Any) -> tuple[object, dict[str, Any]]:  # noqa: ANN401 - botocore's signature
        unprocessed = {deployed.names["MessageHistoryTable"]: [{"DeleteRequest": {"Key": {"id": {"S": "1"}}}}]}
        return SimpleNamespace(status_code=200), {"UnprocessedItems": unprocessed}

    events.register(busy, refuse)
    try:
        with pytest.raises(UnavailableError):
            stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)
    finally:
        events.unregister(busy, refuse)

    assert get_conversation(stores, conversation.id).anonymous
    assert len(list_messages(stores, conversation.id)) == 120


def test_claimed_conversation_does_not_expire_and_leaves_nothing(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = create_visit(stores, messages=2)
    dialog = stores.turns.load(conversation.id)
    assert dialog is not None
    commit_turn(stores.turns, dialog, [an_utterance()], {"n": 1}, MORNING)

    stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)

    assert not [item for item in deployed.list_items("SessionsTable") if "expires_at" in item]
    expiring = [item["id"]["S"] for item in deployed.list_items("MessageHistoryTable") if "expires_at" in item]
    assert expiring == ["sent#0", "sent#1"]
    assert deployed.list_items("VisitorMessagesTable") == []


def test_erasure_covers_claimed_conversation(stores: Stores) -> None:
    conversation = create_visit(stores, messages=2)
    stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)

    while not stores.eraser.erase_messages(conversation.id):
        pass

    assert list_messages(stores, conversation.id) == ()
