"""Races: changes between a process's read, or its cache, and its write."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from conversations.adapters.dynamodb.claim_store import DynamoDBClaimStore
from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore
from conversations.domain.conversation import VISITOR_IDLE_SECONDS
from conversations.domain.errors import NotFoundError
from conversations.domain.jobs import AnswerJob
from conversations.domain.principal import Principal
from tests.aws import Aws
from tests.builders import MORNING, a_conversation, a_conversation_id, a_draft, a_user, a_visitor, an_utterance
from tests.integration.stores import Stores, commit_turn, dynamodb_stores, get_tables
from tests.integration.test_claim_store import LATER, create_visit, list_messages

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ADA = a_user("ada")


def create_answered_conversation(stores: Stores, owner: Principal) -> str:
    """Store a conversation with a message and its reply. The process's cached head is then right."""
    conversation = a_conversation(owner)
    stores.conversations.create(conversation)
    message = stores.messages.append(owner, conversation.id, a_draft(), MORNING)
    dialog = stores.turns.load(conversation.id, message.id)
    assert dialog is not None
    commit_turn(stores.turns, dialog, [an_utterance()], {}, MORNING)
    return conversation.id


def run_before_next(client: "DynamoDBClient", operation: str, action: Callable[[dict[str, Any]], object]) -> None:
    """Run ``action`` once, with the request, just before the next request of an operation is sent."""
    event = f"before-call.dynamodb.{operation}"

    def once(params: dict[str, Any], **_: object) -> None:
        client.meta.events.unregister(event, once)
        action(params)

    client.meta.events.register(event, once)


def test_append_to_deleted_conversation_is_not_found_with_cached_head(stores: Stores) -> None:
    conversation_id = create_answered_conversation(stores, ADA)
    conversation = stores.conversations.get(conversation_id)
    assert conversation is not None
    stores.conversations.mark_deleted(conversation, MORNING)

    with pytest.raises(NotFoundError):
        stores.messages.append(ADA, conversation_id, a_draft("Is anyone there?"), MORNING)


def test_append_to_expired_conversation_is_not_found_with_cached_head(stores: Stores) -> None:
    visitor = a_visitor()
    conversation_id = create_answered_conversation(stores, visitor)
    ended_at = MORNING + timedelta(seconds=VISITOR_IDLE_SECONDS)

    with pytest.raises(NotFoundError):
        stores.messages.append(visitor, conversation_id, a_draft("Is anyone there?"), ended_at)


def test_message_just_before_claim_is_moved(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = create_visit(stores, messages=2)
    visitor = a_visitor(conversation.id)
    # Not the message store of ``stores``, whose requests are serialized by a lock.
    messages = DynamoDBMessageStore(deployed.dynamodb, get_tables(deployed))

    run_before_next(
        deployed.dynamodb,
        "TransactWriteItems",
        lambda _: messages.append(visitor, conversation.id, a_draft("One more thing"), LATER),
    )
    stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)

    assert [message.seq for message in list_messages(stores, conversation.id)] == [1, 2, 3]
    assert list_messages(stores, conversation.id)[-1].content == "One more thing"


def test_failure_is_reported_to_user_who_claims_just_before_it_is_stored(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = create_visit(stores, messages=1)
    (message, *_) = list_messages(stores, conversation.id)
    # Not the stores of ``stores``, whose requests are serialized by a lock.
    claims = DynamoDBClaimStore(deployed.dynamodb, get_tables(deployed))

    run_before_next(
        deployed.dynamodb,
        "TransactWriteItems",
        lambda _: claims.claim(conversation.id, "hash", ADA.owner, LATER),
    )
    dialog = stores.turns.mark_failed(conversation.id, message.id)

    assert dialog is not None
    assert dialog.conversation.owner == ADA.owner


def test_page_is_read_consistently(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = stores.conversations.get(create_answered_conversation(stores, ADA))
    assert conversation is not None
    requests: list[dict[str, Any]] = []

    run_before_next(deployed.dynamodb, "Query", requests.append)
    stores.messages.get_page(conversation, first="0", last="g", newest=True, limit=10)

    assert b'"ConsistentRead": true' in requests[0]["body"]


def test_jobs_have_message_group_per_conversation(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    jobs = [
        AnswerJob(conversation_id=conversation_id, message_id=a_conversation_id())
        for conversation_id in ("one", "other", "one")
    ]

    for job in jobs:
        stores.queue.put(job)

    url = deployed.names["RepliesQueue"]
    batches = [
        deployed.sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["MessageGroupId"]) for _ in range(2)
    ]
    # The third job waits for the first, which is in the same group.
    assert [each["Attributes"]["MessageGroupId"] for batch in batches for each in batch["Messages"]] == ["one", "other"]
