"""The reply function: what becomes of a batch of the queue."""

import json
from datetime import UTC, datetime

import pytest

from conversations.bootstrap.connections import connection_store
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob, WelcomeJob
from tests import events
from tests.builders import a_bot, a_conversation, a_message, a_session_id, a_socket, a_user, a_visitor
from tests.integration.running import Functions, Logs

ADA, EVE = a_user("ada"), a_user("eve")
NOW = datetime.now(UTC).replace(microsecond=0)
DONE: dict[str, list[dict[str, str]]] = {"batchItemFailures": []}


def held(functions: Functions, *, bot_id: str = "default") -> Conversation:
    return functions.holds(a_conversation(ADA, bot_id=bot_id, last_activity=NOW))


def asked(functions: Functions, conversation: Conversation, content: str = "Hello") -> AnswerJob:
    return AnswerJob(session_id=conversation.id, message_id=functions.said(ADA, conversation, content).id)


def failures(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def contents(functions: Functions, conversation: Conversation) -> list[str]:
    return [message.content for message in functions.stored(conversation.id)]


def test_a_question_is_answered(functions: Functions) -> None:
    conversation = held(functions)

    assert functions.invoke("run_turn", events.records(asked(functions, conversation))) == DONE

    assert contents(functions, conversation) == ["Hello", "Hi! How can I help you?"]


def test_a_bot_may_say_several_things_at_once(functions: Functions) -> None:
    conversation = held(functions)
    connection_store().add(a_socket(ADA, "phone"))

    functions.invoke("run_turn", events.records(asked(functions, conversation, "What does it cost?")))

    assert contents(functions, conversation) == ["What does it cost?", "Nothing.", "Really nothing."]
    assert [frame["type"] for frame in functions.sockets.told["phone"]] == ["message", "typing", "message", "message"]


def test_a_record_that_is_delivered_again_is_told_again_and_stored_once(functions: Functions) -> None:
    conversation = held(functions)
    connection_store().add(a_socket(ADA, "phone"))
    work = asked(functions, conversation)
    functions.invoke("run_turn", events.records(work))
    first = list(functions.sockets.told["phone"])
    functions.sockets.told.clear()

    assert functions.invoke("run_turn", events.records(work, tries=2)) == DONE

    assert contents(functions, conversation) == ["Hello", "Hi! How can I help you?"]
    assert functions.sockets.told["phone"] == [frame for frame in first if frame["type"] != "typing"]


def test_a_visitors_record_that_is_delivered_again_is_told_again_and_stored_nowhere(functions: Functions) -> None:
    visitor = a_visitor()
    conversation = functions.holds(a_conversation(visitor, last_activity=NOW))
    connection_store().add(a_socket(visitor, "phone"))
    work = AnswerJob(session_id=conversation.id, message_id=functions.said(visitor, conversation).id)

    for _ in range(2):
        assert functions.invoke("run_turn", events.records(work)) == DONE

    answers = [frame for frame in functions.sockets.told["phone"] if frame.get("sender") == "bot" and "id" in frame]
    assert len(answers) == 2
    assert answers[0] == answers[1]
    assert functions.where.items("MessageHistoryTable") == []


def test_a_failure_holds_back_the_rest_of_its_conversation_and_of_no_other(functions: Functions) -> None:
    functions.publish(a_bot("broken", engine="telepathy"))
    good, bad = held(functions), held(functions, bot_id="broken")
    batch = [
        asked(functions, good, "hello"),
        asked(functions, bad, "one"),
        asked(functions, good, "hello again"),
        asked(functions, bad, "two"),
    ]

    answer = functions.invoke("run_turn", events.records(*batch))

    assert failures(answer) == ["record-1", "record-3"]
    assert contents(functions, good)[2:] == ["Hi! How can I help you?"] * 2
    assert contents(functions, bad) == ["one", "two"]


def test_a_batch_that_fails_as_a_whole_is_told_record_by_record(functions: Functions) -> None:
    functions.publish(a_bot("broken", engine="telepathy"))
    conversations = [held(functions, bot_id="broken") for _ in range(3)]

    answer = functions.invoke("run_turn", events.records(*(asked(functions, each) for each in conversations)))

    assert failures(answer) == ["record-0", "record-1", "record-2"]


@pytest.mark.parametrize(
    "body", ["", "hello", "[]", "{}", '{"kind": "dance"}', '{"kind": "answer", "session_id": "x"}']
)
def test_a_record_that_is_no_work_fails_alone(functions: Functions, body: str) -> None:
    conversation = held(functions)

    answer = functions.invoke("run_turn", events.records(body, asked(functions, conversation)))

    assert failures(answer) == ["record-0"]
    assert len(contents(functions, conversation)) == 2


def test_the_work_of_a_conversation_that_is_gone_is_done(functions: Functions) -> None:
    session_id = a_session_id()
    works: list[TurnJob] = [
        GreetJob(session_id=session_id),
        WelcomeJob(session_id=session_id, connection_id="phone"),
        AnswerJob(session_id=session_id, message_id=a_message(session_id).id),
    ]

    assert functions.invoke("run_turn", events.records(*works)) == DONE

    assert functions.sockets.told == {}


def test_a_device_that_is_gone_is_forgotten_and_the_others_are_served(functions: Functions) -> None:
    conversation = held(functions)
    for device in ("phone", "laptop"):
        connection_store().add(a_socket(ADA, device))
    functions.sockets.gone = {"phone"}

    assert functions.invoke("run_turn", events.records(asked(functions, conversation))) == DONE

    assert [socket.connection_id for socket in connection_store().of(ADA.owner)] == ["laptop"]
    assert [frame["type"] for frame in functions.sockets.told["laptop"]] == [
        "message",
        "typing",
        "message",
        "suggestion",
    ]


def test_a_socket_that_is_closed_before_it_is_welcomed_holds_nothing_up(functions: Functions) -> None:
    conversation = held(functions)
    functions.sockets.gone = {"phone"}

    work = WelcomeJob(session_id=conversation.id, connection_id="phone")
    assert functions.invoke("run_turn", events.records(work)) == DONE
    functions.run_the_bots()

    assert contents(functions, conversation) == ["Welcome."]


# ------------------------------------------------------------------------------------------------------------- logs


def test_a_failure_is_logged_with_what_an_operator_needs(functions: Functions, logs: Logs) -> None:
    functions.publish(a_bot("broken", engine="telepathy"))
    conversation = held(functions, bot_id="broken")

    functions.invoke("run_turn", events.records(asked(functions, conversation), tries=3))

    (line,) = [line for line in logs.lines if line["message"] == "job failed"]
    assert (line["job_id"], line["tries"]) == ("record-0", 3)
    assert "telepathy" in line["exception"]


def test_no_log_holds_what_was_said_even_when_something_breaks(functions: Functions, logs: Logs) -> None:
    functions.publish(a_bot("broken", engine="telepathy"))
    functions.publish(a_bot("faulty", engine="rules", program={"greeting": "hunter2"}))
    session_id = a_session_id()
    message = a_message(session_id, content="hunter2").model_dump(mode="json")
    faulty = [
        {"kind": "answer", "session_id": session_id, "message": {"content": "hunter2"}},
        {"kind": "answer", "session_id": session_id, "message_id": {"seq": "hunter2"}},
        {"kind": "answer", "session_id": session_id, "message_id": message["id"], "more": "hunter2"},
        {"kind": "dance", "session_id": session_id, "message": message},
    ]
    for body in faulty:
        functions.invoke("run_turn", events.records(json.dumps(body)))
    for bot_id in ("default", "broken", "faulty"):
        conversation = held(functions, bot_id=bot_id)
        functions.invoke("run_turn", events.records(asked(functions, conversation, "hunter2")))

    assert logs.text.count("job failed") == len(faulty) + 2
    assert "hunter2" not in logs.text
