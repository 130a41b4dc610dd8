"""Races: changes between a process's read, or its cache, and its write."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from conversations.adapters.dynamodb.claim_store import DynamoDBClaimStore
from conversations.adapters.dynamodb.conversation_store import DynamoDBConversationStore
from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore
from conversations.adapters.dynamodb.schema.sessions import build_list_position
from conversations.domain import ids
from conversations.domain.conversation import VISITOR_IDLE_SECONDS, Conversation, ConversationStatus, ListFilter
from conversations.domain.errors import ForbiddenError, NotFoundError
from conversations.domain.jobs import AnswerJob
from conversations.domain.principal import Principal
from conversations.services.fan_out import FanOut
from conversations.services.resume import ResumeService
from tests.aws import Aws, run_before_next
from tests.builders import MORNING, a_conversation, a_conversation_id, a_draft, a_user, a_visitor, an_utterance
from tests.fakes.gateway import RecordingGateway
from tests.integration.stores import Stores, commit_turn, dynamodb_stores, get_tables
from tests.integration.test_claim_store import LATER, create_visit, list_messages
from tests.integration.test_rating_store import greet

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
    conversation = create_visit(stores)
    (greeting,) = greet(stores, conversation)
    # The message does not change the time of the last change: a rating is of the same millisecond.
    stores.ratings.set_rating(conversation, greeting.id, "up", LATER)
    visitor = a_visitor(conversation.id)
    # Not the message store of ``stores``, whose requests are serialized by a lock.
    messages = DynamoDBMessageStore(deployed.dynamodb, get_tables(deployed))

    run_before_next(
        deployed.dynamodb,
        "TransactWriteItems",
        lambda _: messages.append(visitor, conversation.id, a_draft("One more thing"), LATER),
    )
    stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)

    assert [message.content for message in list_messages(stores, conversation.id)] == ["0", "One more thing"]


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


@pytest.mark.parametrize("previous", [None, "archived", "deleted"])
def test_concurrent_connections_get_one_conversation(deployed: Aws, previous: str | None) -> None:
    store = DynamoDBConversationStore(deployed.dynamodb, get_tables(deployed))
    if previous is not None:
        old = a_conversation(ADA)
        store.create(old)
        if previous == "deleted":
            store.mark_deleted(old, MORNING)
        else:
            store.set_status(old, ConversationStatus.ARCHIVED, MORNING)
    opened: list[Conversation] = []

    # Both have found no active conversation in the list.
    run_before_next(
        deployed.dynamodb, "TransactWriteItems", lambda _: opened.append(store.open_or_create(a_conversation(ADA)))
    )
    opened.extend(store.open_or_create(a_conversation(ADA)) for _ in range(2))

    assert {conversation.id for conversation in opened} == {opened[0].id}
    assert store.count_by_owner(ADA.owner, ListFilter(status=ConversationStatus.ACTIVE)) == 1


def test_connections_at_once_get_one_conversation(stores: Stores) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: stores.conversations.open_or_create(a_conversation(ADA)), range(8)))

    assert len({conversation.id for conversation in opened}) == 1
    assert stores.conversations.count_by_owner(ADA.owner, ListFilter()) == 1


def test_started_conversation_is_found_before_the_list_has_it(stores: Stores) -> None:
    started = a_conversation(ADA)
    stores.conversations.create(started)

    assert stores.conversations.open_or_create(a_conversation(ADA)) == started
    assert stores.conversations.open_or_create(a_conversation(ADA, bot_id="other")).bot_id == "other"
    assert stores.conversations.open_or_create(a_conversation(a_user("eve"))).owner == "user:eve"


def test_resume_of_visitor_fails_if_claim_moves_the_messages(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = create_visit(stores, messages=2)
    claims = DynamoDBClaimStore(deployed.dynamodb, get_tables(deployed))
    gateway = RecordingGateway()
    resume = ResumeService(
        conversations=stores.conversations,
        messages=stores.messages,
        fan_out=FanOut(stores.connections, gateway, lambda: gateway, now=lambda: LATER, pause=lambda _: None),
        now=lambda: LATER,
    )

    run_before_next(deployed.dynamodb, "Query", lambda _: claims.claim(conversation.id, "hash", ADA.owner, LATER))
    with pytest.raises(ForbiddenError):
        resume.resume(a_visitor(conversation.id), "tab", conversation_id=conversation.id, after=None)

    assert gateway.frames == {}


def test_repeated_status_repairs_the_list(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)
    archived = stores.conversations.set_status(conversation, ConversationStatus.ARCHIVED, LATER)
    # As a turn of an earlier version left it that met the archive.
    deployed.dynamodb.update_item(
        TableName=deployed.names["SessionsTable"],
        Key={"id": {"S": conversation.id}},
        UpdateExpression="SET list_position = :position",
        ExpressionAttributeValues={
            ":position": {"S": build_list_position(ConversationStatus.ACTIVE, MORNING, conversation.id)}
        },
    )
    # The row is archived, and the index of archived conversations does not have it.
    assert list_ids(stores, ConversationStatus.ACTIVE) == list_ids(stores, ConversationStatus.ARCHIVED) == []

    assert (
        stores.conversations.set_status(archived, ConversationStatus.ARCHIVED, LATER + timedelta(hours=1)) == archived
    )

    assert list_ids(stores, ConversationStatus.ACTIVE) == []
    assert list_ids(stores, ConversationStatus.ARCHIVED) == [conversation.id]


def list_ids(stores: Stores, status: ConversationStatus) -> list[str]:
    return [each.id for each in stores.conversations.list_by_owner(ADA.owner, ListFilter(status=status), limit=9).items]


def test_claim_of_deleted_conversation_cannot_be_repeated(stores: Stores) -> None:
    conversation = create_visit(stores)
    claimed = stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)
    stores.conversations.mark_deleted(claimed, LATER)

    with pytest.raises(NotFoundError):
        stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)


def test_page_is_read_consistently(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = stores.conversations.get(create_answered_conversation(stores, ADA))
    assert conversation is not None
    requests: list[dict[str, Any]] = []

    run_before_next(deployed.dynamodb, "Query", requests.append)
    stores.messages.get_page(conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=True, limit=10)

    assert b'"ConsistentRead": true' in requests[0]["body"]


def test_jobs_have_message_group_per_conversation(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    jobs = [
        AnswerJob(conversation_id=conversation_id, message_id=a_conversation_id())
        for conversation_id in ("one", "other", "one")
    ]

    for job in jobs:
        stores.queue.put(job, waits=False)

    url = deployed.names["RepliesQueue"]
    batches = [
        deployed.sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["MessageGroupId"]) for _ in range(2)
    ]
    # The third job waits for the first, which is in the same group.
    assert [each["Attributes"]["MessageGroupId"] for batch in batches for each in batch["Messages"]] == ["one", "other"]
