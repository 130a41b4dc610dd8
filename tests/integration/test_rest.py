"""The REST functions, asked well and badly: what a client may rely on."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from conversations import bootstrap
from conversations.domain import ids, timestamps
from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.principal import Principal
from tests import events
from tests.builders import a_conversation, a_session_id, a_user, a_visitor
from tests.events import Event
from tests.integration.running import Functions, Logs

ADA, EVE = a_user("ada"), a_user("eve")
NOW = datetime.now(UTC).replace(microsecond=0)

WORDS = {
    400: ("Bad Request", {"invalid_request", "invalid_message"}),
    401: ("Unauthorized", {"unauthorized"}),
    403: ("Forbidden", {"forbidden"}),
    404: ("Not Found", {"not_found"}),
    409: ("Conflict", {"conflict"}),
    413: ("Content Too Large", {"payload_too_large"}),
    500: ("Internal Server Error", {"internal"}),
    503: ("Service Unavailable", {"unavailable"}),
}


def ok(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the body of an answer that must be good."""
    assert answer["statusCode"] == 200, answer
    assert answer["multiValueHeaders"]["Cache-Control"] == ["no-store"]
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def problem(answer: dict[str, Any], status: int, word: str | None = None) -> dict[str, Any]:
    """Return the body of an answer that must be a problem (RFC 9457), in the contract's words."""
    assert answer["statusCode"] == status, answer
    title, words = WORDS[status]
    headers = answer["multiValueHeaders"]
    assert headers["Content-Type"] == ["application/problem+json"]
    assert headers["Cache-Control"] == ["no-store"]
    assert headers.get("WWW-Authenticate") == (["Bearer"] if status == 401 else None)
    assert ("Retry-After" in headers) == (status == 503)
    body: dict[str, Any] = json.loads(answer["body"])
    assert body.keys() - {"field"} == {"type", "title", "status", "detail", "error"}
    assert (body["type"], body["title"], body["status"]) == ("about:blank", title, status)
    assert body["error"] in ({word} if word else words)
    assert body["detail"]
    return body


def held(functions: Functions, **about: Any) -> Conversation:  # noqa: ANN401 - as the builder takes them
    return functions.holds(a_conversation(ADA, last_activity=NOW, **about))


def conv(conversation: Conversation) -> str:
    return ids.format_conversation_id(conversation.id)


def send(
    functions: Functions,
    conversation_id: str,
    caller: Principal | None = ADA,
    **what: Any,  # noqa: ANN401 - as events.rest takes it
) -> dict[str, Any]:
    return functions.invoke(
        "send_message", events.rest("send_message", caller, conversation_id=conversation_id, **what)
    )


def history(
    functions: Functions,
    conversation_id: str,
    caller: Any = ADA,  # noqa: ANN401 - Principal | None, but mypy takes **query for it too
    **query: str,
) -> dict[str, Any]:
    return functions.invoke(
        "get_history", events.rest("get_history", caller, conversation_id=conversation_id, query=query)
    )


def listing(
    functions: Functions,
    caller: Any = ADA,  # noqa: ANN401 - Principal | None, but mypy takes **query for it too
    **query: str,
) -> dict[str, Any]:
    return functions.invoke("list_conversations", events.rest("list_conversations", caller, query=query))


def start(
    functions: Functions,
    caller: Principal | None = ADA,
    **what: Any,  # noqa: ANN401 - as events.rest takes it
) -> dict[str, Any]:
    return functions.invoke("start_conversation", events.rest("start_conversation", caller, **what))


# ------------------------------------------------------------------------------------------------------- who asks

type Ask = Callable[[Functions, Any], dict[str, Any]]

ASKING: dict[str, Ask] = {
    "start_conversation": lambda functions, caller: start(functions, caller, body={}),
    "send_message": lambda functions, caller: send(functions, f"conv-{a_session_id()}", caller, body={"content": "Hi"}),
    "get_history": lambda functions, caller: history(functions, f"conv-{a_session_id()}", caller),
    "list_conversations": listing,
}

every_endpoint = pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING.keys())


@every_endpoint
def test_nobody_is_answered_without_a_token(functions: Functions, ask: Ask) -> None:
    problem(ask(functions, None), 401)
    assert functions.queued() == []


@every_endpoint
def test_a_token_that_ran_out_while_its_approval_was_cached_is_refused(functions: Functions, ask: Ask) -> None:
    problem(ask(functions, a_user(expires_at=NOW - timedelta(seconds=1))), 401)
    assert functions.queued() == []


def test_the_health_of_the_service_is_told_to_anybody(functions: Functions) -> None:
    assert ok(functions.invoke("health", events.event("health"))) == {"status": "ok"}


def test_nobody_reads_or_writes_in_a_conversation_of_somebody_else(functions: Functions) -> None:
    conversation = held(functions)
    functions.said(ADA, conversation, "private")

    for answer in (
        history(functions, conv(conversation), EVE),
        send(functions, conv(conversation), EVE, body={"content": "Boo"}),
    ):
        assert "private" not in problem(answer, 403)["detail"]
    assert len(functions.stored(conversation.id)) == 1
    assert functions.queued() == []


def test_a_users_token_does_not_open_a_visitors_conversation(functions: Functions) -> None:
    conversation = functions.holds(a_conversation(a_visitor(), last_activity=NOW))

    problem(history(functions, conv(conversation)), 403)
    problem(send(functions, conv(conversation), body={"content": "Boo"}), 403)


def test_everybody_lists_their_own(functions: Functions) -> None:
    mine = held(functions)
    functions.holds(a_conversation(EVE, last_activity=NOW))

    assert [each["id"] for each in ok(listing(functions))["conversations"]] == [conv(mine)]


def test_no_bot_id_reaches_into_the_list_of_somebody_else(functions: Functions) -> None:
    # Keys are joined with `#`, which a subject may contain: this would be the key of the other's list.
    functions.holds(a_conversation(a_user("ada#b"), bot_id="c", last_activity=NOW))

    answer = listing(functions, a_user("ada"), bot_id="b#c")

    assert problem(answer, 400, "invalid_request")["field"] == "bot_id"


# ------------------------------------------------------------------------------------------------ what is not there


@pytest.mark.parametrize("form", ["conv", "session"])
def test_a_conversation_that_never_was_is_not_found(functions: Functions, form: str) -> None:
    missing = f"{form}-{a_session_id()}"

    assert problem(history(functions, missing), 404)["detail"] == "The conversation does not exist."
    problem(send(functions, missing, body={"content": "Hi"}), 404)


def test_a_visitors_conversation_that_has_ended_is_not_found(functions: Functions) -> None:
    conversation = functions.holds(a_conversation(a_visitor(), last_activity=NOW - timedelta(minutes=31)))

    problem(history(functions, conv(conversation)), 404)


def test_a_bot_that_is_not_there_is_not_found(functions: Functions) -> None:
    assert problem(start(functions, body={"bot_id": "bot-999"}), 404)["detail"] == "There is no such bot."
    assert ok(listing(functions))["total"] == 0


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_path_a_function_does_not_know_is_not_found(functions: Functions, method: str) -> None:
    event = events.rest("start_conversation", ADA, body={}) | {"httpMethod": method}

    problem(functions.invoke("start_conversation", event), 404)


# ------------------------------------------------------------------------------------------------- what contradicts


def test_an_archived_conversation_refuses_messages_and_can_be_read(functions: Functions) -> None:
    conversation = held(functions, status=ConversationStatus.ARCHIVED)

    assert "archived" in problem(send(functions, conv(conversation), body={"content": "Hi"}), 409)["detail"]
    assert ok(history(functions, conv(conversation))) == {"messages": [], "has_more": False}
    assert functions.queued() == []


def test_a_message_sent_again_is_answered_as_the_first_time(functions: Functions) -> None:
    conversation = held(functions)
    body = {"content": "Hello", "client_message_id": "a"}

    first = ok(send(functions, conv(conversation), body=body))
    again = ok(send(functions, ids.format_session_id(conversation.id), body=body))

    assert again == first
    assert len(functions.stored(conversation.id)) == 1
    functions.run_the_bots()
    assert [message.content for message in functions.stored(conversation.id)] == ["Hello", "Hi! How can I help you?"]


def test_a_name_used_for_another_message_is_a_conflict(functions: Functions) -> None:
    conversation = held(functions)
    ok(send(functions, conv(conversation), body={"content": "Hello", "client_message_id": "a"}))

    problem(send(functions, conv(conversation), body={"content": "Hullo", "client_message_id": "a"}), 409)


# --------------------------------------------------------------------------------------------------- bodies


BAD_BODIES: dict[str, tuple[str | bytes | None, str, str | None]] = {
    "none": (None, "invalid_request", None),
    "empty": ("", "invalid_request", None),
    "blank": ("  ", "invalid_request", None),
    "no JSON": ("content=Hello", "invalid_request", None),
    "half of JSON": ('{"content": "Hello"', "invalid_request", None),
    "two of it": ('{"content": "a"}{"content": "b"}', "invalid_request", None),
    "JavaScript": ("{content: 'Hello'}", "invalid_request", None),
    "a byte order mark": ('\ufeff{"content": "Hello"}', "invalid_request", None),
    "no object": ('["Hello"]', "invalid_request", None),
    "null": ("null", "invalid_request", None),
    "a text": ('"Hello"', "invalid_request", None),
    "a number": ("5", "invalid_request", None),
    "very deep": ("[" * 50_000, "invalid_request", None),
    "half a surrogate pair": (r'{"content": "\ud83d"}', "invalid_request", None),
    "half a surrogate pair, decoded": ('{"content": "\ud83d"}', "invalid_request", None),
    "no content": ("{}", "invalid_message", "content"),
    "content of another type": ('{"content": 5}', "invalid_message", "content"),
    "content of nothing": ('{"content": null}', "invalid_message", "content"),
    "empty content": ('{"content": ""}', "invalid_message", "content"),
    "blank content": ('{"content": " \\n "}', "invalid_message", "content"),
    "a control character": ('{"content": "a\\u0000b"}', "invalid_message", "content"),
    "too much content": (json.dumps({"content": "a" * 8_001}), "invalid_message", "content"),
    "attachments of nothing": ('{"content": "a", "attachments": null}', "invalid_message", "attachments"),
    "an attachment that is none": ('{"content": "a", "attachments": [5]}', "invalid_message", "attachments"),
    "an attachment over http": (
        '{"content": "a", "attachments": [{"name": "a", "content_type": "a/b", "url": "http://a.example"}]}',
        "invalid_message",
        "attachments",
    ),
    "an empty name": ('{"content": "a", "client_message_id": ""}', "invalid_request", "client_message_id"),
    "an unknown field": ('{"content": "a", "colour": "red"}', "invalid_request", "colour"),
    "no UTF-8": (b'{"content": "\xff"}', "invalid_request", None),
    "UTF-16": ('{"content": "Hello"}'.encode("utf-16"), "invalid_request", None),
}


@pytest.mark.parametrize(("raw", "word", "field"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_bad_body_is_refused_by_what_is_wrong_with_it(
    functions: Functions, raw: str | bytes | None, word: str, field: str | None
) -> None:
    conversation = held(functions)

    told = problem(send(functions, conv(conversation), raw=raw), 400, word)

    assert told.get("field") == field
    assert functions.stored(conversation.id) == []
    assert functions.queued() == []


def test_what_api_gateway_calls_base_64_and_is_none_is_refused(functions: Functions) -> None:
    conversation = held(functions)
    event = events.rest("send_message", ADA, raw="***", conversation_id=conv(conversation))

    problem(functions.invoke("send_message", event | {"isBase64Encoded": True}), 400, "invalid_request")


def test_a_body_in_base_64_is_a_body(functions: Functions) -> None:
    conversation = held(functions)

    ok(send(functions, conv(conversation), raw='{"content": "Größe"}'.encode()))

    assert [message.content for message in functions.stored(conversation.id)] == ["Größe"]


@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_body_over_128_kilobytes_is_too_large_and_one_of_128_is_read(functions: Functions, as_bytes: bool) -> None:
    conversation = held(functions)

    def body(size: int) -> str | bytes:
        text = '{"content": "ü' + "a" * (size - len('{"content": "ü"}'.encode())) + '"}'
        assert len(text.encode()) == size
        return text.encode() if as_bytes else text

    problem(send(functions, conv(conversation), raw=body(128 * 1024 + 1)), 413)
    problem(send(functions, conv(conversation), raw=body(128 * 1024)), 400, "invalid_message")
    assert functions.stored(conversation.id) == []


@pytest.mark.parametrize(
    ("raw", "word", "field"),
    [
        (None, "invalid_request", None),
        ("", "invalid_request", None),
        ("[]", "invalid_request", None),
        ('{"bot_id": ""}', "invalid_request", "bot_id"),
        ('{"bot_id": 5}', "invalid_request", "bot_id"),
        ('{"bot_id": "Bot 123"}', "invalid_request", "bot_id"),
        (json.dumps({"bot_id": "a" * 64}), "invalid_request", "bot_id"),
        ('{"initial_message": ""}', "invalid_message", "initial_message"),
        ('{"initial_message": 5}', "invalid_message", "initial_message"),
        (json.dumps({"initial_message": "a" * 8_001}), "invalid_message", "initial_message"),
        ('{"user_id": "eve"}', "invalid_request", "user_id"),
    ],
)
def test_a_start_with_a_bad_body_begins_nothing(
    functions: Functions, raw: str | None, word: str, field: str | None
) -> None:
    told = problem(start(functions, raw=raw), 400, word)

    assert told.get("field") == field
    assert ok(listing(functions))["total"] == 0


@pytest.mark.parametrize("body", [{}, {"bot_id": None}, {"initial_message": None}])
def test_a_start_that_says_nothing_is_with_the_default_bot_which_speaks_first(
    functions: Functions, body: dict[str, None]
) -> None:
    conversation_id = ok(start(functions, body=body))["conversation_id"]
    functions.run_the_bots()

    (listed,) = ok(listing(functions))["conversations"]
    assert (listed["bot_id"], listed["bot_name"], listed["last_message"]) == ("default", "General Bot", "Welcome.")
    assert [each["sender"] for each in ok(history(functions, conversation_id))["messages"]] == ["bot"]


def test_a_message_says_all_it_can_say(functions: Functions) -> None:
    conversation = held(functions)
    attachments = [{"name": "cat.png", "content_type": "image/png", "url": "https://files.example/cat.png"}]
    body = {"content": " Look!\n", "attachments": attachments, "client_message_id": "a"}

    accepted = ok(send(functions, conv(conversation), body=body))

    assert accepted.keys() == {"message_id", "timestamp", "status", "seq"}
    assert ok(history(functions, conv(conversation)))["messages"] == [
        {
            "id": accepted["message_id"],
            "sender": "user",
            "content": "Look!",
            "timestamp": accepted["timestamp"],
            "seq": 1,
            "attachments": attachments,
            "client_message_id": "a",
        }
    ]


def test_every_script_goes_in_and_comes_out(functions: Functions) -> None:
    conversation = held(functions)
    content = 'Grüße 你好 שלום \U0001f468\u200d\U0001f469\u200d\U0001f467\n\t"quoted" \\ </script>'

    ok(send(functions, conv(conversation), body={"content": content}))

    assert ok(history(functions, conv(conversation)))["messages"][0]["content"] == content


# ------------------------------------------------------------------------------------------------- ids, parameters


BAD_IDS = [
    "conv-",
    "session-",
    "conv-456",
    "conv-018D0C90-4D00-7ABC-8DEF-0123456789AB",
    "018d0c90-4d00-7abc-8def-0123456789ab",
    "msg-018d0c90-4d00-7abc-8def-0123456789ab",
    "conv-{018d0c90-4d00-7abc-8def-0123456789ab}",
    "conv-018d0c90-4d00-7abc-8def-0123456789ab%00",
    "conv-018d0c90-4d00-7abc-8def-0123456789ab%23dialog",
    "..",
    "%2e%2e",
]


@pytest.mark.parametrize("conversation_id", BAD_IDS)
def test_an_id_that_is_none_is_refused_by_its_name(functions: Functions, conversation_id: str) -> None:
    for answer in (history(functions, conversation_id), send(functions, conversation_id, body={"content": "Hi"})):
        assert problem(answer, 400, "invalid_request")["field"] == "conversation_id"


def test_either_name_of_a_conversation_will_do(functions: Functions) -> None:
    conversation = held(functions)
    for name in (f"conv-{conversation.id}", f"session-{conversation.id}"):
        ok(send(functions, name, body={"content": name}))
        assert ok(history(functions, name))["messages"][-1]["content"] == name


NO_NUMBERS = ["", "abc", "1.5", "0x10", "1e1", "null", "[1]", "\N{ARABIC-INDIC DIGIT FIVE}", "9" * 5_000]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *(("limit", value) for value in ["0", "101", "-1", *NO_NUMBERS]),
        *(("before", value) for value in ["", "yesterday", "2024-01-15", "2024-01-15T10:00:00", "msg-1", "msg-"]),
        *(("after", value) for value in ["", "1705312800", "2024-01-15T10:00:00 01:00", "conv-1", "msg-\ud800"]),
        ("offset", "0"),
        ("cursor", "a"),
        ("Limit", "5"),
    ],
)
def test_a_history_parameter_that_is_out_of_range_is_refused_by_its_name(
    functions: Functions, parameter: str, value: str
) -> None:
    conversation = held(functions)

    answer = history(functions, conv(conversation), **{parameter: value})

    assert problem(answer, 400, "invalid_request")["field"] == parameter


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *(("limit", value) for value in ["0", "101", "-1", *NO_NUMBERS]),
        *(("offset", value) for value in ["-1", "10001", *NO_NUMBERS]),
        *(("status", value) for value in ["", "deleted", "ACTIVE", "active,archived"]),
        *(("bot_id", value) for value in ["", "a" * 64, "b#c", "Bot", "a b"]),
        ("before", "2024-01-15T10:00:00Z"),
        ("user_id", "eve"),
    ],
)
def test_a_list_parameter_that_is_out_of_range_is_refused_by_its_name(
    functions: Functions, parameter: str, value: str
) -> None:
    assert problem(listing(functions, **{parameter: value}), 400, "invalid_request")["field"] == parameter


def test_parameters_at_their_bounds_are_taken(functions: Functions) -> None:
    conversation = held(functions)

    for limit in ("1", "100"):
        ok(history(functions, conv(conversation), limit=limit))
        assert ok(listing(functions, limit=limit))["total"] == 1
    assert ok(listing(functions, offset="10000")) == {"conversations": [], "total": 1}
    assert ok(listing(functions, offset="0", status="active", bot_id="default"))["total"] == 1


def test_the_usual_page_holds_fifty(functions: Functions) -> None:
    conversation = held(functions)
    for number in range(52):
        functions.said(ADA, conversation, f"{number}")

    page = ok(history(functions, conv(conversation)))

    assert [message["seq"] for message in page["messages"]] == list(range(3, 53))
    assert page["has_more"] is True


def test_no_client_is_told_of_groups(functions: Functions) -> None:
    member = a_user("ada", "payroll-secret")
    started = ok(start(functions, member, body={"initial_message": "Hello"}))
    said = {"content": "Hello", "client_message_id": "1"}
    sent, again = (ok(send(functions, started["conversation_id"], member, body=said)) for _ in range(2))
    shown = ok(history(functions, started["conversation_id"], member))

    assert sent == again
    assert len(shown["messages"]) == 2
    for table in ("SessionsTable", "MessageHistoryTable"):
        assert "payroll-secret" in json.dumps(functions.where.items(table))
    for answer in (started, sent, shown, ok(listing(functions, member))):
        assert "payroll-secret" not in json.dumps(answer)
        assert "groups" not in json.dumps(answer)


def test_history_is_walked_by_id_and_by_time(functions: Functions) -> None:
    conversation = held(functions)
    said = [functions.said(ADA, conversation, f"{number}") for number in range(5)]
    page = ok(history(functions, conv(conversation), limit="2"))
    assert [message["seq"] for message in page["messages"]] == [4, 5]

    older = ok(history(functions, conv(conversation), limit="2", before=page["messages"][0]["id"]))
    assert ([message["seq"] for message in older["messages"]], older["has_more"]) == ([2, 3], True)
    newer = ok(history(functions, conv(conversation), limit="2", after=older["messages"][1]["id"]))
    assert ([message["seq"] for message in newer["messages"]], newer["has_more"]) == ([4, 5], False)

    moment = timestamps.format_timestamp(said[0].timestamp)
    assert ok(history(functions, conv(conversation), before=moment))["messages"] == []
    assert ok(history(functions, conv(conversation), after=moment))["messages"] == []
    one_before = timestamps.format_timestamp(said[0].timestamp - timedelta(milliseconds=1))
    assert len(ok(history(functions, conv(conversation), after=one_before))["messages"]) == 5


def test_the_list_is_walked_by_offset(functions: Functions) -> None:
    conversations = [
        functions.holds(a_conversation(ADA, last_activity=NOW + timedelta(minutes=minute))) for minute in range(5)
    ]

    pages = [ok(listing(functions, limit="2", offset=str(offset))) for offset in (0, 2, 4, 6)]

    found = [each["id"] for page in pages for each in page["conversations"]]
    assert found == [conv(each) for each in reversed(conversations)]
    assert {page["total"] for page in pages} == {5}


# --------------------------------------------------------------------------------------------- what goes wrong here


def test_a_mistake_of_ours_is_told_without_a_word_of_ours(functions: Functions, logs: Logs) -> None:
    session_id = a_session_id()
    functions.where.dynamodb.put_item(
        TableName="SessionsTable", Item={"id": {"S": session_id}, "owner": {"S": "user:ada"}}
    )

    told = problem(history(functions, f"conv-{session_id}"), 500)

    assert told["detail"] == "Something went wrong on our side."
    (failed, answered) = [line for line in logs.lines if line["message"] in ("request failed", "answered")]
    assert "KeyError" in failed["exception"]
    assert answered["status"] == 500


def busy(_functions: Functions, operation: str) -> None:
    """Let a table or the queue not answer."""

    def fail(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")

    for client in (bootstrap.conversation_store().client, bootstrap.turn_queue().client):
        client.meta.events.register_first(f"before-send.*.{operation}", fail)


@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems", "SendMessage"])
def test_a_service_that_does_not_answer_asks_for_another_try(functions: Functions, operation: str) -> None:
    conversation = held(functions)
    busy(functions, operation)

    told = problem(send(functions, conv(conversation), body={"content": "Hi"}), 503)

    assert "amazonaws" not in told["detail"]


def test_a_send_that_was_stored_and_not_queued_is_completed_by_the_retry(functions: Functions) -> None:
    conversation = held(functions)
    body = {"content": "Hello", "client_message_id": "a"}
    client = bootstrap.turn_queue().client

    def fail(**_: object) -> None:
        client.meta.events.unregister("before-send.sqs.SendMessage", fail)
        raise KeyError("once")

    client.meta.events.register_first("before-send.sqs.SendMessage", fail)
    problem(send(functions, conv(conversation), body=body), 500)
    assert ok(send(functions, conv(conversation), body=body))["seq"] == 1
    functions.run_the_bots()

    assert [message.content for message in functions.stored(conversation.id)] == ["Hello", "Hi! How can I help you?"]


# ---------------------------------------------------------------------------------------------------------- logs


SECRET = "my password is hunter2"


def secretive(event: Event) -> Event:
    """Return a request with things in it that nobody may read in a log."""
    event["headers"]["Authorization"] = "Bearer secret-token"
    event["multiValueHeaders"]["Authorization"] = ["Bearer secret-token"]
    return event


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (json.dumps({"content": SECRET, "client_message_id": "hunter2"}), 200),
        (json.dumps({"content": SECRET + "\x00"}), 400),
        (json.dumps({"content": 5, "attachments": SECRET, SECRET: 1}), 400),
        (SECRET, 400),
        ((SECRET + "\xff").encode("latin-1"), 400),
        (SECRET * 10_000, 413),
    ],
)
def test_no_log_holds_a_token_or_what_was_said(functions: Functions, logs: Logs, raw: str | bytes, status: int) -> None:
    conversation = held(functions)

    event = secretive(events.rest("send_message", ADA, raw=raw, conversation_id=conv(conversation)))
    assert functions.invoke("send_message", event)["statusCode"] == status
    functions.run_the_bots()

    assert "answered" in logs.text
    for secret in ("hunter2", "secret-token", "password"):
        assert secret not in logs.text


def test_no_log_holds_what_was_said_when_something_breaks(functions: Functions, logs: Logs) -> None:
    conversation = held(functions)
    busy(functions, "TransactWriteItems")
    event = secretive(events.rest("send_message", ADA, body={"content": SECRET}, conversation_id=conv(conversation)))
    assert functions.invoke("send_message", event)["statusCode"] == 503

    message = {"M": {"hunter2": {"S": SECRET}}}
    functions.where.dynamodb.put_item(
        TableName="MessageHistoryTable",
        Item={"session_id": {"S": conversation.id}, "id": {"S": a_session_id()}, "metadata": message},
    )
    problem(history(functions, conv(conversation)), 500)

    assert "request failed" in logs.text
    for secret in ("hunter2", "secret-token", "password"):
        assert secret not in logs.text


def test_a_request_is_one_line_that_can_be_found_by_its_id(functions: Functions, logs: Logs) -> None:
    conversation = held(functions)

    send(functions, conv(conversation), body={"content": "Hi"})

    (line,) = logs.lines
    assert (line["message"], line["method"], line["status"]) == ("answered", "POST", 200)
    assert line["route"] == "/conversations/{conversation_id}/messages"
    assert line["correlation_id"] == events.event("send_message")["requestContext"]["requestId"]
    assert conversation.id not in logs.text
