"""What happens in the one moment that matters: between what a process knows and what it writes."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore
from conversations.domain.conversation import VISITOR_IDLE_SECONDS
from conversations.domain.errors import NotFoundError
from conversations.domain.jobs import AnswerJob
from conversations.domain.principal import Principal
from tests.aws import Aws
from tests.builders import MORNING, a_conversation, a_draft, a_session_id, a_user, a_visitor, an_utterance
from tests.integration.stores import Stores, commit_turn, dynamodb_stores, tables_of
from tests.integration.test_claim_store import LATER, history, visited

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ADA = a_user("ada")


def answered(stores: Stores, owner: Principal) -> str:
    """Let somebody say something and be answered; what this process guesses of the conversation's end is right."""
    conversation = a_conversation(owner)
    stores.conversations.create(conversation)
    said = stores.messages.append(owner, conversation.id, a_draft(), MORNING)
    dialog = stores.turns.load(conversation.id, said.id)
    assert dialog is not None
    commit_turn(stores.turns, dialog, [an_utterance()], {}, MORNING)
    return conversation.id


def before_the_next(client: "DynamoDBClient", operation: str, what: Callable[[dict[str, Any]], object]) -> None:
    """Let something happen just before a request goes out, once; it gets the request."""
    event = f"before-call.dynamodb.{operation}"

    def once(params: dict[str, Any], **_: object) -> None:
        client.meta.events.unregister(event, once)
        what(params)

    client.meta.events.register(event, once)


def test_append_to_deleted_conversation_is_not_found_with_cached_head(stores: Stores) -> None:
    session_id = answered(stores, ADA)
    conversation = stores.conversations.get(session_id)
    assert conversation is not None
    stores.conversations.mark_deleted(conversation, MORNING)

    with pytest.raises(NotFoundError):
        stores.messages.append(ADA, session_id, a_draft("Anybody there?"), MORNING)


def test_append_to_expired_conversation_is_not_found_with_cached_head(stores: Stores) -> None:
    visitor = a_visitor()
    session_id = answered(stores, visitor)
    too_late = MORNING + timedelta(seconds=VISITOR_IDLE_SECONDS)

    with pytest.raises(NotFoundError):
        stores.messages.append(visitor, session_id, a_draft("Anybody there?"), too_late)


def test_message_just_before_claim_is_moved(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = visited(stores, said=2)
    visitor = a_visitor(conversation.id)
    # Not one of the stores', whose requests wait for one another.
    messages = DynamoDBMessageStore(deployed.dynamodb, tables_of(deployed))

    before_the_next(
        deployed.dynamodb,
        "TransactWriteItems",
        lambda _: messages.append(visitor, conversation.id, a_draft("One more thing"), LATER),
    )
    stores.claims.claim(conversation.id, "hash", ADA.owner, LATER)

    assert [message.seq for message in history(stores, conversation.id)] == [1, 2, 3]
    assert history(stores, conversation.id)[-1].content == "One more thing"


def test_page_is_read_consistently(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = stores.conversations.get(answered(stores, ADA))
    assert conversation is not None
    asked: list[dict[str, Any]] = []

    before_the_next(deployed.dynamodb, "Query", asked.append)
    stores.messages.get_page(conversation, first="0", last="g", newest=True, limit=10)

    assert b'"ConsistentRead": true' in asked[0]["body"]


def test_jobs_have_message_group_per_conversation(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    works = [AnswerJob(session_id=session_id, message_id=a_session_id()) for session_id in ("one", "other", "one")]

    for work in works:
        stores.queue.put(work)

    url = deployed.names["RepliesQueue"]
    batches = [
        deployed.sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["MessageGroupId"]) for _ in range(2)
    ]
    # The third waits for the first, in whose group it is.
    assert [each["Attributes"]["MessageGroupId"] for batch in batches for each in batch["Messages"]] == ["one", "other"]
