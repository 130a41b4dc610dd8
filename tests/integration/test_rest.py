"""The REST functions with valid and invalid requests."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from conversations.bootstrap.queues import turn_queue
from conversations.bootstrap.stores import bot_catalogue, conversation_store
from conversations.domain import ids, timestamps
from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.principal import Principal
from tests import events
from tests.builders import a_conversation, a_conversation_id, a_user, a_visitor
from tests.events import Event
from tests.integration.responses import parse_ok, parse_problem
from tests.integration.running import Functions, Logs

ADA, EVE = a_user("ada"), a_user("eve")
NOW = datetime.now(UTC).replace(microsecond=0)


def format_id(conversation: Conversation) -> str:
    return ids.format_conversation_id(conversation.id)


def send_message(
    functions: Functions,
    conversation_id: str,
    caller: Principal | None = ADA,
    **what: Any,  # noqa: ANN401 - as events.rest takes it
) -> dict[str, Any]:
    return functions.invoke(
        "send_message", events.rest("send_message", caller, conversation_id=conversation_id, **what)
    )


def get_history(
    functions: Functions,
    conversation_id: str,
    caller: Any = ADA,  # noqa: ANN401 - Principal | None, but mypy takes **query for it too
    **query: str,
) -> dict[str, Any]:
    return functions.invoke(
        "get_history", events.rest("get_history", caller, conversation_id=conversation_id, query=query)
    )


def list_conversations(
    functions: Functions,
    caller: Any = ADA,  # noqa: ANN401 - Principal | None, but mypy takes **query for it too
    **query: str,
) -> dict[str, Any]:
    return functions.invoke("list_conversations", events.rest("list_conversations", caller, query=query))


def start_conversation(
    functions: Functions,
    caller: Principal | None = ADA,
    **what: Any,  # noqa: ANN401 - as events.rest takes it
) -> dict[str, Any]:
    return functions.invoke("start_conversation", events.rest("start_conversation", caller, **what))


# ------------------------------------------------------------------------------------------------- authorization

type SendRequest = Callable[[Functions, Any], dict[str, Any]]

REQUESTS: dict[str, SendRequest] = {
    "start_conversation": lambda functions, caller: start_conversation(functions, caller, body={}),
    "send_message": lambda functions, caller: send_message(
        functions, f"conv-{a_conversation_id()}", caller, body={"content": "Hi"}
    ),
    "get_history": lambda functions, caller: get_history(functions, f"conv-{a_conversation_id()}", caller),
    "list_conversations": list_conversations,
}

each_endpoint = pytest.mark.parametrize("send_request", REQUESTS.values(), ids=REQUESTS.keys())


@each_endpoint
def test_request_without_token_is_unauthorized(functions: Functions, send_request: SendRequest) -> None:
    parse_problem(send_request(functions, None), 401)
    assert functions.receive_jobs() == []


@each_endpoint
def test_token_that_expired_in_authorizer_cache_is_unauthorized(
    functions: Functions, send_request: SendRequest
) -> None:
    parse_problem(send_request(functions, a_user(expires_at=NOW - timedelta(seconds=1))), 401)
    assert functions.receive_jobs() == []


def test_health_is_public(functions: Functions) -> None:
    response = functions.invoke("health", events.event("health"))

    assert parse_ok(response, cache_control="public, max-age=10") == {"status": "ok"}


def test_conversation_of_another_user_is_forbidden(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    functions.store_message(ADA, conversation, "private")

    for response in (
        get_history(functions, format_id(conversation), EVE),
        send_message(functions, format_id(conversation), EVE, body={"content": "Boo"}),
    ):
        assert "private" not in parse_problem(response, 403)["detail"]
    assert len(functions.list_messages(conversation.id)) == 1
    assert functions.receive_jobs() == []


def test_visitors_conversation_is_forbidden_to_users(functions: Functions) -> None:
    conversation = functions.store_conversation(a_conversation(a_visitor(), last_activity=NOW))

    parse_problem(get_history(functions, format_id(conversation)), 403)
    parse_problem(send_message(functions, format_id(conversation), body={"content": "Boo"}), 403)


def test_list_contains_own_conversations_only(functions: Functions) -> None:
    own = functions.create_conversation(ADA)
    functions.store_conversation(a_conversation(EVE, last_activity=NOW))

    assert [conversation["id"] for conversation in parse_ok(list_conversations(functions))["conversations"]] == [
        format_id(own)
    ]


def test_bot_id_cannot_address_list_of_another_user(functions: Functions) -> None:
    # Keys are joined with `#`, which a subject may contain: this would be the key of the other user's list.
    functions.store_conversation(a_conversation(a_user("ada#b"), bot_id="c", last_activity=NOW))

    response = list_conversations(functions, a_user("ada"), bot_id="b#c")

    assert parse_problem(response, 400, "invalid_request")["field"] == "bot_id"


# ------------------------------------------------------------------------------------------------------ not found


@pytest.mark.parametrize("form", ["conv", "session"])
def test_unknown_conversation_is_not_found(functions: Functions, form: str) -> None:
    missing = f"{form}-{a_conversation_id()}"

    assert parse_problem(get_history(functions, missing), 404)["detail"] == "The conversation does not exist."
    parse_problem(send_message(functions, missing, body={"content": "Hi"}), 404)


def test_expired_conversation_is_not_found(functions: Functions) -> None:
    conversation = functions.store_conversation(a_conversation(a_visitor(), last_activity=NOW - timedelta(minutes=31)))

    parse_problem(get_history(functions, format_id(conversation)), 404)


def test_conversation_with_an_unpublished_bot_is_kept_and_goes_on_when_it_is_published_again(
    functions: Functions,
) -> None:
    conversation = functions.create_conversation(ADA, "Hello")
    bot = bot_catalogue().get(conversation.bot_id)

    bot_catalogue().unpublish(bot.id)
    refusal = send_message(functions, format_id(conversation), body={"content": "Hi"})
    assert parse_problem(refusal, 404)["detail"] == "The bot does not exist."
    assert parse_ok(get_history(functions, format_id(conversation)))
    assert [message.content for message in functions.list_messages(conversation.id)] == ["Hello"]

    functions.publish(bot)
    assert send_message(functions, format_id(conversation), body={"content": "Hi"})["statusCode"] == 200


def test_unknown_bot_is_not_found(functions: Functions) -> None:
    assert (
        parse_problem(start_conversation(functions, body={"bot_id": "bot-999"}), 404)["detail"]
        == "The bot does not exist."
    )
    assert parse_ok(list_conversations(functions))["total"] == 0


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_unknown_route_is_not_found(functions: Functions, method: str) -> None:
    event = events.rest("start_conversation", ADA, body={}) | {"httpMethod": method}

    parse_problem(functions.invoke("start_conversation", event), 404)


# ------------------------------------------------------------------------------------- conflicts and idempotency


def test_archived_conversation_refuses_messages_and_can_be_read(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA, status=ConversationStatus.ARCHIVED)

    assert (
        "archived"
        in parse_problem(send_message(functions, format_id(conversation), body={"content": "Hi"}), 409)["detail"]
    )
    assert parse_ok(get_history(functions, format_id(conversation))) == {"messages": [], "has_more": False}
    assert functions.receive_jobs() == []


def test_retried_message_gets_the_first_response(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    body = {"content": "Hello", "client_message_id": "a"}

    first = parse_ok(send_message(functions, format_id(conversation), body=body))
    repeated = parse_ok(send_message(functions, ids.format_session_id(conversation.id), body=body))

    assert repeated == first
    assert len(functions.list_messages(conversation.id)) == 1
    functions.run_bots()
    assert [message.content for message in functions.list_messages(conversation.id)] == [
        "Hello",
        "Hi! How can I help you?",
    ]


def test_used_client_message_id_with_different_content_is_conflict(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    parse_ok(send_message(functions, format_id(conversation), body={"content": "Hello", "client_message_id": "a"}))

    parse_problem(
        send_message(functions, format_id(conversation), body={"content": "Hullo", "client_message_id": "a"}), 409
    )


# --------------------------------------------------------------------------------------------------- bodies


BAD_BODIES: dict[str, tuple[str | bytes | None, str, str | None]] = {
    "none": (None, "invalid_request", None),
    "empty": ("", "invalid_request", None),
    "blank": ("  ", "invalid_request", None),
    "form data": ("content=Hello", "invalid_request", None),
    "truncated JSON": ('{"content": "Hello"', "invalid_request", None),
    "two JSON values": ('{"content": "a"}{"content": "b"}', "invalid_request", None),
    "JavaScript": ("{content: 'Hello'}", "invalid_request", None),
    "a byte order mark": ('\ufeff{"content": "Hello"}', "invalid_request", None),
    "an array": ('["Hello"]', "invalid_request", None),
    "null": ("null", "invalid_request", None),
    "a text": ('"Hello"', "invalid_request", None),
    "a number": ("5", "invalid_request", None),
    "very deep nesting": ("[" * 50_000, "invalid_request", None),
    "a lone surrogate": (r'{"content": "\ud83d"}', "invalid_message", "content"),
    "a huge number": ('{"content": ' + "9" * 5_000 + "}", "invalid_message", "content"),
    "a field given twice": ('{"content": "a", "content": "a"}', "invalid_message", "content"),
    "CESU-8": (b'{"content": "\xed\xa0\xbd\xed\xb8\x80"}', "invalid_request", None),
    "Latin-1": ('{"content": "Größe"}'.encode("latin-1"), "invalid_request", None),
    "a lone surrogate, decoded": ('{"content": "\ud83d"}', "invalid_request", None),
    "no content": ("{}", "invalid_message", "content"),
    "content of the wrong type": ('{"content": 5}', "invalid_message", "content"),
    "null content": ('{"content": null}', "invalid_message", "content"),
    "empty content": ('{"content": ""}', "invalid_message", "content"),
    "blank content": ('{"content": " \\n "}', "invalid_message", "content"),
    "a control character": ('{"content": "a\\u0000b"}', "invalid_message", "content"),
    "too much content": (json.dumps({"content": "a" * 8_001}), "invalid_message", "content"),
    "an invalid attachment": ('{"content": "a", "attachments": [5]}', "invalid_message", "attachments"),
    "an attachment over http": (
        '{"content": "a", "attachments": [{"name": "a", "content_type": "a/b", "url": "http://a.example"}]}',
        "invalid_message",
        "attachments",
    ),
    "an empty client_message_id": ('{"content": "a", "client_message_id": ""}', "invalid_request", "client_message_id"),
    "an unknown field": ('{"content": "a", "colour": "red"}', "invalid_request", "colour"),
    "invalid UTF-8": (b'{"content": "\xff"}', "invalid_request", None),
    "UTF-16": ('{"content": "Hello"}'.encode("utf-16"), "invalid_request", None),
}


@pytest.mark.parametrize(("raw", "code", "field"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_invalid_body_is_refused_with_code_and_field(
    functions: Functions, raw: str | bytes | None, code: str, field: str | None
) -> None:
    conversation = functions.create_conversation(ADA)

    error = parse_problem(send_message(functions, format_id(conversation), raw=raw), 400, code)

    assert error.get("field") == field
    assert functions.list_messages(conversation.id) == []
    assert functions.receive_jobs() == []


def test_invalid_base_64_body_is_refused(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    event = events.rest("send_message", ADA, raw="***", conversation_id=format_id(conversation))

    parse_problem(functions.invoke("send_message", event | {"isBase64Encoded": True}), 400, "invalid_request")


def test_base_64_body_is_decoded(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)

    parse_ok(send_message(functions, format_id(conversation), raw='{"content": "Größe"}'.encode()))

    assert [message.content for message in functions.list_messages(conversation.id)] == ["Größe"]


@pytest.mark.parametrize(
    ("header", "value", "detail"),
    [
        ("Content-Encoding", "gzip", "compressed"),
        ("content-encoding", "deflate, gzip", "compressed"),
        ("Content-Type", "application/json; charset=iso-8859-1", "UTF-8"),
        ("content-type", 'application/json; version=1; Charset="utf-16"', "UTF-8"),
    ],
)
def test_compressed_body_and_other_charset_are_unsupported(
    functions: Functions, header: str, value: str, detail: str
) -> None:
    conversation = functions.create_conversation(ADA)
    event = events.rest("send_message", ADA, body={"content": "a"}, conversation_id=format_id(conversation))

    error = parse_problem(functions.invoke("send_message", event | {"headers": {header: value}}), 415)

    assert detail in error["detail"]
    assert functions.list_messages(conversation.id) == []


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Encoding", "identity"),
        ("Content-Type", 'application/json; charset="UTF-8"'),
        ("Content-Type", "text/plain;charset=us-ascii"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ],
)
def test_plain_utf_8_body_is_read_whatever_its_media_type(functions: Functions, header: str, value: str) -> None:
    conversation = functions.create_conversation(ADA)
    event = events.rest("send_message", ADA, body={"content": "a"}, conversation_id=format_id(conversation))

    parse_ok(functions.invoke("send_message", event | {"headers": {header: value}}))


@pytest.mark.parametrize("as_bytes", [False, True])
def test_body_may_have_128_kilobytes(functions: Functions, as_bytes: bool) -> None:
    conversation = functions.create_conversation(ADA)

    def body(size: int) -> str | bytes:
        text = '{"content": "ü' + "a" * (size - len('{"content": "ü"}'.encode())) + '"}'
        assert len(text.encode()) == size
        return text.encode() if as_bytes else text

    parse_problem(send_message(functions, format_id(conversation), raw=body(128 * 1024 + 1)), 413)
    parse_problem(send_message(functions, format_id(conversation), raw=body(128 * 1024)), 400, "invalid_message")
    assert functions.list_messages(conversation.id) == []


@pytest.mark.parametrize(
    ("raw", "code", "field"),
    [
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
def test_start_with_invalid_body_creates_nothing(
    functions: Functions, raw: str | None, code: str, field: str | None
) -> None:
    error = parse_problem(start_conversation(functions, raw=raw), 400, code)

    assert error.get("field") == field
    assert parse_ok(list_conversations(functions))["total"] == 0


@pytest.mark.parametrize("raw", [None, "", " ", "{}", '{"bot_id": null}', '{"initial_message": null}'])
def test_empty_start_uses_default_bot_and_is_greeted(functions: Functions, raw: str | None) -> None:
    conversation_id = parse_ok(start_conversation(functions, raw=raw))["conversation_id"]
    functions.run_bots()

    (listed,) = parse_ok(list_conversations(functions))["conversations"]
    assert (listed["bot_id"], listed["bot_name"], listed["last_message"]) == ("default", "General Bot", "Welcome.")
    assert [message["sender"] for message in parse_ok(get_history(functions, conversation_id))["messages"]] == ["bot"]


def test_message_with_every_field_is_returned_by_history(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    attachments = [{"name": "cat.png", "content_type": "image/png", "url": "https://files.example/cat.png"}]
    body = {"content": " Look!\n", "attachments": attachments, "client_message_id": "a"}

    accepted = parse_ok(send_message(functions, format_id(conversation), body=body))

    assert accepted.keys() == {"message_id", "timestamp", "status", "seq"}
    assert parse_ok(get_history(functions, format_id(conversation)))["messages"] == [
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


def test_text_of_any_script_is_returned_unchanged(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    content = 'Grüße 你好 שלום \U0001f468\u200d\U0001f469\u200d\U0001f467\n\t"quoted" \\ </script>'

    parse_ok(send_message(functions, format_id(conversation), body={"content": content}))

    assert parse_ok(get_history(functions, format_id(conversation)))["messages"][0]["content"] == content


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
def test_invalid_conversation_id_is_refused(functions: Functions, conversation_id: str) -> None:
    for response in (
        get_history(functions, conversation_id),
        send_message(functions, conversation_id, body={"content": "Hi"}),
    ):
        assert parse_problem(response, 400, "invalid_request")["field"] == "conversation_id"


def test_conversation_and_session_id_are_both_accepted(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    for name in (f"conv-{conversation.id}", f"session-{conversation.id}"):
        parse_ok(send_message(functions, name, body={"content": name}))
        assert parse_ok(get_history(functions, name))["messages"][-1]["content"] == name


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
def test_invalid_history_parameter_is_refused_with_field(functions: Functions, parameter: str, value: str) -> None:
    conversation = functions.create_conversation(ADA)

    response = get_history(functions, format_id(conversation), **{parameter: value})

    assert parse_problem(response, 400, "invalid_request")["field"] == parameter


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
def test_invalid_list_parameter_is_refused_with_field(functions: Functions, parameter: str, value: str) -> None:
    assert (
        parse_problem(list_conversations(functions, **{parameter: value}), 400, "invalid_request")["field"] == parameter
    )


def test_parameters_at_their_bounds_are_accepted(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)

    for limit in ("1", "100"):
        parse_ok(get_history(functions, format_id(conversation), limit=limit))
        assert parse_ok(list_conversations(functions, limit=limit))["total"] == 1
    assert parse_ok(list_conversations(functions, offset="10000")) == {"conversations": [], "total": 1}
    assert parse_ok(list_conversations(functions, offset="0", status="active", bot_id="default"))["total"] == 1


def test_default_page_has_50_messages(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    for number in range(52):
        functions.store_message(ADA, conversation, f"{number}")

    page = parse_ok(get_history(functions, format_id(conversation)))

    assert [message["seq"] for message in page["messages"]] == list(range(3, 53))
    assert page["has_more"] is True


def test_groups_are_not_returned_to_clients(functions: Functions) -> None:
    member = a_user("ada", "payroll-secret")
    started = parse_ok(start_conversation(functions, member, body={"initial_message": "Hello"}))
    message = {"content": "Hello", "client_message_id": "1"}
    sent, repeated = (
        parse_ok(send_message(functions, started["conversation_id"], member, body=message)) for _ in range(2)
    )
    shown = parse_ok(get_history(functions, started["conversation_id"], member))

    assert sent == repeated
    assert len(shown["messages"]) == 2
    for table in ("SessionsTable", "MessageHistoryTable"):
        assert "payroll-secret" in json.dumps(functions.aws.list_items(table))
    for response in (started, sent, shown, parse_ok(list_conversations(functions, member))):
        assert "payroll-secret" not in json.dumps(response)
        assert "groups" not in json.dumps(response)


def test_history_paginates_by_id_and_by_time(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    messages = [functions.store_message(ADA, conversation, f"{number}") for number in range(5)]
    page = parse_ok(get_history(functions, format_id(conversation), limit="2"))
    assert [message["seq"] for message in page["messages"]] == [4, 5]

    older = parse_ok(get_history(functions, format_id(conversation), limit="2", before=page["messages"][0]["id"]))
    assert ([message["seq"] for message in older["messages"]], older["has_more"]) == ([2, 3], True)
    newer = parse_ok(get_history(functions, format_id(conversation), limit="2", after=older["messages"][1]["id"]))
    assert ([message["seq"] for message in newer["messages"]], newer["has_more"]) == ([4, 5], False)

    moment = timestamps.format_timestamp(messages[0].timestamp)
    assert parse_ok(get_history(functions, format_id(conversation), before=moment))["messages"] == []
    assert len(parse_ok(get_history(functions, format_id(conversation), after=moment))["messages"]) == 4
    one_before = timestamps.format_timestamp(messages[0].timestamp - timedelta(milliseconds=1))
    assert len(parse_ok(get_history(functions, format_id(conversation), after=one_before))["messages"]) == 5


def test_list_paginates_by_offset(functions: Functions) -> None:
    conversations = [
        functions.store_conversation(a_conversation(ADA, last_activity=NOW + timedelta(minutes=minute)))
        for minute in range(5)
    ]

    pages = [parse_ok(list_conversations(functions, limit="2", offset=str(offset))) for offset in (0, 2, 4, 6)]

    listed = [conversation["id"] for page in pages for conversation in page["conversations"]]
    assert listed == [format_id(conversation) for conversation in reversed(conversations)]
    assert {page["total"] for page in pages} == {5}


# ---------------------------------------------------------------------------------------------------------- errors


def test_internal_error_discloses_no_details(functions: Functions, logs: Logs) -> None:
    conversation_id = a_conversation_id()
    functions.aws.dynamodb.put_item(
        TableName="SessionsTable", Item={"id": {"S": conversation_id}, "owner": {"S": "user:ada"}}
    )

    error = parse_problem(get_history(functions, f"conv-{conversation_id}"), 500)

    assert error["detail"] == "An internal error occurred."
    (failed, answered) = [line for line in logs.lines if line["message"] in ("request failed", "answered")]
    assert "KeyError" in failed["exception"]
    assert answered["status"] == 500


def fail_operation(_functions: Functions, operation: str) -> None:
    """Let a table or the queue be unavailable."""

    def fail(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")

    for client in (conversation_store().client, turn_queue().client):
        client.meta.events.register_first(f"before-send.*.{operation}", fail)


@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems", "SendMessage"])
def test_unavailable_service_is_503_with_retry_after(functions: Functions, operation: str) -> None:
    conversation = functions.create_conversation(ADA)
    fail_operation(functions, operation)

    error = parse_problem(send_message(functions, format_id(conversation), body={"content": "Hi"}), 503)

    assert "amazonaws" not in error["detail"]


def test_message_stored_but_not_queued_is_completed_by_retry(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    body = {"content": "Hello", "client_message_id": "a"}
    client = turn_queue().client

    def fail(**_: object) -> None:
        client.meta.events.unregister("before-send.sqs.SendMessage", fail)
        raise KeyError("once")

    client.meta.events.register_first("before-send.sqs.SendMessage", fail)
    parse_problem(send_message(functions, format_id(conversation), body=body), 500)
    assert parse_ok(send_message(functions, format_id(conversation), body=body))["seq"] == 1
    functions.run_bots()

    assert [message.content for message in functions.list_messages(conversation.id)] == [
        "Hello",
        "Hi! How can I help you?",
    ]


# ---------------------------------------------------------------------------------------------------------- logs


SECRET = "my password is hunter2"


def add_secrets(event: Event) -> Event:
    """Add secrets to a request that must not be logged."""
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
def test_tokens_and_content_are_not_logged(functions: Functions, logs: Logs, raw: str | bytes, status: int) -> None:
    conversation = functions.create_conversation(ADA)

    event = add_secrets(events.rest("send_message", ADA, raw=raw, conversation_id=format_id(conversation)))
    assert functions.invoke("send_message", event)["statusCode"] == status
    functions.run_bots()

    assert "answered" in logs.text
    for secret in ("hunter2", "secret-token", "password"):
        assert secret not in logs.text


def test_content_is_not_logged_on_failure(functions: Functions, logs: Logs) -> None:
    conversation = functions.create_conversation(ADA)
    fail_operation(functions, "TransactWriteItems")
    event = add_secrets(
        events.rest("send_message", ADA, body={"content": SECRET}, conversation_id=format_id(conversation))
    )
    assert functions.invoke("send_message", event)["statusCode"] == 503

    message = {"M": {"hunter2": {"S": SECRET}}}
    functions.aws.dynamodb.put_item(
        TableName="MessageHistoryTable",
        Item={"session_id": {"S": conversation.id}, "id": {"S": a_conversation_id()}, "metadata": message},
    )
    parse_problem(get_history(functions, format_id(conversation)), 500)

    assert "request failed" in logs.text
    for secret in ("hunter2", "secret-token", "password"):
        assert secret not in logs.text


def test_request_is_logged_in_one_line_with_its_id(functions: Functions, logs: Logs) -> None:
    conversation = functions.create_conversation(ADA)

    send_message(functions, format_id(conversation), body={"content": "Hi"})

    (line,) = logs.lines
    assert (line["message"], line["method"], line["status"]) == ("answered", "POST", 200)
    assert line["route"] == "/conversations/{conversation_id}/messages"
    assert line["correlation_id"] == events.event("send_message")["requestContext"]["requestId"]
    assert line["conversation_id"] == conversation.id
    assert "Hi" not in logs.text
