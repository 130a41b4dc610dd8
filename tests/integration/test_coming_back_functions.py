"""The functions for coming back, handing over, relaying and ending, as clients and operators see them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.stores import conversation_store
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from tests import events
from tests.builders import a_bot, a_conversation, a_session_id, a_socket, a_user, a_visitor
from tests.integration.running import Functions, Logs
from tests.integration.test_rest import ok, problem

ADA, EVE = a_user("ada"), a_user("eve")
NOW = datetime.now(UTC).replace(microsecond=0)
OK = {"statusCode": 200}
DONE: dict[str, list[Any]] = {"batchItemFailures": []}


def held(functions: Functions, owner: Principal = ADA, *said: str) -> Conversation:
    """Return a conversation with a socket and some messages."""
    conversation = functions.holds(a_conversation(owner, last_activity=NOW))
    connection_store().add(a_socket(owner, "phone", session_id=conversation.id))
    for content in said:
        functions.said(owner, conversation, content)
    return conversation


def resumes(functions: Functions, caller: Principal, **frame: object) -> list[dict[str, Any]]:
    """Resume and return what the socket is told."""
    functions.sockets.told.clear()
    assert functions.invoke("resume", events.socket("resume", caller, frame={"type": "resume", **frame})) == OK
    return functions.sockets.told["phone"]


@pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])
def test_what_was_missed_comes_in_order_and_is_closed_with_resumed(functions: Functions, owner: Principal) -> None:
    conversation = held(functions, owner, "one", "two", "three")
    session_id = f"session-{conversation.id}"

    everything = resumes(functions, owner, session_id=session_id)
    rest = resumes(functions, owner, session_id=f"conv-{conversation.id}", after=everything[0]["id"])

    assert [frame.get("content") for frame in everything] == ["one", "two", "three", None]
    assert rest == everything[1:]
    assert rest[-1] == {"type": "status", "status": "resumed", "session_id": session_id, "last_seq": 3}


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        ({}, "invalid_request"),
        ({"session_id": 1}, "invalid_request"),
        ({"session_id": "session-1"}, "invalid_request"),
        ({"session_id": f"session-{a_session_id()}"}, "not_found"),
        ({"session_id": f"session-{a_session_id()}", "after": "2024-01-15T10:00:00Z"}, "invalid_request"),
        ({"session_id": f"session-{a_session_id()}", "before": "x"}, "invalid_request"),
    ],
)
def test_a_frame_that_is_wrong_is_told_so_on_a_socket_that_stays(
    functions: Functions, frame: dict[str, object], word: str
) -> None:
    held(functions)

    (told,) = resumes(functions, ADA, **frame)

    assert (told["type"], told["error"]) == ("error", word)
    assert functions.sockets.closed == []


def test_a_stranger_is_told_nothing_of_a_conversation(functions: Functions) -> None:
    conversation = held(functions, ADA, "a secret")

    for caller in (EVE, a_visitor(), a_visitor(conversation.id)):
        (told,) = resumes(functions, caller, session_id=f"session-{conversation.id}")
        assert told["error"] == "forbidden"


def test_resuming_counts_as_reading_history(functions: Functions) -> None:
    conversation = held(functions)
    session_id = f"session-{conversation.id}"
    read = events.rest("get_history", ADA, conversation_id=f"conv-{conversation.id}", query={})
    for _ in range(50):
        ok(functions.invoke("get_history", read))
    for _ in range(50):
        assert resumes(functions, ADA, session_id=session_id)[-1]["status"] == "resumed"

    (told,) = resumes(functions, ADA, session_id=session_id)

    assert (told["error"], told["session_id"]) == ("rate_limited", session_id)
    assert 0 < told["retry_after"] <= 61


def test_a_socket_that_is_gone_while_it_resumes_is_no_error(functions: Functions, logs: Logs) -> None:
    conversation = held(functions, ADA, "one")
    functions.sockets.gone = {"phone"}

    assert resumes(functions, ADA, session_id=f"session-{conversation.id}") == []

    assert [line["outcome"] for line in logs.lines] == ["gone"]


def test_a_socket_that_chokes_while_it_resumes_is_told_to_ask_again(functions: Functions) -> None:
    conversation = held(functions, ADA, "one", "two")
    functions.sockets.throttled_times["phone"] = 3

    told = resumes(functions, ADA, session_id=f"session-{conversation.id}")

    assert [(frame["type"], frame.get("error")) for frame in told] == [("error", "unavailable")]


def test_a_frame_that_is_not_taken_at_first_is_tried_again(functions: Functions) -> None:
    conversation = held(functions, ADA, "one")
    functions.sockets.throttled_times["phone"] = 2

    told = resumes(functions, ADA, session_id=f"session-{conversation.id}")

    assert [frame["type"] for frame in told] == ["message", "status"]


# ----------------------------------------------------------------------------------------------------- handing over


def claims(functions: Functions, caller: Principal, **body: object) -> dict[str, Any]:
    return functions.invoke("claim_conversation", events.rest("claim_conversation", caller, body=body))


def visited(functions: Functions, *said: str) -> tuple[Conversation, str]:
    """Return a visitor's conversation and its token."""
    conversation = held(functions, a_visitor(), *said)
    token = f"{conversation.id}.secret"
    conversation_store().add_token(conversation.id, hash_secret(token))
    return conversation, token


def test_a_visitors_conversation_becomes_the_users(functions: Functions) -> None:
    conversation, token = visited(functions, "Hello")

    first, again = (ok(claims(functions, ADA, session_token=token)) for _ in range(2))

    assert first == again
    assert first["conversation_id"] == f"conv-{conversation.id}"
    assert (first["status"], first["last_seq"], first["last_message"]) == ("active", 1, "Hello")
    read = events.rest("get_history", ADA, conversation_id=f"conv-{conversation.id}", query={})
    assert [message["content"] for message in ok(functions.invoke("get_history", read))["messages"]] == ["Hello"]
    assert functions.sockets.last()["status"] == "claimed"


def test_a_token_that_opens_nothing_is_not_found_whatever_the_reason(functions: Functions) -> None:
    conversation, token = visited(functions)
    ok(claims(functions, ADA, session_token=token))

    refusals = [
        problem(claims(functions, EVE, session_token=token), 404),
        problem(claims(functions, EVE, session_token=f"{conversation.id}.guess"), 404),
        problem(claims(functions, EVE, session_token=f"{a_session_id()}.guess"), 404),
    ]

    assert all(refusal == refusals[0] for refusal in refusals)


@pytest.mark.parametrize("body", [{}, {"session_token": ""}, {"session_token": "x"}, {"session_token": 1}, {"x": "y"}])
def test_what_is_no_token_is_refused_with_the_fields_name(functions: Functions, body: dict[str, object]) -> None:
    answer = problem(claims(functions, ADA, **body), 400)

    assert answer["error"] == "invalid_request"
    assert answer["field"] in ("session_token", "x")


def test_a_visitor_whose_conversation_was_handed_over_is_told_so(functions: Functions) -> None:
    conversation, token = visited(functions)
    ok(claims(functions, ADA, session_token=token))

    event = events.socket("message", a_visitor(conversation.id), frame={"type": "message", "content": "Hello"})
    assert functions.invoke("message", event) == OK

    assert functions.sockets.last() == {
        "type": "status",
        "status": "claimed",
        "session_id": f"session-{conversation.id}",
    }


# -------------------------------------------------------------------------------------------------- relay and expiry


def test_the_relay_queues_what_waits_of_all_records(functions: Functions) -> None:
    conversation = held(functions, ADA, "one", "two")
    visit, _ = visited(functions, "three")
    messages = [*functions.stored(conversation.id), *functions.stored(visit.id)]
    event = events.event("relay_outbox")
    (record,) = event["Records"]
    event["Records"] = [
        record | {"dynamodb": {"Keys": {"session_id": {"S": message.session_id}, "id": {"S": message.id}}}}
        for message in messages
    ]

    assert functions.invoke("relay_outbox", event) is None

    assert functions.queued() == [
        AnswerJob(session_id=message.session_id, message_id=message.id) for message in messages
    ]


def test_a_check_that_fails_comes_again_alone(functions: Functions) -> None:
    visit = functions.holds(a_conversation(a_visitor(), last_activity=NOW - timedelta(minutes=31)))
    event = events.event("expire_visitors")
    (record,) = event["Records"]
    event["Records"] = [
        record | {"messageId": "good", "body": json.dumps({"session_id": visit.id})},
        record | {"messageId": "bad", "body": "{}"},
    ]

    assert functions.invoke("expire_visitors", event) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}


def test_work_that_fails_is_handed_out_again_and_then_put_aside(functions: Functions, logs: Logs) -> None:
    functions.publish(a_bot("broken", engine="telepathy"))
    conversation = functions.holds(a_conversation(ADA, bot_id="broken", last_activity=NOW))
    connection_store().add(a_socket(ADA, "phone"))
    message = functions.said(ADA, conversation, "hunter2")
    work = AnswerJob(session_id=conversation.id, message_id=message.id)

    for tries in range(1, 5):
        failed = functions.invoke("run_turn", events.records(work, tries=tries))
        assert failed == {"batchItemFailures": [{"itemIdentifier": "record-0"}]}
    assert functions.invoke("run_turn", events.records(work, tries=5)) == DONE

    url = functions.where.names["RepliesDeadLetters"]
    (letter,) = functions.where.sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(letter["Body"])["message_id"] == message.id
    assert functions.sockets.last()["message_id"] == f"msg-{message.id}"
    assert [line["message"] for line in logs.lines] == ["job failed"] * 4 + ["job dead-lettered"]
    assert "hunter2" not in logs.text + letter["Body"]
