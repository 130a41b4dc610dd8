"""The functions of connections in the format of AG-UI: open, begin a run, resume it, and stop it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.stores import rate_limiter
from conversations.domain import limits, timestamps
from conversations.domain.agent_link import AgentLink
from conversations.domain.principal import Principal
from tests import events
from tests.builders import a_bot, a_rule_bot, a_socket, a_user, a_visitor
from tests.fakes.agent_client import AgentClient
from tests.integration.running import Functions

ADA, EVE = a_user("ada"), a_user("eve")
OK = {"statusCode": 200}
MESSAGE = {"id": "m-1", "role": "user", "content": "hello"}
RUN: dict[str, Any] = {
    "threadId": "t-1",
    "runId": "r-1",
    "messages": [MESSAGE],
    "state": {},
    "tools": [],
    "context": [],
}

both_kinds_of_caller = pytest.mark.parametrize("caller", [a_user(), a_visitor()], ids=["user", "visitor"])


@pytest.fixture(autouse=True)
def _bot(functions: Functions) -> None:
    functions.publish(a_rule_bot("default", "Support Bot"))


def connect(
    functions: Functions, caller: Principal = ADA, connection_id: str = "phone", **query: str
) -> dict[str, Any]:
    query = {"format": "ag-ui"} | query
    event = events.socket("connect", caller, connection_id, query=query)
    return functions.invoke("connect", event)


def send(functions: Functions, caller: Principal = ADA, **frame: object) -> dict[str, Any]:
    """Send a frame without a type, and return the last one that arrived."""
    assert functions.invoke("default", events.socket("default", caller, frame=frame)) == OK
    return functions.connections.get_last_frame()


def read(functions: Functions, connection_id: str = "phone") -> AgentClient:
    """Return what a client has after all frames of a connection."""
    client = AgentClient()
    for frame in functions.connections.frames[connection_id]:
        client.receive(frame)
    return client


@both_kinds_of_caller
def test_run_is_answered_and_can_be_resumed(functions: Functions, caller: Principal) -> None:
    assert connect(functions, caller) == OK
    functions.run_bots()
    if caller.anonymous:
        assert functions.connections.get_last_frame()["name"] == "session"
    functions.connections.frames.clear()

    started = send(functions, caller, **RUN)
    functions.run_bots()

    assert started == {"id": "run", "chunk": {"type": "RUN_STARTED", "threadId": "t-1", "runId": "r-1"}}
    client = read(functions)
    assert list(client.texts.values()) == ["Hi! How can I help you?"]
    assert client.outcome == {"type": "success"}
    assert client.faults == []
    assert functions.connections.closed == []

    assert connect(functions, caller, "laptop", runId="r-1", offset="-1") == OK
    functions.run_bots()

    frames = [frame for frame in functions.connections.frames["laptop"] if "id" in frame]
    assert frames == functions.connections.frames["phone"]
    assert functions.connections.closed == ["laptop"]


def test_resumed_run_continues_after_its_offset(functions: Functions) -> None:
    connect(functions)
    send(functions, **RUN)
    functions.run_bots()
    all_frames = functions.connections.frames["phone"]

    for index, frame in enumerate(all_frames):
        connect(functions, ADA, f"laptop-{index}", runId="r-1", offset=frame["id"])
        functions.run_bots()
        assert functions.connections.frames[f"laptop-{index}"] == all_frames[index + 1 :]


def test_run_that_is_unknown_expired_or_of_another_user_is_refused(functions: Functions) -> None:
    connect(functions)
    send(functions, **RUN)

    assert connect(functions, ADA, "laptop", runId="r-2", offset="-1") == {"statusCode": 404}
    assert connect(functions, EVE, "laptop", runId="r-1", offset="-1") == {"statusCode": 404}
    assert connect(functions, a_visitor(), "laptop", runId="r-1", offset="-1") == {"statusCode": 404}
    assert connect(functions, ADA, "laptop", runId="r-1", offset="\n") == {"statusCode": 400}
    assert connect(functions, ADA, "laptop", runId="", offset="-1") == {"statusCode": 400}
    assert connect(functions, ADA, "laptop", format="morse") == {"statusCode": 400}
    assert connect(functions, ADA, "laptop", bot_id="none") == {"statusCode": 404}
    assert connect(functions, a_visitor(), "laptop", bot_id="bot-123") == {"statusCode": 403}


@pytest.mark.parametrize(
    ("raw", "run_id", "code"),
    [
        ("{", None, "invalid_request"),
        ("[]", None, "invalid_request"),
        ("{}", None, "invalid_request"),
        (json.dumps(RUN | {"messages": 1}), "r-1", "invalid_request"),
        (json.dumps(RUN | {"runId": "r" * 300}), None, "invalid_request"),
        (json.dumps(RUN | {"messages": [MESSAGE | {"content": ""}]}), "r-1", "invalid_message"),
        (json.dumps(RUN | {"threadId": "conv-1"}), "r-1", "invalid_request"),
        (json.dumps({"type": "dance"}), None, "invalid_request"),
    ],
)
def test_malformed_run_is_answered_by_an_error(functions: Functions, raw: str, run_id: str | None, code: str) -> None:
    connect(functions)

    assert functions.invoke("default", events.socket("default", ADA, raw=raw)) == OK

    error = functions.connections.get_last_frame()
    assert (error["type"], error["code"], error.get("runId")) == ("RUN_ERROR", code, run_id)
    assert len(json.dumps(error)) < 1_000
    (connection,) = connection_store().list_by_owner(ADA.owner)
    assert connection.agent is not None
    assert connection.agent.followed is None


def test_conversation_of_another_user_is_refused(functions: Functions) -> None:
    conversation = functions.create_conversation(EVE)
    connect(functions)

    error = send(functions, **RUN | {"threadId": f"conv-{conversation.id}"})

    assert (error["type"], error["code"], error["runId"]) == ("RUN_ERROR", "forbidden", "r-1")


def test_runs_count_as_messages(functions: Functions) -> None:
    connect(functions)
    for _ in range(limits.MESSAGES.limit):
        rate_limiter().acquire(limits.MESSAGES, ADA.owner, timestamps.now())

    assert send(functions, **RUN)["code"] == "rate_limited"


def test_run_on_a_connection_with_other_frames_is_an_unknown_frame(functions: Functions) -> None:
    functions.invoke("connect", events.socket("connect", ADA))

    assert send(functions, **RUN)["error"] == "invalid_request"


def abort(functions: Functions, caller: Principal, **frame: object) -> list[dict[str, Any]]:
    functions.connections.frames.clear()
    assert functions.invoke("abort", events.socket("abort", caller, frame={"type": "abort", **frame})) == OK
    return functions.connections.frames["phone"]


@both_kinds_of_caller
def test_abort_stops_the_answer_of_its_run(functions: Functions, caller: Principal) -> None:
    connect(functions, caller)
    send(functions, caller, **RUN)

    assert abort(functions, caller, runId="r-1") == []

    (request,) = connection_store().load_controls(caller.owner).stop_requests
    assert request.message_id is None


def test_abort_of_a_run_that_has_ended_does_nothing(functions: Functions) -> None:
    connect(functions)
    send(functions, **RUN)
    functions.run_bots()

    assert abort(functions, ADA, runId="r-1") == []
    assert connection_store().load_controls(ADA.owner).stop_requests == ()


def test_abort_of_an_unknown_run_is_an_error(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    connect(functions)
    send(functions, **RUN)

    for caller, frame, code in (
        (ADA, {"runId": "r-2"}, "not_found"),
        (EVE, {"runId": "r-1"}, "not_found"),
        (ADA, {}, "invalid_request"),
        (ADA, {"runId": 1}, "invalid_request"),
    ):
        (error,) = abort(functions, caller, **frame)
        assert (error["type"], error["code"]) == ("RUN_ERROR", code)


def test_bots_that_are_restricted_are_forbidden(functions: Functions) -> None:
    functions.publish(a_bot("staff", access=("staff",)))

    assert connect(functions, bot_id="staff") == {"statusCode": 403}


@both_kinds_of_caller
def test_repeated_run_is_answered_from_the_stored_messages(functions: Functions, caller: Principal) -> None:
    connect(functions, caller)
    functions.run_bots()
    send(functions, caller, **RUN)
    functions.run_bots()
    first = read(functions)
    functions.connections.frames.clear()

    send(functions, caller, **RUN)

    assert read(functions).texts == first.texts
    assert read(functions).outcome == {"type": "success"}
    functions.run_bots()
    assert read(functions).faults == []


def test_run_of_a_bot_that_waits_is_answered_by_the_worker_of_its_lane(functions: Functions) -> None:
    functions.publish(a_rule_bot("default", "Support Bot").model_copy(update={"waits": True}))
    # Opened by another process, whose cache of bots this one does not share.
    connection_store().add(replace(a_socket(ADA), conversation_id=None, agent=AgentLink("default")))

    send(functions, **RUN)
    functions.run_bots()

    assert list(read(functions).texts.values()) == ["Hi! How can I help you?"]
    assert read(functions).outcome == {"type": "success"}


class LastFrame(list[dict[str, Any]]):
    """The frames of a connection that closes after the first one."""

    def __init__(self, connection_id: str, gone: set[str]) -> None:
        super().__init__()
        self.connection_id = connection_id
        self.gone = gone

    def append(self, frame: dict[str, Any]) -> None:
        super().append(frame)
        self.gone.add(self.connection_id)


def test_connection_that_closes_during_a_replay_is_removed(functions: Functions) -> None:
    connect(functions)
    send(functions, **RUN)
    functions.run_bots()
    (connection,) = connection_store().list_by_owner(ADA.owner)
    connection_store().add(replace(connection, opened_at=connection.opened_at - timedelta(hours=1)))
    functions.connections.frames["phone"] = LastFrame("phone", functions.connections.gone)

    send(functions, **RUN)

    assert connection_store().list_by_owner(ADA.owner) == ()
