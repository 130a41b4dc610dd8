"""The functions for resume, claim, the outbox relay and expiry."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.stores import visitor_token_store
from conversations.domain import turn_time, visitor_token
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from tests import events
from tests.builders import a_bot, a_conversation, a_conversation_id, a_socket, a_user, a_visitor, a_visitor_token
from tests.integration.responses import parse_ok, parse_problem
from tests.integration.running import Functions, Logs

ADA, EVE = a_user("ada"), a_user("eve")
NOW = datetime.now(UTC).replace(microsecond=0)
OK = {"statusCode": 200}
DONE: dict[str, list[Any]] = {"batchItemFailures": []}


def connect(functions: Functions, owner: Principal = ADA, *contents: str) -> Conversation:
    """Store a conversation with some messages, and a connection to it."""
    conversation = functions.store_conversation(a_conversation(owner, last_activity=NOW))
    connection_store().add(a_socket(owner, "phone", conversation_id=conversation.id))
    for content in contents:
        functions.store_message(owner, conversation, content)
    return conversation


def resume(functions: Functions, caller: Principal, **frame: object) -> list[dict[str, Any]]:
    """Resume, and return the frames that the connection received."""
    functions.connections.frames.clear()
    assert functions.invoke("resume", events.socket("resume", caller, frame={"type": "resume", **frame})) == OK
    return functions.connections.frames["phone"]


@pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])
def test_missed_messages_are_replayed_in_order_before_resumed_frame(functions: Functions, owner: Principal) -> None:
    conversation = connect(functions, owner, "one", "two", "three")
    session_id = f"session-{conversation.id}"

    everything = resume(functions, owner, session_id=session_id)
    rest = resume(functions, owner, session_id=f"conv-{conversation.id}", after=everything[0]["id"])

    assert [frame.get("content") for frame in everything] == ["one", "two", "three", None]
    assert rest == everything[1:]
    resumed = {"type": "status", "status": "resumed", "session_id": session_id, "last_seq": 3, "answering": True}
    assert rest[-1] == resumed


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({}, "invalid_request"),
        ({"session_id": 1}, "invalid_request"),
        ({"session_id": "session-1"}, "invalid_request"),
        ({"session_id": f"session-{a_conversation_id()}"}, "not_found"),
        ({"session_id": f"session-{a_conversation_id()}", "after": "2024-01-15T10:00:00Z"}, "invalid_request"),
        ({"session_id": f"session-{a_conversation_id()}", "before": "x"}, "invalid_request"),
    ],
)
def test_invalid_resume_frame_gets_error_and_connection_stays_open(
    functions: Functions, frame: dict[str, object], code: str
) -> None:
    connect(functions)

    (error,) = resume(functions, ADA, **frame)

    assert (error["type"], error["error"]) == ("error", code)
    assert functions.connections.closed == []


def test_resume_by_another_user_is_forbidden(functions: Functions) -> None:
    conversation = connect(functions, ADA, "a secret")

    for caller in (EVE, a_visitor(), a_visitor(conversation.id)):
        (error,) = resume(functions, caller, session_id=f"session-{conversation.id}")
        assert error["error"] == "forbidden"


def test_resume_counts_against_history_limit(functions: Functions) -> None:
    conversation = connect(functions)
    session_id = f"session-{conversation.id}"
    read = events.rest("get_history", ADA, conversation_id=f"conv-{conversation.id}", query={})
    for _ in range(50):
        parse_ok(functions.invoke("get_history", read))
    for _ in range(50):
        assert resume(functions, ADA, session_id=session_id)[-1]["status"] == "resumed"

    (error,) = resume(functions, ADA, session_id=session_id)

    assert (error["error"], error["session_id"]) == ("rate_limited", session_id)
    assert 0 < error["retry_after"] <= 61


def test_connection_gone_during_resume_is_no_error(functions: Functions, logs: Logs) -> None:
    conversation = connect(functions, ADA, "one")
    functions.connections.gone = {"phone"}

    assert resume(functions, ADA, session_id=f"session-{conversation.id}") == []

    assert [line["outcome"] for line in logs.lines] == ["gone"]


def test_throttled_resume_gets_unavailable_error(functions: Functions) -> None:
    conversation = connect(functions, ADA, "one", "two")
    functions.connections.throttled_times["phone"] = 3

    frames = resume(functions, ADA, session_id=f"session-{conversation.id}")

    assert [(frame["type"], frame.get("error")) for frame in frames] == [("error", "unavailable")]


def test_throttled_frame_is_retried(functions: Functions) -> None:
    conversation = connect(functions, ADA, "one")
    functions.connections.throttled_times["phone"] = turn_time.SEND_TRIES - 1

    frames = resume(functions, ADA, session_id=f"session-{conversation.id}")

    assert [frame["type"] for frame in frames] == ["message", "status"]


# ----------------------------------------------------------------------------------------------------------- claim


def claim(functions: Functions, caller: Principal, **body: object) -> dict[str, Any]:
    return functions.invoke("claim_conversation", events.rest("claim_conversation", caller, body=body))


def create_visit(functions: Functions, *contents: str) -> tuple[Conversation, str]:
    """Store a visitor's conversation, and return it with its token."""
    conversation = connect(functions, a_visitor(), *contents)
    token = a_visitor_token(conversation.id)
    visitor_token_store().add_token(conversation.id, hash_secret(token))
    return conversation, token


def test_claim_transfers_conversation_to_user(functions: Functions) -> None:
    conversation, token = create_visit(functions, "Hello")

    first, repeated = (parse_ok(claim(functions, ADA, session_token=token)) for _ in range(2))

    assert first == repeated
    assert first["conversation_id"] == f"conv-{conversation.id}"
    assert (first["status"], first["last_seq"], first["last_message"]) == ("active", 1, "Hello")
    read = events.rest("get_history", ADA, conversation_id=f"conv-{conversation.id}", query={})
    assert [message["content"] for message in parse_ok(functions.invoke("get_history", read))["messages"]] == ["Hello"]
    assert functions.connections.get_last_frame()["status"] == "claimed"


def test_used_wrong_and_unknown_tokens_get_the_same_not_found(functions: Functions) -> None:
    conversation, token = create_visit(functions)
    parse_ok(claim(functions, ADA, session_token=token))

    refusals = [
        parse_problem(claim(functions, EVE, session_token=token), 404),
        parse_problem(claim(functions, EVE, session_token=visitor_token.make(conversation.id)), 404),
        parse_problem(claim(functions, EVE, session_token=visitor_token.make(a_conversation_id())), 404),
    ]

    assert all(refusal == refusals[0] for refusal in refusals)


@pytest.mark.parametrize("body", [{}, {"session_token": ""}, {"session_token": "x"}, {"session_token": 1}, {"x": "y"}])
def test_invalid_claim_body_is_refused_with_field(functions: Functions, body: dict[str, object]) -> None:
    response = parse_problem(claim(functions, ADA, **body), 400)

    assert response["error"] == "invalid_request"
    assert response["field"] in ("session_token", "x")


def test_visitor_of_claimed_conversation_gets_claimed_frame(functions: Functions) -> None:
    conversation, token = create_visit(functions)
    parse_ok(claim(functions, ADA, session_token=token))

    event = events.socket("message", a_visitor(conversation.id), frame={"type": "message", "content": "Hello"})
    assert functions.invoke("message", event) == OK

    assert functions.connections.get_last_frame() == {
        "type": "status",
        "status": "claimed",
        "session_id": f"session-{conversation.id}",
    }


# -------------------------------------------------------------------------------------- relay, expiry and retries


def test_relay_queues_pending_messages_of_all_records(functions: Functions) -> None:
    conversation = connect(functions, ADA, "one", "two")
    visit, _ = create_visit(functions, "three")
    messages = [*functions.list_messages(conversation.id), *functions.list_messages(visit.id)]
    event = events.event("relay_outbox")
    (record,) = event["Records"]
    event["Records"] = [
        record | {"dynamodb": {"Keys": {"session_id": {"S": message.conversation_id}, "id": {"S": message.id}}}}
        for message in messages
    ]

    assert functions.invoke("relay_outbox", event) is None
    functions.check_outbox()

    assert functions.receive_jobs() == [
        AnswerJob(conversation_id=message.conversation_id, message_id=message.id) for message in messages
    ]


def test_failed_expiry_check_is_retried_alone(functions: Functions) -> None:
    visit = functions.store_conversation(a_conversation(a_visitor(), last_activity=NOW - timedelta(minutes=31)))
    event = events.event("expire_visitors")
    (record,) = event["Records"]
    event["Records"] = [
        record | {"messageId": "good", "body": json.dumps({"session_id": visit.id})},
        record | {"messageId": "bad", "body": "{}"},
    ]

    assert functions.invoke("expire_visitors", event) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}


@pytest.mark.parametrize(
    ("worker", "dead_letters"),
    [("run_turn", "RepliesDeadLetters"), ("run_waiting_turns", "WaitingTurnsDeadLetters")],
)
def test_failing_job_is_retried_and_then_dead_lettered(
    functions: Functions, logs: Logs, worker: str, dead_letters: str
) -> None:
    functions.publish(a_bot("broken", engine="telepathy"))
    conversation = functions.store_conversation(a_conversation(ADA, bot_id="broken", last_activity=NOW))
    connection_store().add(a_socket(ADA, "phone"))
    message = functions.store_message(ADA, conversation, "hunter2")
    job = AnswerJob(conversation_id=conversation.id, message_id=message.id)

    for tries in range(1, 5):
        failed = functions.invoke(worker, events.records(job, tries=tries))
        assert failed == {"batchItemFailures": [{"itemIdentifier": "record-0"}]}
    assert functions.invoke(worker, events.records(job, tries=5)) == DONE

    url = functions.aws.names[dead_letters]
    (dead_letter,) = functions.aws.sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(dead_letter["Body"])["message_id"] == message.id
    assert functions.connections.get_last_frame()["message_id"] == f"msg-{message.id}"
    assert [line["message"] for line in logs.lines] == ["job failed"] * 4 + ["job dead-lettered"]
    assert "hunter2" not in logs.text + dead_letter["Body"]
