"""The socket functions: handshakes, frames and farewells, as a client sees them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.stores import message_store
from conversations.domain import ids
from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.jobs import AnswerJob, WelcomeJob
from conversations.domain.principal import Principal
from tests import events
from tests.builders import a_conversation, a_session_id, a_socket, a_user, a_visitor
from tests.integration.running import Functions, Logs

ADA, EVE = a_user("ada"), a_user("eve")
NOW = datetime.now(UTC).replace(microsecond=0)
OK = {"statusCode": 200}


def connect(
    functions: Functions,
    caller: Principal | None,
    *,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    return functions.invoke("connect", events.socket("connect", caller, query=query or {}, headers=headers))


def says(functions: Functions, caller: Principal | None, frame: object = None, **what: Any) -> dict[str, Any]:  # noqa: ANN401 - likewise
    """Send a frame to the route ``message`` and return what the socket is told."""
    given = None if frame is None else {"type": "message", **frame} if isinstance(frame, dict) else frame
    assert functions.invoke("message", events.socket("message", caller, frame=given, **what)) == OK
    return functions.sockets.last()


def held(functions: Functions, owner: Principal = ADA, **about: Any) -> Conversation:  # noqa: ANN401 - likewise
    """Store a conversation, and open a socket for it."""
    conversation = functions.holds(a_conversation(owner, last_activity=NOW, **about))
    connection_store().add(a_socket(owner, "phone", session_id=conversation.id))
    return conversation


def error(frame: dict[str, Any], word: str) -> dict[str, Any]:
    """Return a frame that must be an error, in the contract's words."""
    assert (frame["type"], frame["error"]) == ("error", word), frame
    assert frame["message"]
    assert frame.keys() <= {"type", "error", "message", "session_id", "client_message_id", "retry_after"}
    assert ("retry_after" in frame) == (word == "unavailable")
    return frame


# ------------------------------------------------------------------------------------------------------ connecting


def test_a_visitor_is_let_in_welcomed_and_greeted(functions: Functions) -> None:
    visitor = a_visitor()

    assert functions.invoke("connect", events.socket("connect.visitor", visitor)) == OK
    assert functions.sockets.told == {}
    functions.run_the_bots()

    connected, greeting = functions.sockets.told["phone"]
    assert (connected["type"], connected["status"], connected["anonymous"]) == ("status", "connected", True)
    assert connected["session_id"] == f"session-{visitor.session_id}"
    assert connected["conversation_id"] == f"conv-{visitor.session_id}"
    assert (connected["bot_id"], connected["bot_name"]) == ("default", "General Bot")
    assert connected["session_token"].startswith(f"{visitor.session_id}.")
    assert 30 * 60 - 60 < connected["expires_in"] <= 30 * 60
    assert (greeting["type"], greeting["sender"], greeting["content"]) == ("message", "bot", "Welcome.")


def test_a_user_is_let_in_to_the_bot_they_ask_for(functions: Functions) -> None:
    assert connect(functions, ADA, query={"bot_id": "bot-123"}) == OK
    functions.run_the_bots()

    connected = functions.sockets.told["phone"][0]
    assert (connected["bot_id"], connected["bot_name"]) == ("bot-123", "Support Bot")
    assert connected["anonymous"] is False
    assert "session_token" not in connected


@pytest.mark.parametrize("prefix", ["session-", "conv-"])
def test_a_user_comes_back_to_a_conversation_by_either_name(functions: Functions, prefix: str) -> None:
    conversation = functions.holds(a_conversation(ADA, last_activity=NOW))

    assert connect(functions, ADA, query={"session_id": prefix + conversation.id}) == OK

    assert functions.queued() == [WelcomeJob(session_id=conversation.id, connection_id="phone")]


@pytest.mark.parametrize(
    ("caller", "query", "status"),
    [
        (None, {}, 401),
        (a_user(expires_at=NOW - timedelta(seconds=1)), {}, 401),
        (ADA, {"bot_id": "bot-999"}, 404),
        (ADA, {"session_id": f"session-{a_session_id()}"}, 404),
        (ADA, {"session_id": "session-123"}, 400),
        (ADA, {"session_id": ""}, 400),
        (ADA, {"bot_id": ""}, 400),
        (ADA, {"bot_id": "b#c"}, 400),
        (a_visitor(), {"bot_id": "bot-123"}, 403),
    ],
)
def test_a_handshake_is_refused_with_the_status_of_what_is_wrong(
    functions: Functions, caller: Principal | None, query: dict[str, str], status: int
) -> None:
    assert connect(functions, caller, query=query) == {"statusCode": status}
    assert functions.queued() == []
    assert functions.where.items("ConnectionsTable") == []


def test_nobody_opens_a_socket_to_somebody_elses_conversation(functions: Functions) -> None:
    conversation = functions.holds(a_conversation(ADA, last_activity=NOW))

    assert connect(functions, EVE, query={"session_id": f"session-{conversation.id}"}) == {"statusCode": 403}


def test_a_visitor_whose_session_has_ended_is_not_found(functions: Functions) -> None:
    visitor = a_visitor()
    functions.holds(a_conversation(visitor, last_activity=NOW - timedelta(minutes=31)))

    assert connect(functions, visitor) == {"statusCode": 404}


def test_parameters_the_authorizer_read_are_no_fault(functions: Functions) -> None:
    assert connect(functions, a_visitor(), query={"session_token": "a.b", "ticket": "c", "stream": "1"}) == OK


def test_a_handshake_that_breaks_says_nothing_of_why(functions: Functions, logs: Logs) -> None:
    session_id = a_session_id()
    functions.where.dynamodb.put_item(TableName="SessionsTable", Item={"id": {"S": session_id}})

    assert connect(functions, ADA, query={"session_id": f"session-{session_id}"}) == {"statusCode": 500}

    assert "KeyError" in logs.text


@pytest.mark.parametrize("name", ["Sec-WebSocket-Protocol", "sec-websocket-protocol", "SEC-WEBSOCKET-PROTOCOL"])
@pytest.mark.parametrize("offered", ["bearer, eyJ.a.b", "bearer,eyJ.a.b", "chat, bearer, eyJ.a.b"])
def test_the_subprotocol_bearer_is_answered_where_it_is_offered(functions: Functions, name: str, offered: str) -> None:
    answer = connect(functions, ADA, headers={name: offered})

    assert answer == {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "bearer"}}


@pytest.mark.parametrize("offered", [None, "", "chat", "bearer-token, x", "chat, Bearer"])
def test_no_subprotocol_is_answered_that_was_not_offered(functions: Functions, offered: str | None) -> None:
    headers = {} if offered is None else {"Sec-WebSocket-Protocol": offered}

    # A client closes a socket whose subprotocol it did not ask for (RFC 6455, 4.1).
    assert connect(functions, ADA, headers=headers) == OK


# --------------------------------------------------------------------------------------------------------- talking


def test_a_message_is_acknowledged_and_then_answered_on_every_device(functions: Functions) -> None:
    conversation = held(functions)
    connection_store().add(a_socket(ADA, "laptop", session_id=conversation.id))

    delivered = says(functions, ADA, {"content": "Hello", "client_message_id": "a"})
    functions.run_the_bots()

    (question, _) = functions.stored(conversation.id)
    assert delivered == {
        "type": "status",
        "status": "delivered",
        "session_id": f"session-{conversation.id}",
        "message_id": f"msg-{question.id}",
        "seq": 1,
        "timestamp": delivered["timestamp"],
        "client_message_id": "a",
    }
    phone, laptop = functions.sockets.told["phone"], functions.sockets.told["laptop"]
    assert [frame["type"] for frame in phone] == ["status", "typing", "message", "suggestion"]
    assert [frame["type"] for frame in laptop] == ["message", "typing", "message", "suggestion"]
    assert laptop[0]["sender"] == "user"
    assert phone[2]["content"] == laptop[2]["content"] == "Hi! How can I help you?"


def test_a_message_goes_to_the_sockets_own_conversation_or_to_the_one_it_names(functions: Functions) -> None:
    own = held(functions)
    other = functions.holds(a_conversation(ADA, bot_id="bot-123", last_activity=NOW))

    assert says(functions, ADA, {"content": "here"})["session_id"] == f"session-{own.id}"
    for name in (f"session-{other.id}", f"conv-{other.id}"):
        assert says(functions, ADA, {"content": "there", "session_id": name})["session_id"] == f"session-{other.id}"

    assert [message.content for message in functions.stored(own.id)] == ["here"]
    assert [message.content for message in functions.stored(other.id)] == ["there", "there"]


def test_a_visitors_message_is_answered_and_nothing_is_kept(functions: Functions) -> None:
    visitor = a_visitor()
    held(functions, visitor)

    assert says(functions, visitor, {"content": "Hello"})["status"] == "delivered"
    functions.run_the_bots()

    assert functions.sockets.told["phone"][2]["content"] == "Hi! How can I help you?"
    assert functions.where.items("MessageHistoryTable") == []


def test_a_message_sent_again_is_acknowledged_as_the_first_time(functions: Functions) -> None:
    conversation = held(functions)
    frame = {"content": "Hello", "client_message_id": "a"}

    first = says(functions, ADA, frame)
    assert says(functions, ADA, frame) == first

    functions.run_the_bots()
    assert [message.content for message in functions.stored(conversation.id)] == ["Hello", "Hi! How can I help you?"]


def test_a_sender_is_spared_a_copy_of_their_own_message(functions: Functions) -> None:
    held(functions)

    says(functions, ADA, {"content": "Hello"})

    (work,) = functions.queued()
    assert isinstance(work, AnswerJob)
    assert work.connection_id == "phone"


def test_an_attachment_comes_to_the_other_devices(functions: Functions) -> None:
    conversation = held(functions)
    connection_store().add(a_socket(ADA, "laptop", session_id=conversation.id))
    attachments = [{"name": "cat.png", "content_type": "image/png", "url": "https://files.example/cat.png"}]

    says(functions, ADA, {"content": "Look", "attachments": attachments})
    functions.run_the_bots()

    assert functions.sockets.told["laptop"][0]["attachments"] == attachments


@pytest.mark.parametrize(
    ("frame", "word"),
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
        ({"content": "a", "session_id": f"session-{a_session_id()}"}, "not_found"),
    ],
)
def test_a_bad_message_gets_an_error_and_the_socket_stays_open(
    functions: Functions, frame: dict[str, Any], word: str
) -> None:
    conversation = held(functions)

    error(says(functions, ADA, frame), word)

    assert functions.sockets.closed == []
    assert functions.stored(conversation.id) == []
    assert functions.queued() == []
    assert says(functions, ADA, {"content": "Hello"})["status"] == "delivered"


@pytest.mark.parametrize(
    "raw", ["", "hello", "{", "[]", "null", "5", '"message"', "{'type': 'message'}", "\ud800", r'{"a": "\ud83d"}']
)
def test_what_is_no_json_object_gets_an_error(functions: Functions, raw: str) -> None:
    held(functions)

    frame = error(says(functions, ADA, raw=raw), "invalid_request")

    assert "client_message_id" not in frame
    assert functions.sockets.closed == []


@pytest.mark.parametrize("caller", [ADA, EVE, a_visitor()], ids=["owner", "stranger", "visitor"])
def test_an_error_says_which_message_it_is_about(functions: Functions, caller: Principal) -> None:
    conversation = functions.holds(a_conversation(ADA, status=ConversationStatus.ARCHIVED, last_activity=NOW))
    named = f"session-{conversation.id}"

    frame = says(functions, caller, {"content": "Hi", "session_id": named, "client_message_id": "a"})

    error(frame, "conflict" if caller == ADA else "forbidden")
    assert (frame["session_id"], frame["client_message_id"]) == (named, "a")


def test_an_error_repeats_no_id_that_is_none(functions: Functions) -> None:
    held(functions)

    for name in ("a" * 129, 5, None, ["a"]):
        frame = error(
            says(functions, ADA, {"content": "", "client_message_id": name, "session_id": name}), "invalid_message"
        )
        assert "client_message_id" not in frame
        assert "session_id" not in frame


def test_a_name_used_for_another_message_is_a_conflict(functions: Functions) -> None:
    held(functions)
    says(functions, ADA, {"content": "Hello", "client_message_id": "a"})

    frame = error(says(functions, ADA, {"content": "Hullo", "client_message_id": "a"}), "conflict")

    assert frame["client_message_id"] == "a"


def test_a_visitor_speaks_in_no_other_conversation(functions: Functions) -> None:
    hers = functions.holds(a_conversation(ADA, last_activity=NOW))
    visitor = a_visitor()
    held(functions, visitor)

    error(says(functions, visitor, {"content": "Boo", "session_id": f"session-{hers.id}"}), "forbidden")

    assert functions.stored(hers.id) == []


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("deleted", [True, False])
def test_a_visitor_whose_conversation_has_ended_is_told_so(functions: Functions, named: bool, deleted: bool) -> None:
    visitor = a_visitor()
    if not deleted:
        functions.holds(a_conversation(visitor, last_activity=NOW - timedelta(minutes=31)))
    session = f"session-{visitor.session_id}"

    frame = says(functions, visitor, {"content": "Still there?"} | ({"session_id": session} if named else {}))

    assert frame == {"type": "status", "status": "expired", "session_id": session}
    assert functions.queued() == []


def test_a_socket_nobody_remembers_has_no_conversation_of_its_own(functions: Functions) -> None:
    error(says(functions, ADA, {"content": "Hello"}), "not_found")

    conversation = functions.holds(a_conversation(ADA, last_activity=NOW))
    frame = {"content": "Hello", "session_id": f"session-{conversation.id}"}
    assert says(functions, ADA, frame)["status"] == "delivered"


@pytest.mark.parametrize("route", ["message", "ping", "default"])
def test_a_token_that_ran_out_gets_an_error_and_the_socket_is_closed(functions: Functions, route: str) -> None:
    late = a_user("ada", expires_at=NOW - timedelta(seconds=1))
    conversation = held(functions, late)
    frame = {"type": route, "content": "Hello", "client_message_id": "a"}

    assert functions.invoke(route, events.socket(route, late, frame=frame)) == OK

    told = error(functions.sockets.last(), "unauthorized")
    assert told["client_message_id"] == "a"
    assert functions.sockets.closed == ["phone"]
    assert functions.stored(conversation.id) == []


@pytest.mark.parametrize("route", ["message", "ping", "default"])
def test_a_frame_nobody_vouched_for_is_refused(functions: Functions, route: str) -> None:
    assert functions.invoke(route, events.socket(route, frame={"type": route, "content": "Hello"})) == OK

    error(functions.sockets.last(), "unauthorized")
    assert functions.sockets.closed == ["phone"]


def test_a_table_that_does_not_answer_asks_for_another_try(functions: Functions) -> None:
    held(functions)

    def fail(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")

    message_store().client.meta.events.register_first("before-send.dynamodb.TransactWriteItems", fail)
    frame = error(says(functions, ADA, {"content": "Hello", "client_message_id": "a"}), "unavailable")

    assert frame["retry_after"] > 0
    assert frame["client_message_id"] == "a"
    assert "amazonaws" not in frame["message"]


def test_a_mistake_of_ours_is_told_without_a_word_of_ours(functions: Functions, logs: Logs) -> None:
    session_id = a_session_id()
    functions.where.dynamodb.put_item(TableName="SessionsTable", Item={"id": {"S": session_id}})

    frame = error(says(functions, ADA, {"content": "hunter2", "session_id": f"session-{session_id}"}), "internal")

    assert frame["message"] == "An internal error occurred."
    assert "KeyError" in logs.text
    assert "hunter2" not in logs.text


@pytest.mark.parametrize(("state", "content"), [("gone", "Hello"), ("gone", ""), ("throttled", "Hello")])
def test_a_sender_who_is_gone_or_throttled_breaks_nothing(functions: Functions, state: str, content: str) -> None:
    conversation = held(functions)
    getattr(functions.sockets, state).add("phone")

    event = events.socket("message", ADA, frame={"type": "message", "content": content})
    assert functions.invoke("message", event) == OK

    assert [message.content for message in functions.stored(conversation.id)] == ([content] if content else [])


# --------------------------------------------------------------------------------------------------- other frames


@pytest.mark.parametrize("caller", [ADA, a_visitor()], ids=["user", "visitor"])
def test_a_ping_is_answered_with_a_pong(functions: Functions, caller: Principal) -> None:
    assert functions.invoke("ping", events.socket("ping", caller)) == OK

    assert functions.sockets.told["phone"] == [{"type": "status", "status": "pong"}]


def test_a_ping_is_a_ping_and_nothing_else(functions: Functions) -> None:
    functions.invoke("ping", events.socket("ping", ADA, frame={"type": "ping", "load": "a" * 1_000}))

    error(functions.sockets.last(), "invalid_request")


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
def test_a_frame_of_no_known_type_gets_an_error_and_the_socket_stays_open(functions: Functions, raw: str) -> None:
    assert functions.invoke("default", events.socket("default", ADA, raw=raw)) == OK

    error(functions.sockets.last(), "invalid_request")
    assert functions.sockets.closed == []


def test_a_frame_of_no_known_type_is_told_which_there_are_and_its_ids(functions: Functions) -> None:
    frame = {"type": "dance", "session_id": "session-123", "client_message_id": "a", "more": {"deep": [1]}}
    functions.invoke("default", events.socket("default", ADA, frame=frame))

    told = error(functions.sockets.last(), "invalid_request")
    assert "message, resume, ping" in told["message"]
    assert (told["session_id"], told["client_message_id"]) == ("session-123", "a")


# -------------------------------------------------------------------------------------------------------- leaving


@pytest.mark.parametrize("caller", [ADA, a_visitor(), a_user(expires_at=NOW - timedelta(hours=1))])
def test_a_socket_that_closes_is_forgotten_and_no_other(functions: Functions, caller: Principal) -> None:
    for device in ("phone", "laptop"):
        connection_store().add(a_socket(caller, device))

    for _ in range(2):
        assert functions.invoke("disconnect", events.socket("disconnect", caller, "phone")) == OK

    assert [socket.connection_id for socket in connection_store().of(caller.owner)] == ["laptop"]


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
def test_no_log_holds_what_was_said(functions: Functions, logs: Logs, route: str, frame: object) -> None:
    held(functions)
    raw = frame if isinstance(frame, str) else json.dumps({"type": route, **(frame if isinstance(frame, dict) else {})})

    functions.invoke(route, events.socket(route, ADA, raw=raw))
    functions.run_the_bots()

    assert '"message":"frame"' in logs.text
    assert "hunter2" not in logs.text


def test_no_log_holds_the_token_of_a_handshake(functions: Functions, logs: Logs) -> None:
    headers = {"Sec-WebSocket-Protocol": "bearer, hunter2", "Authorization": "Bearer hunter2"}
    query = {"session_token": "hunter2", "session_id": "hunter2"}
    connect(functions, ADA, headers=headers, query={"session_token": "hunter2"})
    assert connect(functions, ADA, headers=headers, query=query) == {"statusCode": 400}
    functions.run_the_bots()

    assert [line["status"] for line in logs.lines if line["message"] == "handshake"] == [200, 400]
    assert "hunter2" not in logs.text


def test_no_log_holds_the_token_a_visitor_is_given(functions: Functions, logs: Logs) -> None:
    visitor = a_visitor()
    connect(functions, visitor)
    functions.run_the_bots()

    token = functions.sockets.told["phone"][0]["session_token"]
    assert token.partition(".")[2] not in logs.text
    assert token.partition(".")[2] not in json.dumps(functions.where.items("SessionsTable"))
    assert ids.parse_session_id(f"session-{token.partition('.')[0]}") == visitor.session_id
