"""Log lines: the ids of a message's way, and metrics in CloudWatch's embedded metric format."""

from typing import Any

import pytest

from conversations.services.retries import MAX_TRIES
from tests import events
from tests.builders import a_bot, a_user
from tests.integration.running import Functions, Logs

type Line = dict[str, Any]

ADA = a_user("ada")


def send_over_rest(functions: Functions, conversation_id: str) -> str:
    """Send a message and return the id of the request."""
    event = events.rest("send_message", ADA, conversation_id=f"conv-{conversation_id}", body={"content": "Hi"})
    assert functions.invoke("send_message", event)["statusCode"] == 200
    return str(event["requestContext"]["requestId"])


def run_bots(functions: Functions) -> None:
    for batch in functions.forward_jobs():
        functions.invoke("run_turn", batch)


def find_metrics(lines: list[Line]) -> list[tuple[str, Line]]:
    """Return each metric of the lines with the values of its dimensions, as CloudWatch reads them.

    See "Specification: Embedded metric format" of Amazon CloudWatch.
    """
    found = []
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            assert directive["Namespace"]
            assert isinstance(line["_aws"]["Timestamp"], int)
            (names,) = directive["Dimensions"]
            assert all(isinstance(line[name], str) for name in names)
            for metric in directive["Metrics"]:
                assert isinstance(line[metric["Name"]], int | float)
                assert metric["Unit"] in {"Count", "Milliseconds"}
                found.append((metric["Name"], {name: line[name] for name in names}))
    return found


def test_one_correlation_id_is_in_all_lines_from_the_request_to_the_answer(functions: Functions, logs: Logs) -> None:
    conversation = functions.create_conversation(ADA)

    request_id = send_over_rest(functions, conversation.id)
    run_bots(functions)

    message = functions.list_messages(conversation.id)[0]
    assert [line["message"] for line in logs.lines] == ["answered", "job done"]
    for line in logs.lines:
        assert line["correlation_id"] == request_id
        assert (line["conversation_id"], line["message_id"]) == (conversation.id, message.id)


def test_lines_of_a_failing_turn_have_the_ids(functions: Functions, logs: Logs) -> None:
    functions.publish(a_bot("broken", engine="telepathy"))
    conversation = functions.create_conversation(ADA, bot_id="broken")

    request_id = send_over_rest(functions, conversation.id)
    run_bots(functions)

    (line,) = [line for line in logs.lines if line["message"] == "job failed"]
    assert (line["correlation_id"], line["conversation_id"]) == (request_id, conversation.id)
    assert line["message_id"]


def test_lines_of_a_frame_have_the_ids(functions: Functions, logs: Logs) -> None:
    conversation = functions.create_conversation(ADA)
    frame = {"type": "message", "content": "Hi", "session_id": f"session-{conversation.id}"}
    event = events.socket("message", ADA, frame=frame)

    functions.invoke("message", event)
    run_bots(functions)

    assert [line["message"] for line in logs.lines] == ["frame", "job done"]
    assert {line["correlation_id"] for line in logs.lines} == {event["requestContext"]["requestId"]}
    assert {line["conversation_id"] for line in logs.lines} == {conversation.id}


def test_ids_of_one_job_are_not_in_the_lines_of_the_next(functions: Functions, logs: Logs) -> None:
    first, second = functions.create_conversation(ADA), functions.create_conversation(ADA)
    for conversation in (first, second):
        send_over_rest(functions, conversation.id)
    batches = functions.forward_jobs()

    functions.invoke("run_turn", {"Records": [batch["Records"][0] for batch in batches]})

    lines = [line for line in logs.lines if line["message"] == "job done"]
    assert [line["conversation_id"] for line in lines] == [first.id, second.id]


def test_job_of_an_earlier_version_has_its_own_correlation_id(functions: Functions, logs: Logs) -> None:
    conversation = functions.create_conversation(ADA)
    send_over_rest(functions, conversation.id)
    (job,) = functions.receive_jobs()

    functions.invoke("run_turn", events.records(job))

    assert logs.lines[-1]["correlation_id"] == "record-0"


@pytest.mark.parametrize("text", ["conv-secret", "hunter2", "conv-0190b6b0-0000-7000-8000-00000000000g"])
def test_text_that_is_no_id_is_not_logged(functions: Functions, logs: Logs, text: str) -> None:
    functions.invoke("send_message", events.rest("send_message", ADA, conversation_id=text, body={"content": "Hi"}))

    assert text not in logs.text


def test_turns_and_their_time_are_metrics(functions: Functions, logs: Logs) -> None:
    conversation = functions.create_conversation(ADA)
    send_over_rest(functions, conversation.id)
    run_bots(functions)

    assert find_metrics(logs.lines) == [("Jobs", {"outcome": "done"}), ("TurnTime", {"outcome": "done"})]
    assert 0 <= logs.lines[-1]["TurnTime"] < 60_000


def test_refusals_are_metrics_by_error_code(functions: Functions, logs: Logs) -> None:
    functions.invoke("send_message", events.rest("send_message", ADA, conversation_id="conv-x", body={}))
    functions.invoke("message", events.socket("message", ADA, raw="{"))

    assert find_metrics(logs.lines) == [
        ("Refusals", {"error": "invalid_message"}),
        ("Refusals", {"error": "invalid_request"}),
    ]


def test_metrics_of_a_refusal_are_not_in_the_next_line(functions: Functions, logs: Logs) -> None:
    functions.invoke("message", events.socket("message", ADA, raw="{"))
    conversation = functions.create_conversation(ADA)
    send_over_rest(functions, conversation.id)

    assert find_metrics(logs.lines[1:]) == []


def test_opened_and_closed_connections_are_metrics(functions: Functions, logs: Logs) -> None:
    functions.invoke("connect", events.socket("connect", ADA))
    functions.invoke("disconnect", events.socket("disconnect", ADA))

    assert find_metrics(logs.lines) == [("ConnectionsOpened", {}), ("ConnectionsClosed", {})]


def test_message_that_failed_is_a_metric_and_its_line_has_the_ids(functions: Functions, logs: Logs) -> None:
    functions.publish(a_bot("broken", engine="telepathy"))
    conversation = functions.create_conversation(ADA, bot_id="broken")
    request_id = send_over_rest(functions, conversation.id)
    (batch,) = functions.forward_jobs()
    for tries in range(1, MAX_TRIES + 1):
        batch["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(tries)
        batch["Records"][0]["receiptHandle"] = f"receipt-{tries}"
        functions.invoke("run_turn", batch)

    (line,) = [line for line in logs.lines if line["message"] == "job dead-lettered"]
    assert (line["correlation_id"], line["conversation_id"]) == (request_id, conversation.id)
    assert [name for name, _ in find_metrics([line])] == ["Jobs", "MessagesFailed"]
    assert line["MessagesFailed"] == 1
