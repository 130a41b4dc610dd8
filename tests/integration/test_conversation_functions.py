"""The functions for single conversations, bots, tickets, export, erasure and CORS."""

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from conversations.adapters.dynamodb.memory_store import DynamoDBMemoryStore
from conversations.contract.operation import Operation
from conversations.contract.registry import OPERATIONS
from conversations.domain import ids, limits, visitor_token
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import ErasureJob
from conversations.domain.memory import MAX_NAME_LENGTH, build_memory_key
from conversations.services.export import PAGE_MEMORIES
from tests import events
from tests.builders import a_bot, a_conversation, a_conversation_id, a_user
from tests.integration.responses import get_usage, parse_ok, parse_problem
from tests.integration.running import Functions, run_functions
from tools.api.events import add_base_path

if TYPE_CHECKING:
    from pydantic import JsonValue

ADA, EVE, SAM = a_user("ada"), a_user("eve"), a_user("sam", "staff")
NOW = datetime.now(UTC).replace(microsecond=0)
OPERATIONS_BY_NAME = {operation.name: operation for operation in OPERATIONS}


def receive_erasure_jobs(functions: Functions) -> list[str]:
    """Receive the jobs of the erasure queue."""
    url = functions.aws.names["ErasuresQueue"]
    response = functions.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in response.get("Messages", [])]


def test_conversation_is_returned_by_conversation_or_session_id(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA, "Hello")

    for name in (ids.format_conversation_id(conversation.id), ids.format_session_id(conversation.id)):
        shown = parse_ok(
            functions.invoke("get_conversation", events.rest("get_conversation", ADA, conversation_id=name))
        )
        assert shown["id"] == shown["conversation_id"] == ids.format_conversation_id(conversation.id)
        assert shown["session_id"] == ids.format_session_id(conversation.id)
        assert (shown["status"], shown["last_seq"], shown["last_message"]) == ("active", 1, "Hello")


def test_archiving_returns_updated_conversation(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA)
    event = events.rest(
        "update_conversation",
        ADA,
        body={"status": "archived"},
        conversation_id=ids.format_conversation_id(conversation.id),
    )

    first = parse_ok(functions.invoke("update_conversation", event))

    assert first["status"] == "archived"
    assert parse_ok(functions.invoke("update_conversation", event)) == first


@pytest.mark.parametrize(
    "body",
    [
        *(None, {}, [], {"status": "gone"}, {"status": 1}, {"status": None}, {"status": "active", "bot_id": "x"}),
        *({"title": 1}, {"title": "x" * 101}, {"title": "two\nlines"}, {"status": "active", "title": ["x"]}),
    ],
)
def test_invalid_update_is_refused(functions: Functions, body: object) -> None:
    name = ids.format_conversation_id(functions.create_conversation(ADA).id)

    response = functions.invoke(
        "update_conversation", events.rest("update_conversation", ADA, body=body, conversation_id=name)
    )

    parse_problem(response, 400, "invalid_request")


def test_title_and_status_are_changed_by_one_request_and_listed(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA, "Hello")
    name = ids.format_conversation_id(conversation.id)

    def update(**changes: object) -> dict[str, Any]:
        event = events.rest("update_conversation", ADA, body=changes, conversation_id=name)
        return parse_ok(functions.invoke("update_conversation", event))

    changed = update(status="archived", title="  My order \u2764 ")

    assert (changed["status"], changed["title"]) == ("archived", "My order \u2764")
    (listed,) = parse_ok(functions.invoke("list_conversations", events.rest("list_conversations", ADA)))[
        "conversations"
    ]
    assert (listed["title"], listed["bot_name"]) == ("My order \u2764", conversation.bot_name)
    export = parse_ok(functions.invoke("export_me", events.rest("export_me", ADA)))
    assert export["conversation"]["title"] == "My order \u2764"
    for nothing in (None, "", " ", "\u200b"):
        assert update(title="My order")["title"] == "My order"
        assert "title" not in update(title=nothing)


@pytest.mark.parametrize("folder", ["get_conversation", "update_conversation", "delete_conversation"])
def test_only_the_owner_has_access_to_a_conversation(functions: Functions, folder: str) -> None:
    name = ids.format_conversation_id(functions.create_conversation(ADA).id)
    body = {"status": "archived"} if folder == "update_conversation" else None

    def send_request(caller: Any, conversation_id: str) -> dict[str, Any]:  # noqa: ANN401 - a principal or None
        return functions.invoke(folder, events.rest(folder, caller, body=body, conversation_id=conversation_id))

    parse_problem(send_request(None, name), 401)
    parse_problem(send_request(EVE, name), 403)
    parse_problem(send_request(ADA, ids.format_conversation_id(a_conversation_id())), 404)
    parse_problem(send_request(ADA, "conv-1"), 400, "invalid_request")


def test_delete_returns_no_content_and_deletes_everything(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA, "Hello", "Anybody?")
    event = events.rest("delete_conversation", ADA, conversation_id=ids.format_conversation_id(conversation.id))

    response = functions.invoke("delete_conversation", event)

    assert response["statusCode"] == 204
    assert response["body"] == ""
    assert functions.list_messages(conversation.id) == []
    assert all(conversation.id not in item["id"]["S"] for item in functions.aws.list_items("SessionsTable"))
    parse_problem(functions.invoke("delete_conversation", event), 404)
    assert len(receive_erasure_jobs(functions)) == 1, "queued before it was begun, in case it had not been finished"


def test_queued_erasure_is_idempotent(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA, "Hello")
    erasure = ErasureJob(owner=ADA.owner, conversation_id=conversation.id, requested_at=NOW)
    event = events.event("erase_data")
    event["Records"][0]["body"] = erasure.model_dump_json()

    for _ in range(2):
        assert functions.invoke("erase_data", event) == {"batchItemFailures": []}

    assert functions.list_messages(conversation.id) == []


def test_invalid_erasure_record_fails_alone(functions: Functions) -> None:
    event = events.event("erase_data")
    event["Records"] *= 2
    event["Records"][0] = event["Records"][0] | {"messageId": "bad", "body": "{}"}

    assert functions.invoke("erase_data", event) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}


def test_user_can_export_and_erase_everything(functions: Functions) -> None:
    first, second = functions.create_conversation(ADA, "one"), functions.create_conversation(ADA, "two", "three")
    functions.store_conversation(a_conversation(EVE))

    exported: dict[str, list[str]] = {}
    query: dict[str, str] | None = None
    while True:
        page = parse_ok(functions.invoke("export_me", events.rest("export_me", ADA, query=query)))
        if "conversation" in page:
            exported[page["conversation"]["id"]] = [message["content"] for message in page["messages"]]
        if "next_cursor" not in page:
            break
        query = {"cursor": page["next_cursor"]}
    assert exported == {
        ids.format_conversation_id(first.id): ["one"],
        ids.format_conversation_id(second.id): ["two", "three"],
    }

    assert functions.invoke("delete_me", events.rest("delete_me", ADA))["statusCode"] == 204

    assert parse_ok(functions.invoke("export_me", events.rest("export_me", ADA))) == {"messages": []}
    assert all(ADA.owner not in json.dumps(item) for item in functions.aws.list_items("SessionsTable"))
    assert all(EVE.owner in json.dumps(item) for item in functions.aws.list_items("SessionsTable"))


def test_export_ends_with_memories_and_erasure_deletes_them(functions: Functions) -> None:
    functions.create_conversation(ADA, "one")
    # The last of a page, so that the cursor contains it.
    long = "9" + "\N{GRINNING FACE}" * (MAX_NAME_LENGTH - 1)
    names = [*map("{:03}".format, range(PAGE_MEMORIES - 1)), long, "half", "nothing"]
    memory = DynamoDBMemoryStore(functions.aws.dynamodb, functions.aws.names["BotDataTable"])
    unusual: dict[str, JsonValue] = {"half": "a\ud83d", "nothing": None}
    for name in names:
        memory.remember({build_memory_key("default", name, ADA.owner): unusual.get(name, [{"n": None}])})
    memory.remember({build_memory_key("default", "name", EVE.owner): "Eve", build_memory_key("default", "visits"): 3})

    pages = [parse_ok(functions.invoke("export_me", events.rest("export_me", ADA)))]
    while "next_cursor" in pages[-1]:
        query = {"cursor": pages[-1]["next_cursor"]}
        pages.append(parse_ok(functions.invoke("export_me", events.rest("export_me", ADA, query=query))))

    assert "memories" not in pages[0]
    exported = {memory["name"]: memory.get("value") for page in pages[1:] for memory in page["memories"]}
    assert list(exported) == names
    assert (exported["half"], exported["nothing"], exported[long]) == ("a?", None, [{"n": None}])
    assert {memory["bot_id"] for page in pages[1:] for memory in page["memories"]} == {"default"}

    assert functions.invoke("delete_me", events.rest("delete_me", ADA))["statusCode"] == 204
    assert parse_ok(functions.invoke("export_me", events.rest("export_me", ADA))) == {"messages": []}
    assert len(functions.aws.list_items("BotDataTable")) == 2


def test_export_cursor_of_another_user_is_refused(functions: Functions) -> None:
    functions.create_conversation(ADA, "one"), functions.create_conversation(ADA, "two")
    cursor = parse_ok(functions.invoke("export_me", events.rest("export_me", ADA)))["next_cursor"]

    response = functions.invoke("export_me", events.rest("export_me", EVE, query={"cursor": cursor}))

    assert parse_problem(response, 400, "invalid_request")["field"] == "cursor"


def test_list_bots_returns_accessible_bots_only(functions: Functions) -> None:
    functions.publish(a_bot("office", name="Office", access=("staff",)))

    def bots(caller: Any) -> list[tuple[str, bool]]:  # noqa: ANN401 - a principal
        response = parse_ok(functions.invoke("list_bots", events.rest("list_bots", caller)))
        return [(bot["id"], bot["default"]) for bot in response["bots"]]

    assert ("office", False) not in bots(ADA)
    assert ("office", False) in bots(SAM)
    assert [bot_id for bot_id, default in bots(ADA) if default] == ["default"]


def test_ticket_is_valid_for_a_minute_and_only_its_hash_is_stored(functions: Functions) -> None:
    ticket = parse_ok(functions.invoke("create_ticket", events.rest("create_ticket", ADA)))

    assert ticket["expires_in"] == 60
    assert ticket["ws_url"].startswith("wss://")
    (stored,) = functions.aws.list_items("TicketsTable")
    assert ticket["ticket"] not in json.dumps(stored)

    handshake = events.event("authorizer.websocket")
    handshake["queryStringParameters"] = {"ticket": ticket["ticket"]}
    handshake["headers"] = {}
    assert functions.invoke("authorizer", handshake)["context"]["owner"] == ADA.owner
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        functions.invoke("authorizer", handshake)


def test_create_ticket_accepts_no_fields(functions: Functions) -> None:
    parse_problem(functions.invoke("create_ticket", events.rest("create_ticket", ADA, body={"expires_in": 9})), 400)


def test_list_paginates_by_cursor(functions: Functions) -> None:
    for number in range(3):
        functions.store_conversation(
            a_conversation(ADA, conversation_id=a_conversation_id(), last_activity=NOW.replace(second=number))
        )

    first = parse_ok(
        functions.invoke("list_conversations", events.rest("list_conversations", ADA, query={"limit": "2"}))
    )
    query = {"limit": "2", "cursor": first["next_cursor"]}
    second = parse_ok(functions.invoke("list_conversations", events.rest("list_conversations", ADA, query=query)))

    assert (len(first["conversations"]), len(second["conversations"])) == (2, 1)
    assert "next_cursor" not in second
    assert first["total"] == second["total"] == 3
    for changed in ({"cursor": first["next_cursor"], "status": "active"}, {"cursor": "x"}):
        response = functions.invoke("list_conversations", events.rest("list_conversations", ADA, query=changed))
        assert parse_problem(response, 400, "invalid_request")["field"] == "cursor"


@pytest.mark.parametrize(
    ("folder", "policy"),
    [("list_conversations", limits.LIST), ("get_history", limits.HISTORY), ("send_message", limits.MESSAGES)],
    ids=["list_conversations", "get_history", "send_message"],
)
def test_rate_limit_headers_and_429_of_limited_functions(
    functions: Functions, folder: str, policy: limits.Policy
) -> None:
    name = ids.format_conversation_id(functions.create_conversation(ADA).id)
    body = {"content": "Hello"} if folder == "send_message" else None
    event = events.rest(folder, ADA, body=body, conversation_id=None if folder == "list_conversations" else name)
    bad = events.rest(folder, ADA, raw="no JSON", query={"limit": "0"}, conversation_id=event.get("conversation_id"))

    answers = [functions.invoke(folder, event) for _ in range(policy.limit)]
    refused = functions.invoke(folder, event)

    left = [answer["multiValueHeaders"]["RateLimit"][0].split(";")[1] for answer in answers]
    assert left == [f"r={number}" for number in range(policy.limit - 1, -1, -1)]
    for answer in (*answers, refused):
        assert answer["multiValueHeaders"]["RateLimit-Policy"] == [f'"{policy.name}";q={policy.limit};w=60']
    assert refused["statusCode"] == 429
    assert 0 < int(refused["multiValueHeaders"]["Retry-After"][0]) <= 61
    assert json.loads(refused["body"])["error"] == "rate_limited"
    assert functions.invoke(folder, bad)["statusCode"] == 429, "a full window is checked before the request"


def test_refused_messages_are_not_counted(functions: Functions) -> None:
    def send(conversation_id: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - of the event
        name = ids.format_conversation_id(conversation_id)
        event = events.rest("send_message", ADA, **{"body": {"content": "Hello"}} | fields, conversation_id=name)
        return functions.invoke("send_message", event)

    mine, other = functions.create_conversation(ADA).id, functions.create_conversation(EVE).id
    archived = functions.create_conversation(ADA, status="archived").id

    refused = [
        send(mine, raw="no JSON"),
        send(mine, body={"content": ""}),
        send(mine, raw="x" * 140_000),
        send("no id"),
        send(other),
        send(a_conversation_id()),
        send(archived),
    ]

    assert [response["statusCode"] for response in refused] == [400, 400, 413, 400, 403, 404, 409]
    assert {get_usage(response) for response in refused} == {'"messages" r=60'}
    assert get_usage(send(mine)) == '"messages" r=59'


def test_retried_message_is_not_counted(functions: Functions) -> None:
    name = ids.format_conversation_id(functions.create_conversation(ADA).id)
    body = {"content": "Hello", "client_message_id": "once"}

    first, retry = (
        functions.invoke("send_message", events.rest("send_message", ADA, body=body, conversation_id=name))
        for _ in range(2)
    )

    assert parse_ok(first) == parse_ok(retry)
    assert (get_usage(first), get_usage(retry)) == ('"messages" r=59', '"messages" r=59')


def test_flood_of_refused_requests_is_limited(functions: Functions) -> None:
    event = events.rest("list_conversations", ADA, query={"limit": "0"})

    statuses = [functions.invoke("list_conversations", event)["statusCode"] for _ in range(2 * limits.LIST.limit + 5)]

    assert statuses == [400] * 2 * limits.LIST.limit + [429] * 5


ACTIONS: dict[str, dict[str, Any]] = {
    "start_conversation": {"body": {}},
    "get_conversation": {},
    "update_conversation": {"body": {"status": "archived"}},
    "rate_message": {"body": {"rating": "up"}, "message_id": f"msg-{a_conversation_id()}"},
    "delete_conversation": {},
    "claim_conversation": {"body": {"session_token": visitor_token.make(a_conversation_id())}},
    "list_bots": {},
    "create_ticket": {},
    "export_me": {},
    "delete_me": {},
}
"""The fields of a request to each function that counts as an action, except the id of the conversation."""


def build_action(functions: Functions, folder: str) -> dict[str, Any]:
    """Build the event of a request of Ada to a function of ``ACTIONS``."""
    fields = ACTIONS[folder]
    if OPERATIONS_BY_NAME[folder].get_path_parameters():
        fields = {**fields, "conversation_id": ids.format_conversation_id(functions.create_conversation(ADA).id)}
    return events.rest(folder, ADA, **fields)


@pytest.mark.parametrize("folder", ACTIONS)
def test_other_functions_count_as_actions(functions: Functions, folder: str) -> None:
    functions.publish(a_bot("default"))

    response = functions.invoke(folder, build_action(functions, folder))

    counted = response["statusCode"] < 300
    assert get_usage(response) == f'"actions" r={limits.ACTIONS.limit - counted}'


def test_other_functions_share_limit_of_actions(functions: Functions) -> None:
    functions.publish(a_bot("default"))
    actions = {folder: build_action(functions, folder) for folder in ACTIONS}
    for _ in range(limits.ACTIONS.limit):
        functions.invoke("list_bots", actions["list_bots"])

    answers = {folder: functions.invoke(folder, event) for folder, event in actions.items()}

    refused = {folder: (answer["statusCode"], get_usage(answer)) for folder, answer in answers.items()}
    assert refused == dict.fromkeys(ACTIONS, (429, '"actions" r=0'))


def test_start_counts_initial_message_as_message(functions: Functions) -> None:
    functions.publish(a_bot("default"))

    response = functions.invoke(
        "start_conversation", events.rest("start_conversation", ADA, body={"initial_message": "Hello"})
    )

    assert get_usage(response) == '"messages" r=59'


def test_cors_headers_of_allowed_origins(functions: Functions) -> None:
    with run_functions(functions.aws, AllowedOrigins="https://www.example.com,https://app.example.com") as listed:
        health = events.event("health") | {"headers": {"origin": "https://app.example.com"}}
        response = listed.invoke("health", health)
    unlisted = functions.invoke("health", health)

    assert response["multiValueHeaders"]["Access-Control-Allow-Origin"] == ["https://app.example.com"]
    assert response["multiValueHeaders"]["Vary"] == ["Origin"]
    assert "Access-Control-Allow-Origin" not in unlisted["multiValueHeaders"]


def test_head_of_health_has_no_body(functions: Functions) -> None:
    response = functions.invoke("health", events.event("health") | {"httpMethod": "HEAD"})

    assert (response["statusCode"], response["body"]) == (200, "")
    assert response["multiValueHeaders"]["Content-Type"] == ["application/json"]


@pytest.mark.parametrize("name", ["health", "get_openapi"])
def test_public_responses_may_be_cached(functions: Functions, name: str) -> None:
    (value,) = functions.invoke(name, events.event(name))["multiValueHeaders"]["Cache-Control"]

    assert re.fullmatch(r"public, max-age=[1-9]\d*", value)


def test_openapi_document_is_served(functions: Functions) -> None:
    response = functions.invoke("get_openapi", events.event("get_openapi"))

    assert response["statusCode"] == 200
    assert json.loads(response["body"])["openapi"].startswith("3.1")


def test_openapi_document_names_the_address_that_was_called(functions: Functions) -> None:
    event = events.event("get_openapi")
    responses = [functions.invoke("get_openapi", event), functions.invoke("get_openapi", add_base_path(event))]
    with run_functions(functions.aws, RestUrl="https://example.com/api") as named:
        responses.append(named.invoke("get_openapi", event))

    assert [json.loads(each["body"])["servers"][0]["url"] for each in responses] == [
        "https://f6g7h8i9j0.execute-api.us-east-1.amazonaws.com/api",
        "https://chat.example.com/v1",
        "https://example.com/api",
    ]


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.method == "GET"], ids=lambda each: each.name)
def test_head_has_status_and_headers_of_get_and_no_body(functions: Functions, operation: Operation[Any]) -> None:
    event = events.event(operation.name)
    get = functions.invoke(operation.name, event)
    head = functions.invoke(operation.name, event | {"httpMethod": "HEAD"})

    assert (head["statusCode"], head["body"]) == (get["statusCode"], "")
    assert head["multiValueHeaders"].keys() == get["multiValueHeaders"].keys()


def open_gone_connection(functions: Functions, conversation: Conversation) -> None:
    """Open a connection a while ago, which the client has left without a close."""
    functions.invoke("connect", events.socket("connect", ADA, query={"session_id": f"session-{conversation.id}"}))
    functions.connections.gone.add("phone")
    # A connection that was opened seconds ago may not be open yet, so it would stay.
    (row,) = functions.aws.list_items("ConnectionsTable")
    functions.aws.dynamodb.put_item(
        TableName=functions.aws.names["ConnectionsTable"], Item=row | {"opened_at": {"S": "2026-01-01T00:00:00.000Z"}}
    )


@pytest.mark.parametrize(
    ("function", "body"), [("update_conversation", {"status": "archived"}), ("delete_conversation", None)]
)
def test_change_of_status_removes_connections_that_are_gone(
    functions: Functions, function: str, body: dict[str, str] | None
) -> None:
    conversation = functions.create_conversation(ADA, answered_seq=0)
    open_gone_connection(functions, conversation)

    response = functions.invoke(
        function, events.rest(function, ADA, body=body, conversation_id=f"conv-{conversation.id}")
    )

    assert response["statusCode"] < 300
    assert functions.aws.list_items("ConnectionsTable") == []


def test_repeated_start_returns_the_first_conversation(functions: Functions) -> None:
    body = {"initial_message": "Hello", "client_message_id": "start-1"}
    event = events.rest("start_conversation", ADA, body=body)

    first, again = (parse_ok(functions.invoke("start_conversation", event)) for _ in range(2))

    assert first == again
