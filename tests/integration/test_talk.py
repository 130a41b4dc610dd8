"""Contract suite of ``TalkStore``, and messages to other users from the functions on moto."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from basic.bundle import dump_bundle
from conversations.adapters.dynamodb.talk_store import DynamoDBTalkStore
from conversations.bootstrap import clients
from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.stores import conversation_store
from conversations.domain import ids
from conversations.domain.automations import ScheduledJob
from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.errors import UnavailableError
from conversations.domain.jobs import AnswerJob, DeliverJob, GreetJob
from conversations.domain.message import Message
from conversations.domain.secrets import hash_secret
from conversations.domain.talk import TalkEffect, TalkRefusedError
from conversations.ports.talk import TalkStore
from tests import aws, events
from tests.aws import BUCKET, Aws
from tests.builders import a_conversation, a_draft, a_socket, a_user
from tests.fakes.memory import InMemoryConversationStore
from tests.fakes.scripts import a_bundle, a_script_bot
from tests.fakes.talk import InMemoryTalkStore
from tests.integration.running import QUEUES, WORKERS, Functions
from tests.integration.stores import Stores, dynamodb_stores, get_tables, memory_stores

NOW = datetime(2026, 11, 29, 23, 59, tzinfo=UTC)
LIMIT = 3
BIA = a_user("bia")
DONE: dict[str, Any] = {"batchItemFailures": []}


def an_effect(name: str, *, bot_id: str = "default", at: datetime = NOW) -> TalkEffect:
    return TalkEffect(bot_id, f"conversation:{name}:1", at)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A store of messages to other users, beside the other stores."""

    talks: TalkStore
    stores: Stores

    def list_messages(self, conversation: Conversation) -> tuple[Message, ...]:
        page = self.stores.messages.get_page(
            conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=100
        )
        return tuple(page.items)

    def get(self, conversation: Conversation) -> Conversation:
        stored = self.stores.conversations.get(conversation.id)
        assert stored is not None
        return stored


@pytest.fixture(params=["memory", "dynamodb"])
def deployment(request: pytest.FixtureRequest) -> Deployment:
    if request.param == "memory":
        stores = memory_stores()
        assert isinstance(stores.conversations, InMemoryConversationStore)
        return Deployment(InMemoryTalkStore(stores.conversations.memory, LIMIT), stores)
    deployed: Aws = request.getfixturevalue("deployed")
    client = aws.serialize_requests(deployed.dynamodb)
    return Deployment(DynamoDBTalkStore(client, get_tables(deployed), LIMIT), dynamodb_stores(deployed))


@pytest.fixture
def conversation(deployment: Deployment) -> Conversation:
    return deployment.stores.conversations.create(a_conversation(BIA, last_activity=NOW - timedelta(days=1)))


def test_message_is_stored_at_the_end(deployment: Deployment, conversation: Conversation) -> None:
    stored = deployment.talks.store(an_effect("a"), conversation, "Hi")

    (message,) = deployment.list_messages(conversation)
    assert (stored.conversation_id, stored.message_id) == (conversation.id, message.id)
    assert (message.content, message.seq, message.sender, message.answers) == ("Hi", 1, "bot", None)
    assert message.timestamp == NOW
    after = deployment.get(conversation)
    assert (after.last_seq, after.last_message, after.last_activity, after.answered_seq) == (
        1,
        "Hi",
        NOW,
        conversation.answered_seq,
    )
    assert deployment.stores.conversations.get_newest_active_id(BIA.owner, "default") == conversation.id


def test_message_is_stored_once_per_effect(deployment: Deployment, conversation: Conversation) -> None:
    first = deployment.talks.store(an_effect("a"), conversation, "Hi")

    other = deployment.stores.conversations.create(a_conversation(BIA))
    assert deployment.talks.store(an_effect("a"), conversation, "Hi") == first
    assert deployment.talks.store(an_effect("a"), deployment.get(conversation), "Hi") == first
    assert deployment.talks.store(an_effect("a"), other, "Hi") == first
    assert deployment.talks.store(an_effect("b"), other, "Hi") != first
    assert [len(deployment.list_messages(each)) for each in (conversation, other)] == [1, 1]


def test_message_follows_those_that_were_stored_meanwhile(deployment: Deployment, conversation: Conversation) -> None:
    deployment.stores.messages.append(BIA, conversation.id, a_draft("Hello"), NOW + timedelta(seconds=5))

    deployment.talks.store(an_effect("a"), conversation, "Hi")

    messages = deployment.list_messages(conversation)
    assert [(message.seq, message.content) for message in messages] == [(1, "Hello"), (2, "Hi")]
    assert messages[1].timestamp > messages[0].timestamp
    after = deployment.get(conversation)
    assert after.last_seq == 2
    assert len(after.pending_message_ids) == 1


def archive(stores: Stores, conversation: Conversation) -> None:
    stores.conversations.set_status(conversation, ConversationStatus.ARCHIVED, NOW)


def delete(stores: Stores, conversation: Conversation) -> None:
    stores.conversations.mark_deleted(conversation, NOW)


def erase(stores: Stores, conversation: Conversation) -> None:
    stores.delete_row(conversation.id)


@pytest.mark.parametrize("change", [archive, delete, erase])
def test_conversation_that_accepts_no_messages_gets_none(
    deployment: Deployment, conversation: Conversation, change: Callable[[Stores, Conversation], None]
) -> None:
    change(deployment.stores, conversation)

    with pytest.raises(UnavailableError):
        deployment.talks.store(an_effect("a"), conversation, "Hi")

    assert deployment.list_messages(conversation) == ()


def test_messages_of_a_bot_and_day_are_limited(deployment: Deployment, conversation: Conversation) -> None:
    for name in ("a", "b", "c"):
        deployment.talks.store(an_effect(name), deployment.get(conversation), "Hi")

    with pytest.raises(TalkRefusedError, match="more than 3 messages to other users today"):
        deployment.talks.store(an_effect("d"), deployment.get(conversation), "Hi")

    deployment.talks.store(an_effect("a"), deployment.get(conversation), "Hi")
    deployment.talks.store(an_effect("d", bot_id="other"), deployment.get(conversation), "Hi")
    deployment.talks.store(an_effect("e", at=NOW + timedelta(minutes=1)), deployment.get(conversation), "Hi")
    assert len(deployment.list_messages(conversation)) == 5


def test_claims_contain_ids_only_and_expire(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation = stores.conversations.create(a_conversation(BIA))
    DynamoDBTalkStore(deployed.dynamodb, get_tables(deployed), LIMIT).store(an_effect("a"), conversation, "Hi")

    items = {item["id"]["S"]: item for item in deployed.list_items("BotDataTable")}
    assert items.keys() == {"conversation:a:1", "day#2026-11-29"}
    assert items["conversation:a:1"].keys() == {"bot_table", "id", "conversation_id", "message_id", "expires_at"}
    # A job can wait for 28 days.
    assert {int(item["expires_at"]["N"]) for item in items.values()} == {int(NOW.timestamp()) + 29 * 24 * 60 * 60}


# ---------------------------------------------------------------------------------------------------------- functions


def publish(functions: Functions, script: str, **others: str) -> None:
    bundle = a_bundle({"start": script, **others})
    bot = a_script_bot(bundle)
    functions.aws.s3.put_object(Bucket=BUCKET, Key=str(bot.program["key"]), Body=dump_bundle(bundle).encode())
    functions.publish(bot)


def run_deliveries(functions: Functions) -> None:
    """Run the deliveries of both queues with the functions of these queues."""
    for queue, worker in zip(QUEUES, WORKERS, strict=True):
        for job in functions.receive_jobs(queue):
            assert isinstance(job, DeliverJob)
            assert functions.invoke(worker, events.records(job)) == DONE


@pytest.fixture
def _serialized(monkeypatch: pytest.MonkeyPatch, functions: Functions) -> None:  # noqa: ARG001 - clears all caches first
    """Let the threads of an invocation take turns on moto, whose tables are not safe for threads."""
    monkeypatch.setattr(clients.dynamodb, "_result", aws.serialize_requests(clients.dynamodb()))


@pytest.mark.usefixtures("_serialized")
@pytest.mark.parametrize("worker", WORKERS)
@pytest.mark.parametrize("waits", [False, True], ids=["computes", "waits"])
@pytest.mark.parametrize("is_archived", [False, True], ids=["active", "archived"])
def test_message_to_another_user_is_stored_and_delivered_once(
    functions: Functions, worker: str, *, waits: bool, is_archived: bool
) -> None:
    functions = replace(functions, worker=worker)
    publish(functions, 'HEAR text\nTALK TO "bia", text\nTALK "Sent."')
    status = ConversationStatus.ARCHIVED if is_archived else ConversationStatus.ACTIVE
    other = a_conversation(BIA, status=status).model_copy(update={"waits": waits})
    functions.store_conversation(other)
    connection_store().add(a_socket(BIA, "phone"))
    ada = a_user("ada")
    conversation = functions.store_conversation(a_conversation(ada))
    functions.run_turns(events.records(GreetJob(conversation_id=conversation.id)))
    message = functions.store_message(ada, conversation, "Hi")

    for _ in range(2):
        job = AnswerJob(conversation_id=conversation.id, message_id=message.id)
        assert functions.run_turns(events.records(job)) == DONE
    run_deliveries(functions)

    newest_id = conversation_store().get_newest_active_id(BIA.owner, "default")
    assert newest_id is not None
    assert (newest_id == other.id) is not is_archived
    assert [each.content for each in functions.list_messages(newest_id)] == ["Hi"]
    assert [frame["content"] for frame in functions.connections.frames["phone"]] == ["Hi"]
    assert [each.content for each in functions.list_messages(conversation.id)] == ["Hi", "Sent."]


@pytest.mark.usefixtures("_serialized")
@pytest.mark.parametrize("waits", [False, True], ids=["computes", "waits"])
def test_webhook_sends_one_message_for_a_repeated_delivery(functions: Functions, *, waits: bool) -> None:
    publish(functions, "", hook='WEBHOOK "hook"\nTALK TO body.user, "Paid: ${body.order}"')
    functions.set_webhook_secret("default", hash_secret("s"))
    functions.store_conversation(a_conversation(BIA).model_copy(update={"waits": waits}))
    event = events.rest("webhook", raw='{"order": 7, "user": "bia"}')
    event["pathParameters"] = {"bot_id": "default", "name": "hook"}
    event["path"] = "/default/webhook/hook"
    event["headers"] |= {"X-Webhook-Secret": "s", "Idempotency-Key": "k", "Content-Type": "application/json"}
    connection_store().add(a_socket(BIA, "phone"))

    statuses = [functions.invoke("webhook", event)["statusCode"] for _ in range(2)]
    run_deliveries(functions)

    assert statuses == [204, 204]
    assert [frame["content"] for frame in functions.connections.frames["phone"]] == ["Paid: 7"]


def test_webhook_starts_a_conversation_if_all_are_archived(functions: Functions) -> None:
    publish(functions, "", hook='WEBHOOK "hook"\nTALK TO "bia", "Paid"')
    functions.set_webhook_secret("default", hash_secret("s"))
    archived = functions.store_conversation(a_conversation(BIA, status=ConversationStatus.ARCHIVED))
    event = events.rest("webhook", raw="{}")
    event["pathParameters"] = {"bot_id": "default", "name": "hook"}
    event["path"] = "/default/webhook/hook"
    event["headers"] |= {"X-Webhook-Secret": "s", "Idempotency-Key": "k", "Content-Type": "application/json"}

    assert functions.invoke("webhook", event)["statusCode"] == 204

    newest_id = conversation_store().get_newest_active_id(BIA.owner, "default")
    assert newest_id not in (None, archived.id)
    assert [each.content for each in functions.list_messages(str(newest_id))] == ["Paid"]


@pytest.mark.usefixtures("_serialized")
@pytest.mark.parametrize("waits", [False, True], ids=["computes", "waits"])
@pytest.mark.parametrize("is_archived", [False, True], ids=["active", "archived"])
def test_script_on_a_schedule_sends_one_message(functions: Functions, *, waits: bool, is_archived: bool) -> None:
    schedule = "0 9 * * *"
    publish(functions, "", report=f'SET SCHEDULE "{schedule}"\nTALK TO "bia", "Good morning"')
    status = ConversationStatus.ARCHIVED if is_archived else ConversationStatus.ACTIVE
    functions.store_conversation(a_conversation(BIA, status=status).model_copy(update={"waits": waits}))
    connection_store().add(a_socket(BIA, "phone"))
    due = datetime.now(UTC).replace(second=0, microsecond=0)
    job = ScheduledJob(bot_id="default", script="report", schedule=schedule, due=due, max_late_seconds=3_600)
    event = copy.deepcopy(events.event("run_automation"))
    event["Records"][0]["body"] = job.model_dump_json()

    for _ in range(2):
        assert functions.invoke("run_automation", event) == DONE
    run_deliveries(functions)

    assert [frame["content"] for frame in functions.connections.frames["phone"]] == ["Good morning"]
