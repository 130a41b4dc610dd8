"""The function run_waiting_turns: batches of the queue of turns that wait, over several conversations."""

from typing import Any

import pytest

from conversations.bootstrap import clients
from conversations.bootstrap.stores import conversation_store
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob
from conversations.domain.message import Message
from tests import aws, events
from tests.builders import a_rule_bot, a_user
from tests.composition import clear_caches
from tests.events import Event
from tests.integration.responses import parse_ok
from tests.integration.running import Functions

ADA = a_user("ada")
QUEUE = "WaitingTurnsQueue"


@pytest.fixture(autouse=True)
def _serialized(monkeypatch: pytest.MonkeyPatch, functions: Functions) -> None:  # noqa: ARG001 - clears all caches first
    """Let the threads of an invocation take turns on moto, whose tables are not safe for threads."""
    monkeypatch.setattr(clients.dynamodb, "_result", aws.serialize_requests(clients.dynamodb()))


def publish(functions: Functions, *names: str, waits: bool = True, engine: str = "rules") -> None:
    for name in names:
        functions.publish(a_rule_bot(name, name).model_copy(update={"waits": waits, "engine": engine}))


def send(functions: Functions, conversation: Conversation, content: str = "Hello") -> Message:
    """Send a message over REST."""
    event = events.rest("send_message", ADA, conversation_id=f"conv-{conversation.id}", body={"content": content})
    assert functions.invoke("send_message", event)["statusCode"] == 200
    return functions.list_messages(conversation.id)[-1]


def start(functions: Functions, bot_id: str) -> Conversation:
    """Start a conversation over REST, with its first message."""
    body = {"bot_id": bot_id, "initial_message": "Hello"}
    response = functions.invoke("start_conversation", events.rest("start_conversation", ADA, body=body))
    conversation_id = parse_ok(response)["conversation_id"].removeprefix("conv-")
    conversation = conversation_store().get(conversation_id)
    assert conversation is not None
    return conversation


def receive_batch(functions: Functions, number: int) -> Event:
    """Receive a batch from the queue as Lambda does, without deleting it."""
    records: list[dict[str, Any]] = []
    for _ in range(number):
        # One at a time: moto does not keep the order of a message group in larger batches.
        (message,) = functions.aws.sqs.receive_message(
            QueueUrl=functions.aws.names[QUEUE], MessageSystemAttributeNames=["All"], VisibilityTimeout=130
        )["Messages"]
        records.append(
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
        )
    return {"Records": records}


def count_messages(functions: Functions) -> tuple[int, int]:
    """Return how many messages of the queue are visible, and how many are with a worker."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = functions.aws.sqs.get_queue_attributes(QueueUrl=functions.aws.names[QUEUE], AttributeNames=names)
    return int(attributes["Attributes"][names[0]]), int(attributes["Attributes"][names[1]])


def test_conversations_of_a_batch_are_answered_and_deleted(functions: Functions) -> None:
    publish(functions, "one", "two", "three")
    conversations = [start(functions, bot_id) for bot_id in ("one", "two", "three")]

    response = functions.invoke("run_waiting_turns", receive_batch(functions, 3))

    assert response == {"batchItemFailures": []}
    assert all(len(functions.list_messages(conversation.id)) == 2 for conversation in conversations)
    # Lambda deletes the one that was done last.
    assert count_messages(functions) == (0, 1)


def test_failed_turn_is_retried_alone(functions: Functions) -> None:
    publish(functions, "good")
    publish(functions, "broken", engine="telepathy")
    good, broken = start(functions, "good"), start(functions, "broken")
    batch = receive_batch(functions, 2)
    (bad_record,) = [record["messageId"] for record in batch["Records"] if broken.id in record["body"]]

    response = functions.invoke("run_waiting_turns", batch)

    assert response == {"batchItemFailures": [{"itemIdentifier": bad_record}]}
    assert [len(functions.list_messages(each.id)) for each in (good, broken)] == [2, 1]
    functions.aws.sqs.change_message_visibility(
        QueueUrl=functions.aws.names[QUEUE],
        ReceiptHandle=next(r["receiptHandle"] for r in batch["Records"] if r["messageId"] == bad_record),
        VisibilityTimeout=0,
    )
    (redelivered,) = receive_batch(functions, 1)["Records"]
    assert (redelivered["messageId"], redelivered["attributes"]["ApproximateReceiveCount"]) == (bad_record, "2")


def test_turn_of_an_older_conversation_is_forwarded(functions: Functions) -> None:
    publish(functions, "one", waits=False)
    conversation = start(functions, "one")
    functions.run_bots()
    publish(functions, "one", waits=True)
    clear_caches()
    message = send(functions, conversation, "again")
    (job,) = functions.receive_jobs()

    functions.invoke("run_turn", events.records(job))

    assert functions.receive_jobs(QUEUE) == [AnswerJob(conversation_id=conversation.id, message_id=message.id)]
    # Its next message goes there directly.
    clear_caches()
    third = send(functions, conversation, "once more")
    assert functions.receive_jobs() == []
    assert functions.receive_jobs(QUEUE) == [AnswerJob(conversation_id=conversation.id, message_id=third.id)]


@pytest.mark.parametrize("waits", [False, True])
def test_first_message_is_answered_by_the_function_of_its_lane(functions: Functions, *, waits: bool) -> None:
    publish(functions, "one", waits=waits)
    conversation = start(functions, "one")

    (job,) = functions.receive_jobs(QUEUE if waits else "RepliesQueue")
    functions.invoke("run_waiting_turns" if waits else "run_turn", events.records(job))

    assert len(functions.list_messages(conversation.id)) == 2


def test_message_that_overtook_another_one_is_answered_after_it(functions: Functions) -> None:
    publish(functions, "one")
    conversation = start(functions, "one")
    first = functions.list_messages(conversation.id)[0]
    second = send(functions, conversation, "again")
    functions.receive_jobs(QUEUE)

    job = AnswerJob(conversation_id=conversation.id, message_id=second.id)
    assert functions.invoke("run_waiting_turns", events.records(job)) == {"batchItemFailures": []}

    assert functions.receive_jobs(QUEUE) == [
        AnswerJob(conversation_id=conversation.id, message_id=message.id, in_order=True) for message in (first, second)
    ]
