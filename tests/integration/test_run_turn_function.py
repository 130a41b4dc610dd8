"""The functions run_turn and run_waiting_turns: batches of the queues of turns."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conversations.bootstrap import clients
from conversations.bootstrap.connections import connection_store
from conversations.domain import turn_time
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob, WelcomeJob
from tests import aws, events
from tests.builders import a_bot, a_conversation, a_conversation_id, a_message, a_socket, a_user, a_visitor
from tests.integration.running import WORKERS, Functions, Logs

ADA, EVE = a_user("ada"), a_user("eve")
NOW = datetime.now(UTC).replace(microsecond=0)
DONE: dict[str, list[dict[str, str]]] = {"batchItemFailures": []}


@pytest.fixture(params=WORKERS)
def functions(functions: Functions, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Functions:
    """Return the functions with each of the two workers."""
    # One worker runs conversations in threads, and moto's tables are not safe for threads.
    monkeypatch.setattr(clients.dynamodb, "_result", aws.serialize_requests(clients.dynamodb()))
    return replace(functions, worker=request.param)


def create_job(functions: Functions, conversation: Conversation, content: str = "Hello") -> AnswerJob:
    return AnswerJob(conversation_id=conversation.id, message_id=functions.store_message(ADA, conversation, content).id)


def list_failures(response: dict[str, list[dict[str, str]]]) -> list[str]:
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def list_contents(functions: Functions, conversation: Conversation) -> list[str]:
    return [message.content for message in functions.list_messages(conversation.id)]


def test_message_is_answered(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)

    assert functions.run_turns(events.records(create_job(functions, conversation))) == DONE

    assert list_contents(functions, conversation) == ["Hello", "Hi! How can I help you?"]


def test_bot_may_reply_with_several_messages(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    connection_store().add(a_socket(ADA, "phone"))

    functions.run_turns(events.records(create_job(functions, conversation, "What does it cost?")))

    assert list_contents(functions, conversation) == ["What does it cost?", "Nothing.", "Really nothing."]
    assert [frame["type"] for frame in functions.connections.frames["phone"]] == [
        "message",
        "message",
        "message",
    ]


def test_redelivered_record_sends_replies_again_and_stores_nothing(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    connection_store().add(a_socket(ADA, "phone"))
    job = create_job(functions, conversation)
    functions.run_turns(events.records(job))
    first = list(functions.connections.frames["phone"])
    functions.connections.frames.clear()

    assert functions.run_turns(events.records(job, tries=2)) == DONE

    assert list_contents(functions, conversation) == ["Hello", "Hi! How can I help you?"]
    assert functions.connections.frames["phone"] == [frame for frame in first if frame["type"] != "typing"]


def test_redelivered_record_of_visitor_sends_the_same_replies(functions: Functions) -> None:
    visitor = a_visitor()
    conversation = functions.store_conversation(a_conversation(visitor, last_activity=NOW))
    connection_store().add(a_socket(visitor, "phone"))
    job = AnswerJob(conversation_id=conversation.id, message_id=functions.store_message(visitor, conversation).id)

    for _ in range(2):
        assert functions.run_turns(events.records(job)) == DONE

    responses = [
        frame for frame in functions.connections.frames["phone"] if frame.get("sender") == "bot" and "id" in frame
    ]
    assert len(responses) == 2
    assert responses[0] == responses[1]
    assert functions.aws.list_items("MessageHistoryTable") == []


def test_failed_record_blocks_its_own_conversation_only(functions: Functions) -> None:
    functions.publish(a_bot("broken", engine="telepathy"))
    good, bad = functions.create_conversation(ADA), functions.create_conversation(ADA, bot_id="broken")
    batch = [
        create_job(functions, good, "hello"),
        create_job(functions, bad, "one"),
        create_job(functions, good, "hello again"),
        create_job(functions, bad, "two"),
    ]

    response = functions.run_turns(events.records(*batch))

    assert sorted(list_failures(response)) == ["record-1", "record-3"]
    assert list_contents(functions, good)[2:] == ["Hi! How can I help you?"] * 2
    assert list_contents(functions, bad) == ["one", "two"]


def test_completely_failed_batch_is_reported_record_by_record(functions: Functions) -> None:
    functions.publish(a_bot("broken", engine="telepathy"))
    conversations = [functions.create_conversation(ADA, bot_id="broken") for _ in range(3)]

    response = functions.run_turns(
        events.records(*(create_job(functions, conversation) for conversation in conversations))
    )

    assert list_failures(response) == ["record-0", "record-1", "record-2"]


@pytest.mark.parametrize(
    "body", ["", "hello", "[]", "{}", '{"kind": "dance"}', '{"kind": "answer", "session_id": "x"}']
)
def test_invalid_record_fails_alone(functions: Functions, body: str) -> None:
    conversation = functions.create_conversation(ADA)

    response = functions.run_turns(events.records(body, create_job(functions, conversation)))

    assert list_failures(response) == ["record-0"]
    assert len(list_contents(functions, conversation)) == 2


def test_jobs_of_missing_conversation_succeed(functions: Functions) -> None:
    conversation_id = a_conversation_id()
    jobs: list[TurnJob] = [
        GreetJob(conversation_id=conversation_id),
        WelcomeJob(conversation_id=conversation_id, connection_id="phone"),
        AnswerJob(conversation_id=conversation_id, message_id=a_message(conversation_id).id),
    ]

    assert functions.run_turns(events.records(*jobs)) == DONE

    assert functions.connections.frames == {}


def test_gone_connection_is_removed_and_others_get_frames(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    for device in ("phone", "laptop"):
        connection_store().add(a_socket(ADA, device))
    functions.connections.gone = {"phone"}

    assert functions.run_turns(events.records(create_job(functions, conversation))) == DONE

    assert [socket.connection_id for socket in connection_store().list_by_owner(ADA.owner)] == ["laptop"]
    assert [frame["type"] for frame in functions.connections.frames["laptop"]] == [
        "message",
        "message",
        "suggestion",
    ]


@pytest.mark.parametrize("tries", [turn_time.SEND_TRIES - 1, turn_time.SEND_TRIES])
def test_connection_that_missed_the_answer_is_closed_and_others_get_it(functions: Functions, tries: int) -> None:
    conversation = functions.create_conversation(ADA)
    for device in ("phone", "laptop"):
        connection_store().add(a_socket(ADA, device))
    job = create_job(functions, conversation)
    functions.connections.throttled_times["phone"] = tries

    assert list_failures(functions.run_turns(events.records(job))) == []

    closed = tries == turn_time.SEND_TRIES
    assert functions.connections.closed == (["phone"] if closed else [])
    assert [each.connection_id for each in connection_store().list_by_owner(ADA.owner)] == (
        ["laptop"] if closed else ["laptop", "phone"]
    )
    seqs = {
        device: [frame["seq"] for frame in functions.connections.frames[device] if frame["type"] == "message"]
        for device in ("phone", "laptop")
    }
    assert seqs == {"phone": [] if closed else [1, 2], "laptop": [1, 2]}


def test_connection_that_cannot_be_closed_either_gets_the_next_answer(functions: Functions, logs: Logs) -> None:
    conversation = functions.create_conversation(ADA)
    connection_store().add(a_socket(ADA, "phone"))
    functions.connections.throttled = {"phone"}

    functions.run_turns(events.records(create_job(functions, conversation)))
    functions.connections.throttled.clear()
    functions.run_turns(events.records(create_job(functions, conversation, "Again")))

    seqs = [frame["seq"] for frame in functions.connections.frames["phone"] if frame["type"] == "message"]
    assert seqs == [3, 4]
    (missed,) = [line for line in logs.lines if line["message"] == "frame missed"]
    assert (missed["connection_id"], missed["outcome"], missed["FramesMissed"]) == ("phone", "open", 1)


def test_connection_closed_before_first_frame_does_not_block_greeting(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    functions.connections.gone = {"phone"}

    job = WelcomeJob(conversation_id=conversation.id, connection_id="phone")
    assert functions.invoke("run_turn", events.records(job)) == DONE
    functions.run_bots()

    assert list_contents(functions, conversation) == ["Welcome."]


# ------------------------------------------------------------------------------------------------------------- logs


def test_failure_is_logged_with_job_id_receives_and_exception(functions: Functions, logs: Logs) -> None:
    functions.publish(a_bot("broken", engine="telepathy"))
    conversation = functions.create_conversation(ADA, bot_id="broken")

    functions.run_turns(events.records(create_job(functions, conversation), tries=3))

    (line,) = [line for line in logs.lines if line["message"] == "job failed"]
    assert (line["job_id"], line["receives"]) == ("record-0", 3)
    assert "telepathy" in line["exception"]


def test_message_content_is_not_logged_on_failure(functions: Functions, logs: Logs) -> None:
    functions.publish(a_bot("broken", engine="telepathy"))
    functions.publish(a_bot("faulty", engine="rules", program={"greeting": "hunter2"}))
    conversation_id = a_conversation_id()
    message = a_message(conversation_id, content="hunter2").model_dump(mode="json")
    faulty = [
        {"kind": "answer", "session_id": conversation_id, "message": {"content": "hunter2"}},
        {"kind": "answer", "session_id": conversation_id, "message_id": {"seq": "hunter2"}},
        {"kind": "answer", "session_id": conversation_id, "message_id": message["id"], "more": "hunter2"},
        {"kind": "dance", "session_id": conversation_id, "message": message},
    ]
    for body in faulty:
        functions.run_turns(events.records(json.dumps(body)))
    for bot_id in ("default", "broken", "faulty"):
        conversation = functions.create_conversation(ADA, bot_id=bot_id)
        functions.run_turns(events.records(create_job(functions, conversation, "hunter2")))

    assert logs.text.count("job failed") == len(faulty) + 2
    assert "hunter2" not in logs.text
