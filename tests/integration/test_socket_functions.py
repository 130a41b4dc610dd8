"""The WebSocket functions: handshakes, frames and disconnects."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.stores import message_store, rate_limiter
from conversations.bootstrap.workers import turn_store
from conversations.domain import ids
from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.jobs import AnswerJob, WelcomeJob
from conversations.domain.limits import MESSAGES
from conversations.domain.principal import Principal
from conversations.entrypoints import frame_guard
from conversations.services.sockets import MAX_CONNECTIONS
from tests import events
from tests.builders import a_bot, a_conversation, a_conversation_id, a_draft, a_socket, a_user, a_visitor
from tests.integration.running import Functions, Logs, run_functions

ADA, EVE = a_user("ada"), a_user("eve")
NOW = datetime.now(UTC).replace(microsecond=0)
OK = {"statusCode": 200}


def connect(
    functions: Functions,
    caller: Principal | None,
    *,
    query: Mapping[str, str | list[str]] | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    return functions.invoke("connect", events.socket("connect", caller, query=query or {}, headers=headers))


def send_frame(functions: Functions, caller: Principal | None, frame: object = None, **what: Any) -> dict[str, Any]:  # noqa: ANN401 - likewise
    """Send a frame to the route ``message`` and return the last frame that the connection received."""
    event = None if frame is None else {"type": "message", **frame} if isinstance(frame, dict) else frame
    assert functions.invoke("message", events.socket("message", caller, frame=event, **what)) == OK
    return functions.connections.get_last_frame()


def create_connected_conversation(functions: Functions, owner: Principal = ADA, **about: Any) -> Conversation:  # noqa: ANN401 - likewise
    """Store a conversation, and a connection to it."""
    conversation = functions.store_conversation(a_conversation(owner, last_activity=NOW, **about))
    connection_store().add(a_socket(owner, "phone", conversation_id=conversation.id))
    return conversation


def check_error(frame: dict[str, Any], code: str) -> dict[str, Any]:
    """Return a frame that must be an error of the contract."""
    assert (frame["type"], frame["error"]) == ("error", code), frame
    assert frame["message"]
    assert frame.keys() <= {"type", "error", "message", "session_id", "client_message_id", "retry_after"}
    assert ("retry_after" in frame) == (code == "unavailable")
    return frame


# ------------------------------------------------------------------------------------------------------ connecting


def test_visitor_connects_and_is_greeted(functions: Functions) -> None:
    visitor = a_visitor()

    assert functions.invoke("connect", events.socket("connect.visitor", visitor)) == OK
    assert functions.connections.frames == {}
    functions.run_bots()

    connected, greeting = functions.connections.frames["phone"]
    assert (connected["type"], connected["status"], connected["anonymous"]) == ("status", "connected", True)
    assert connected["session_id"] == f"session-{visitor.conversation_id}"
    assert connected["conversation_id"] == f"conv-{visitor.conversation_id}"
    assert (connected["bot_id"], connected["bot_name"]) == ("default", "General Bot")
    assert connected["session_token"].startswith(f"{visitor.conversation_id}.")
    assert 30 * 60 - 60 < connected["expires_in"] <= 30 * 60
    assert (greeting["type"], greeting["sender"], greeting["content"]) == ("message", "bot", "Welcome.")


def test_user_connects_to_requested_bot(functions: Functions) -> None:
    assert connect(functions, ADA, query={"bot_id": "bot-123"}) == OK
    functions.run_bots()

    connected = functions.connections.frames["phone"][0]
    assert (connected["bot_id"], connected["bot_name"]) == ("bot-123", "Support Bot")
    assert connected["anonymous"] is False
    assert "session_token" not in connected


def test_user_connects_to_the_conversation_that_was_used_last(functions: Functions) -> None:
    """Both were used within ten minutes, so the index alone does not show which one."""
    older = functions.store_conversation(a_conversation(ADA, last_activity=NOW - timedelta(minutes=3)))
    functions.store_conversation(a_conversation(ADA, last_activity=NOW - timedelta(minutes=2)))
    message_store().append(ADA, older.id, a_draft("Hello"), NOW - timedelta(minutes=1))

    assert connect(functions, ADA) == OK
    functions.run_bots()

    assert functions.connections.frames["phone"][0]["conversation_id"] == f"conv-{older.id}"


@pytest.mark.parametrize(
    ("query", "streams", "joined"),
    [({"stream": "1"}, True, False), ({"suggestions": "message"}, False, True), ({}, False, False)],
)
def test_connection_receives_what_its_handshake_asks_for(
    functions: Functions, query: dict[str, str], streams: bool, joined: bool
) -> None:
    assert connect(functions, ADA, query=query) == OK

    (connection,) = connection_store().list_by_owner(ADA.owner)
    assert (connection.streams, connection.suggestions_in_messages) == (streams, joined)


@pytest.mark.parametrize("prefix", ["session-", "conv-"])
def test_user_reconnects_by_conversation_or_session_id(functions: Functions, prefix: str) -> None:
    conversation = functions.store_conversation(a_conversation(ADA, last_activity=NOW))

    assert connect(functions, ADA, query={"session_id": prefix + conversation.id}) == OK

    assert functions.receive_jobs() == [
        WelcomeJob(conversation_id=conversation.id, connection_id="phone", owner=ADA.owner)
    ]


@pytest.mark.parametrize(
    ("caller", "query", "status"),
    [
        (None, {}, 401),
        (a_user(expires_at=NOW - timedelta(seconds=1)), {}, 401),
        (ADA, {"bot_id": "bot-999"}, 404),
        (ADA, {"session_id": f"session-{a_conversation_id()}"}, 404),
        (ADA, {"session_id": "session-123"}, 400),
        (ADA, {"session_id": ""}, 400),
        (ADA, {"bot_id": ""}, 400),
        (ADA, {"bot_id": "b#c"}, 400),
        (ADA, {"bot_id": ["default", "bot-123"]}, 400),
        (ADA, {"suggestions": "1"}, 400),
        (ADA, {"suggestions": ["message", "message"]}, 400),
        (a_visitor(), {"bot_id": "bot-123"}, 403),
    ],
)
def test_handshake_is_refused_with_matching_status(
    functions: Functions, caller: Principal | None, query: dict[str, str | list[str]], status: int
) -> None:
    assert connect(functions, caller, query=query) == {"statusCode": status}
    assert functions.receive_jobs() == []
    assert functions.aws.list_items("ConnectionsTable") == []


def test_handshake_for_conversation_of_another_user_is_forbidden(functions: Functions) -> None:
    conversation = functions.store_conversation(a_conversation(ADA, last_activity=NOW))

    assert connect(functions, EVE, query={"session_id": f"session-{conversation.id}"}) == {"statusCode": 403}


def test_handshake_of_expired_visitor_is_not_found(functions: Functions) -> None:
    visitor = a_visitor()
    functions.store_conversation(a_conversation(visitor, last_activity=NOW - timedelta(minutes=31)))

    assert connect(functions, visitor) == {"statusCode": 404}


def test_handshake_accepts_parameters_of_the_authorizer(functions: Functions) -> None:
    assert connect(functions, a_visitor(), query={"session_token": "a.b", "ticket": "c", "stream": "1"}) == OK


def test_failed_handshake_discloses_no_details(functions: Functions, logs: Logs) -> None:
    conversation_id = a_conversation_id()
    functions.aws.dynamodb.put_item(TableName="SessionsTable", Item={"id": {"S": conversation_id}})

    assert connect(functions, ADA, query={"session_id": f"session-{conversation_id}"}) == {"statusCode": 500}

    assert "KeyError" in logs.text


@pytest.mark.parametrize("name", ["Sec-WebSocket-Protocol", "sec-websocket-protocol", "SEC-WEBSOCKET-PROTOCOL"])
@pytest.mark.parametrize("offered", ["bearer, eyJ.a.b", "bearer,eyJ.a.b", "chat, bearer, eyJ.a.b"])
def test_offered_subprotocol_bearer_is_confirmed(functions: Functions, name: str, offered: str) -> None:
    response = connect(functions, ADA, headers={name: offered})

    assert response == {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "bearer"}}


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("session_token, a.b", "session_token"),
        ("session_token, a.b, bearer, eyJ.a.b", "bearer"),
        ("chat, Bearer, eyJ.a.b", "Bearer"),
    ],
)
def test_subprotocol_is_confirmed_in_the_spelling_of_the_client(
    functions: Functions, offered: str, chosen: str
) -> None:
    response = connect(functions, ADA, headers={"Sec-WebSocket-Protocol": offered})

    assert response == {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": chosen}}


@pytest.mark.parametrize("offered", [None, "", "chat", "bearer-token, x"])
def test_other_subprotocols_are_not_confirmed(functions: Functions, offered: str | None) -> None:
    headers = {} if offered is None else {"Sec-WebSocket-Protocol": offered}

    # A client closes a connection whose subprotocol it did not offer (RFC 6455, 4.1).
    assert connect(functions, ADA, headers=headers) == OK


# -------------------------------------------------------------------------------------------------------- messages


def test_message_is_acknowledged_and_answered_on_every_connection(functions: Functions) -> None:
    conversation = create_connected_conversation(functions)
    connection_store().add(a_socket(ADA, "laptop", conversation_id=conversation.id))

    delivered = send_frame(functions, ADA, {"content": "Hello", "client_message_id": "a"})
    functions.run_bots()

    (question, _) = functions.list_messages(conversation.id)
    assert delivered == {
        "type": "status",
        "status": "delivered",
        "session_id": f"session-{conversation.id}",
        "message_id": f"msg-{question.id}",
        "seq": 1,
        "timestamp": delivered["timestamp"],
        "client_message_id": "a",
    }
    phone, laptop = functions.connections.frames["phone"], functions.connections.frames["laptop"]
    assert [frame["type"] for frame in phone] == ["status", "message", "suggestion"]
    assert [frame["type"] for frame in laptop] == ["message", "message", "suggestion"]
    assert laptop[0]["sender"] == "user"
    assert phone[1]["content"] == laptop[1]["content"] == "Hi! How can I help you?"


def test_connection_that_asks_for_it_gets_quick_replies_within_the_message_only(functions: Functions) -> None:
    conversation = create_connected_conversation(functions)
    assert connect(functions, ADA, query={"session_id": f"session-{conversation.id}", "suggestions": "message"}) == OK
    connection_store().add(a_socket(ADA, "laptop", conversation_id=conversation.id))
    functions.run_bots()
    functions.connections.frames.clear()

    send_frame(functions, ADA, {"content": "Hello"})
    functions.run_bots()

    phone, laptop = functions.connections.frames["phone"], functions.connections.frames["laptop"]
    assert [frame["type"] for frame in phone] == ["status", "message"]
    assert [frame["type"] for frame in laptop] == ["message", "message", "suggestion"]
    assert phone[1] == laptop[1]
    assert phone[1]["suggestions"] == laptop[2]["suggestions"]


def test_message_to_bot_that_waits_is_queued_for_its_worker(functions: Functions) -> None:
    conversation = create_connected_conversation(functions)
    turn_store().set_waits(conversation.id)

    send_frame(functions, ADA, {"content": "Hello"})

    (message,) = functions.list_messages(conversation.id)
    assert functions.receive_jobs() == []
    (job,) = functions.receive_jobs("WaitingTurnsQueue")
    assert isinstance(job, AnswerJob)
    assert (job.conversation_id, job.message_id) == (conversation.id, message.id)


def test_message_goes_to_default_or_named_conversation(functions: Functions) -> None:
    own = create_connected_conversation(functions)
    other = functions.store_conversation(a_conversation(ADA, bot_id="bot-123", last_activity=NOW))

    assert send_frame(functions, ADA, {"content": "here"})["session_id"] == f"session-{own.id}"
    for name in (f"session-{other.id}", f"conv-{other.id}"):
        assert (
            send_frame(functions, ADA, {"content": "there", "session_id": name})["session_id"] == f"session-{other.id}"
        )

    assert [message.content for message in functions.list_messages(own.id)] == ["here"]
    assert [message.content for message in functions.list_messages(other.id)] == ["there", "there"]


def test_visitors_message_is_answered_and_not_in_users_history(functions: Functions) -> None:
    visitor = a_visitor()
    create_connected_conversation(functions, visitor)

    assert send_frame(functions, visitor, {"content": "Hello"})["status"] == "delivered"
    functions.run_bots()

    assert functions.connections.frames["phone"][1]["content"] == "Hi! How can I help you?"
    assert functions.aws.list_items("MessageHistoryTable") == []


def test_retried_message_gets_the_first_acknowledgement(functions: Functions) -> None:
    conversation = create_connected_conversation(functions)
    frame = {"content": "Hello", "client_message_id": "a"}

    first = send_frame(functions, ADA, frame)
    assert send_frame(functions, ADA, frame) == first

    functions.run_bots()
    assert [message.content for message in functions.list_messages(conversation.id)] == [
        "Hello",
        "Hi! How can I help you?",
    ]


def test_sender_gets_no_copy_of_its_message(functions: Functions) -> None:
    create_connected_conversation(functions)

    send_frame(functions, ADA, {"content": "Hello"})

    (job,) = functions.receive_jobs()
    assert isinstance(job, AnswerJob)
    assert job.connection_id == "phone"


def test_attachment_is_sent_to_other_connections(functions: Functions) -> None:
    conversation = create_connected_conversation(functions)
    connection_store().add(a_socket(ADA, "laptop", conversation_id=conversation.id))
    attachments = [{"name": "cat.png", "content_type": "image/png", "url": "https://files.example/cat.png"}]

    send_frame(functions, ADA, {"content": "Look", "attachments": attachments})
    functions.run_bots()

    assert functions.connections.frames["laptop"][0]["attachments"] == attachments


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({}, "invalid_message"),
        ({"content": ""}, "invalid_message"),
        ({"content": 5}, "invalid_message"),
        ({"content": "a\x00b"}, "invalid_message"),
        ({"content": "a" * 8_001}, "invalid_message"),
        ({"content": "a", "attachments": "cat.png"}, "invalid_message"),
        ({"content": "a", "attachments": [{}] * 11}, "invalid_message"),
        ({"content": "a", "session_id": 5}, "invalid_request"),
        ({"content": "a", "session_id": "session-123"}, "invalid_request"),
        ({"content": "a", "session_id": "session-"}, "invalid_request"),
        ({"content": "a", "colour": "red"}, "invalid_request"),
        ({"content": "a", "client_message_id": "x" * 129}, "invalid_request"),
        ({"content": "a", "session_id": f"session-{a_conversation_id()}"}, "not_found"),
    ],
)
def test_invalid_message_gets_error_and_connection_stays_open(
    functions: Functions, frame: dict[str, Any], code: str
) -> None:
    conversation = create_connected_conversation(functions)

    check_error(send_frame(functions, ADA, frame), code)

    assert functions.connections.closed == []
    assert functions.list_messages(conversation.id) == []
    assert functions.receive_jobs() == []
    assert send_frame(functions, ADA, {"content": "Hello"})["status"] == "delivered"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "hello",
        "{",
        "[]",
        "null",
        "5",
        '"message"',
        "{'type': 'message'}",
        "\ud800",
        '{"a": 1, "a": 1}',
        "[" * 20_000,
    ],
)
def test_frame_that_is_no_json_object_gets_error(functions: Functions, raw: str) -> None:
    create_connected_conversation(functions)

    frame = check_error(send_frame(functions, ADA, raw=raw), "invalid_request")

    assert "client_message_id" not in frame
    assert functions.connections.closed == []


@pytest.mark.parametrize("caller", [ADA, EVE, a_visitor()], ids=["owner", "stranger", "visitor"])
def test_error_has_ids_of_its_message(functions: Functions, caller: Principal) -> None:
    conversation = functions.store_conversation(
        a_conversation(ADA, status=ConversationStatus.ARCHIVED, last_activity=NOW)
    )
    named = f"session-{conversation.id}"

    frame = send_frame(functions, caller, {"content": "Hi", "session_id": named, "client_message_id": "a"})

    check_error(frame, "conflict" if caller == ADA else "forbidden")
    assert (frame["session_id"], frame["client_message_id"]) == (named, "a")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (r'"cut off \ud83d"', "invalid_message"),
        ("9" * 5_000, "invalid_message"),
        ("[" * 900 + "]" * 900, "invalid_message"),
        ("[" * 15_000 + "]" * 15_000, "invalid_request"),
        ('"a", "content": "b"', "invalid_message"),
        ('"bell \x07"', "invalid_request"),
    ],
    ids=["half a surrogate pair", "huge number", "nesting", "deep nesting", "twice", "control character"],
)
def test_error_names_message_that_is_json_for_its_sender(functions: Functions, content: str, code: str) -> None:
    session = f"session-{create_connected_conversation(functions).id}"
    raw = f'{{"type": "message", "content": {content}, "client_message_id": "mine-1", "session_id": "{session}"}}'

    frame = check_error(send_frame(functions, ADA, raw=raw), code)

    assert (frame["client_message_id"], frame["session_id"]) == ("mine-1", session)


def test_error_about_thousands_of_fields_is_small(functions: Functions) -> None:
    create_connected_conversation(functions)

    check_error(send_frame(functions, ADA, {f"f{number}": 1 for number in range(4_000)}), "invalid_message")

    assert len(functions.connections.get_last_frame()["message"]) <= 1_000


def test_error_does_not_repeat_invalid_ids(functions: Functions) -> None:
    create_connected_conversation(functions)

    for name in ("a" * 129, 5, None, ["a"]):
        frame = check_error(
            send_frame(functions, ADA, {"content": "", "client_message_id": name, "session_id": name}),
            "invalid_message",
        )
        assert "client_message_id" not in frame
        assert "session_id" not in frame


def test_used_client_message_id_with_different_content_is_conflict(functions: Functions) -> None:
    create_connected_conversation(functions)
    send_frame(functions, ADA, {"content": "Hello", "client_message_id": "a"})

    frame = check_error(send_frame(functions, ADA, {"content": "Hullo", "client_message_id": "a"}), "conflict")

    assert frame["client_message_id"] == "a"


def test_visitor_cannot_send_to_another_conversation(functions: Functions) -> None:
    hers = functions.store_conversation(a_conversation(ADA, last_activity=NOW))
    visitor = a_visitor()
    create_connected_conversation(functions, visitor)

    check_error(send_frame(functions, visitor, {"content": "Boo", "session_id": f"session-{hers.id}"}), "forbidden")

    assert functions.list_messages(hers.id) == []


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("deleted", [True, False])
def test_visitor_of_expired_conversation_gets_expired_frame(functions: Functions, named: bool, deleted: bool) -> None:
    visitor = a_visitor()
    if not deleted:
        functions.store_conversation(a_conversation(visitor, last_activity=NOW - timedelta(minutes=31)))
    session = f"session-{visitor.conversation_id}"

    frame = send_frame(functions, visitor, {"content": "Still there?"} | ({"session_id": session} if named else {}))

    assert frame == {"type": "status", "status": "expired", "session_id": session}
    assert functions.receive_jobs() == []


def test_unknown_connection_has_no_default_conversation(functions: Functions) -> None:
    check_error(send_frame(functions, ADA, {"content": "Hello"}), "not_found")

    conversation = functions.store_conversation(a_conversation(ADA, last_activity=NOW))
    frame = {"content": "Hello", "session_id": f"session-{conversation.id}"}
    assert send_frame(functions, ADA, frame)["status"] == "delivered"


@pytest.mark.parametrize("route", ["message", "ping", "default"])
def test_expired_token_gets_error_and_connection_is_closed(functions: Functions, route: str) -> None:
    late = a_user("ada", expires_at=NOW - timedelta(seconds=1))
    conversation = create_connected_conversation(functions, late)
    frame = {"type": route, "content": "Hello", "client_message_id": "a"}

    assert functions.invoke(route, events.socket(route, late, frame=frame)) == OK

    error = check_error(functions.connections.get_last_frame(), "unauthorized")
    assert error["client_message_id"] == "a"
    assert functions.connections.closed == ["phone"]
    assert functions.list_messages(conversation.id) == []


@pytest.mark.parametrize("route", ["message", "ping", "default"])
def test_frame_without_principal_is_refused(functions: Functions, route: str) -> None:
    assert functions.invoke(route, events.socket(route, frame={"type": route, "content": "Hello"})) == OK

    check_error(functions.connections.get_last_frame(), "unauthorized")
    assert functions.connections.closed == ["phone"]


def test_unavailable_table_gets_error_with_retry_after(functions: Functions) -> None:
    create_connected_conversation(functions)

    def fail(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")

    message_store().client.meta.events.register_first("before-send.dynamodb.TransactWriteItems", fail)
    frame = check_error(send_frame(functions, ADA, {"content": "Hello", "client_message_id": "a"}), "unavailable")

    assert frame["retry_after"] > 0
    assert frame["client_message_id"] == "a"
    assert "amazonaws" not in frame["message"]


def test_internal_error_discloses_no_details(functions: Functions, logs: Logs) -> None:
    conversation_id = a_conversation_id()
    functions.aws.dynamodb.put_item(TableName="SessionsTable", Item={"id": {"S": conversation_id}})

    frame = check_error(
        send_frame(functions, ADA, {"content": "hunter2", "session_id": f"session-{conversation_id}"}), "internal"
    )

    assert frame["message"] == "An internal error occurred."
    assert "KeyError" in logs.text
    assert "hunter2" not in logs.text


@pytest.mark.parametrize(("state", "content"), [("gone", "Hello"), ("gone", ""), ("throttled", "Hello")])
def test_message_of_gone_or_throttled_sender_is_stored(functions: Functions, state: str, content: str) -> None:
    conversation = create_connected_conversation(functions)
    getattr(functions.connections, state).add("phone")

    event = events.socket("message", ADA, frame={"type": "message", "content": content})
    assert functions.invoke("message", event) == OK

    assert [message.content for message in functions.list_messages(conversation.id)] == ([content] if content else [])


# --------------------------------------------------------------------------------------------------- other frames


@pytest.mark.parametrize("caller", [ADA, a_visitor()], ids=["user", "visitor"])
def test_ping_is_answered_with_pong(functions: Functions, caller: Principal) -> None:
    assert functions.invoke("ping", events.socket("ping", caller)) == OK

    assert functions.connections.frames["phone"] == [{"type": "status", "status": "pong"}]


def test_ping_with_extra_fields_is_refused(functions: Functions) -> None:
    functions.invoke("ping", events.socket("ping", ADA, frame={"type": "ping", "load": "a" * 1_000}))

    check_error(functions.connections.get_last_frame(), "invalid_request")


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "hello",
        "[]",
        "{}",
        '{"type": 5}',
        '{"type": null}',
        '{"type": "dance"}',
        '{"type": "Message", "content": "a"}',
        "\ud800",
    ],
)
def test_unknown_frame_type_gets_error_and_connection_stays_open(functions: Functions, raw: str) -> None:
    assert functions.invoke("default", events.socket("default", ADA, raw=raw)) == OK

    check_error(functions.connections.get_last_frame(), "invalid_request")
    assert functions.connections.closed == []


def test_error_for_unknown_frame_type_lists_types_and_repeats_ids(functions: Functions) -> None:
    frame = {"type": "dance", "session_id": "session-123", "client_message_id": "a", "more": {"deep": [1]}}
    functions.invoke("default", events.socket("default", ADA, frame=frame))

    error = check_error(functions.connections.get_last_frame(), "invalid_request")
    assert "message, upload, resume, stop, rate, ping" in error["message"]
    assert (error["session_id"], error["client_message_id"]) == ("session-123", "a")


# ------------------------------------------------------------------------------------------------------ disconnect


@pytest.mark.parametrize("caller", [ADA, a_visitor(), a_user(expires_at=NOW - timedelta(hours=1))])
def test_disconnect_removes_that_connection_only(functions: Functions, caller: Principal) -> None:
    for device in ("phone", "laptop"):
        connection_store().add(a_socket(caller, device))

    for _ in range(2):
        assert functions.invoke("disconnect", events.socket("disconnect", caller, "phone")) == OK

    assert [socket.connection_id for socket in connection_store().list_by_owner(caller.owner)] == ["laptop"]


# ----------------------------------------------------------------------------------------------------------- logs


@pytest.mark.parametrize("route", ["message", "default", "ping"])
@pytest.mark.parametrize(
    "frame",
    [
        {"content": "hunter2", "client_message_id": "hunter2"},
        {"content": "hunter2\x00"},
        {"content": "a", "hunter2": "hunter2"},
        {"content": "a", "session_id": "hunter2"},
        "hunter2",
    ],
)
def test_content_is_not_logged(functions: Functions, logs: Logs, route: str, frame: object) -> None:
    create_connected_conversation(functions)
    raw = frame if isinstance(frame, str) else json.dumps({"type": route, **(frame if isinstance(frame, dict) else {})})

    functions.invoke(route, events.socket(route, ADA, raw=raw))
    functions.run_bots()

    assert '"message":"frame"' in logs.text
    assert "hunter2" not in logs.text


def test_token_of_handshake_is_not_logged(functions: Functions, logs: Logs) -> None:
    headers = {"Sec-WebSocket-Protocol": "bearer, hunter2", "Authorization": "Bearer hunter2"}
    query = {"session_token": "hunter2", "session_id": "hunter2"}
    connect(functions, ADA, headers=headers, query={"session_token": "hunter2"})
    assert connect(functions, ADA, headers=headers, query=query) == {"statusCode": 400}
    functions.run_bots()

    assert [line["status"] for line in logs.lines if line["message"] == "handshake"] == [200, 400]
    assert "hunter2" not in logs.text


def test_visitor_token_is_not_logged_or_stored(functions: Functions, logs: Logs) -> None:
    visitor = a_visitor()
    connect(functions, visitor)
    functions.run_bots()

    token = functions.connections.frames["phone"][0]["session_token"]
    assert token.partition(".")[2] not in logs.text
    assert token.partition(".")[2] not in json.dumps(functions.aws.list_items("SessionsTable"))
    assert ids.parse_conversation_id(f"session-{token.partition('.')[0]}") == visitor.conversation_id


# ------------------------------------------------------------------------------------------------------------- guards


ALLOWED = "https://app.example.com"


@pytest.mark.parametrize(
    ("caller", "headers", "status"),
    [
        (a_visitor(), {"Origin": "https://evil.example"}, 403),
        (a_visitor(), {"origin": "null"}, 403),
        (a_visitor(), {"origin": ALLOWED}, 200),
        (a_visitor(), {}, 200),
        (ADA, {"Origin": "https://evil.example"}, 200),
    ],
)
def test_anonymous_connection_from_another_origin_is_forbidden(
    functions: Functions, caller: Principal, headers: dict[str, str], status: int
) -> None:
    event = events.socket("connect", caller, headers=headers, query={})

    with run_functions(functions.aws, AllowedOrigins=f"https://www.example.com,{ALLOWED}") as listed:
        assert listed.invoke("connect", event)["statusCode"] == status


def test_without_listed_origins_pages_of_all_sites_connect(functions: Functions) -> None:
    assert connect(functions, a_visitor(), headers={"Origin": "https://other.example"}) == OK


def test_visitor_talks_to_a_listed_public_bot(functions: Functions) -> None:
    for bot in (a_bot("default"), a_bot("shop", name="Shop"), a_bot("other"), a_bot("office", access="users")):
        functions.publish(bot)

    with run_functions(functions.aws, VisitorBots="shop,office,missing") as listed:
        visitor = a_visitor()
        assert connect(listed, visitor, query={"bot_id": "shop"}) == OK
        stored = listed.aws.list_items("SessionsTable")
        refused = {bot: connect(listed, a_visitor(), query={"bot_id": bot}) for bot in ("other", "office", "missing")}

    assert [item["bot_name"]["S"] for item in stored if "bot_name" in item] == ["Shop"]
    assert {bot: answer["statusCode"] for bot, answer in refused.items()} == {
        "other": 403,
        "office": 403,
        "missing": 404,
    }


def test_without_listed_bots_visitors_talk_to_the_default_bot_only(functions: Functions) -> None:
    functions.publish(a_bot("default"))
    functions.publish(a_bot("shop"))

    assert connect(functions, a_visitor(), query={"bot_id": "shop"})["statusCode"] == 403
    assert connect(functions, a_visitor(), query={"bot_id": "default"}) == OK


@pytest.mark.parametrize(
    ("route", "frame"),
    [
        ("ping", {"type": "ping"}),
        ("ping", {"type": "ping", "more": 1}),
        ("default", {"type": "unknown"}),
        ("message", {"type": "message"}),
        ("resume", {"type": "resume"}),
        ("disconnect", {"type": "$disconnect"}),
    ],
)
def test_flood_of_frames_is_refused_and_closed(functions: Functions, route: str, frame: dict[str, Any]) -> None:
    event = events.socket(route, ADA, frame=frame)
    event["requestContext"]["eventType"] = "MESSAGE"

    for _ in range(frame_guard.CAPACITY + frame_guard.MAX_REFUSED + 20):
        functions.invoke(route, event)

    received = functions.connections.frames["phone"]
    refused = [each for each in received if each.get("error") == "rate_limited"]
    assert len(refused) >= frame_guard.MAX_REFUSED
    assert all(each["retry_after"] > 0 for each in refused)
    assert "closed because it sent too many frames" in received[-1]["message"]
    assert "phone" in functions.connections.closed


def test_refused_frames_and_retries_are_not_counted(functions: Functions) -> None:
    create_connected_conversation(functions)
    other = functions.create_conversation(a_user("eve"))
    message = {"type": "message", "content": "Hello", "client_message_id": "once"}
    for _ in range(3):
        send_frame(functions, ADA, message)
        send_frame(functions, ADA, {"type": "message", "content": ""})
        send_frame(functions, ADA, message | {"session_id": ids.format_session_id(other.id)})

    assert rate_limiter().acquire(MESSAGES, ADA.owner, datetime.now(UTC)).remaining == MESSAGES.limit - 2


def test_21st_connection_closes_the_oldest(functions: Functions) -> None:
    functions.publish(a_bot("default"))
    for number in range(MAX_CONNECTIONS + 1):
        event = events.socket("connect", ADA, f"tab {number}")
        assert functions.invoke("connect", event)["statusCode"] == 200

    assert len(functions.connections.closed) == 1
    assert len(connection_store().list_by_owner(ADA.owner)) == MAX_CONNECTIONS


def test_visitors_of_one_ipv6_network_share_the_limit_of_connections(functions: Functions) -> None:
    functions.publish(a_bot("default"))

    def open_from(stack: Functions, address: str) -> int:
        event = events.socket("connect", a_visitor(), query={})
        event["requestContext"]["identity"]["sourceIp"] = address
        return int(stack.invoke("connect", event)["statusCode"])

    with run_functions(functions.aws, AnonymousConnectLimit="1") as limited:
        assert [open_from(limited, f"2001:db8:1:{network}::1") for network in (1, 2, 1)] == [200, 200, 429]
