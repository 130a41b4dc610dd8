"""Single conversations, bots, tickets, export, erasure and CORS, on a running stack."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from conversations.adapters.dynamodb.bot_catalogue import CACHE_SECONDS, DynamoDBBotCatalogue
from conversations.domain.bot import Bot
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.test_rest import assert_problem
from tests.stack.test_seed import wait_for_history

LISTED, UNLISTED = "http://localhost:3000", "https://elsewhere.example"


def start_conversation(api: httpx.Client, message: str = "hello") -> str:
    """Start a conversation and wait for its answer."""
    response = api.post("/conversations/start", json={"initial_message": message}).json()
    wait_for_history(api, response["conversation_id"], at_least=2)
    return str(response["conversation_id"])


def test_conversation_is_returned_by_conversation_or_session_id(api: httpx.Client) -> None:
    conversation_id = start_conversation(api)

    one = api.get(f"/conversations/{conversation_id}")
    other = api.get(f"/conversations/{conversation_id.replace('conv-', 'session-')}")

    assert one.status_code == 200
    assert one.json() == other.json()
    assert one.json().items() >= {"id": conversation_id, "status": "active", "bot_id": "default", "last_seq": 3}.items()


def test_archived_conversation_refuses_messages_until_reopened(api: httpx.Client) -> None:
    conversation_id = start_conversation(api)
    path = f"/conversations/{conversation_id}"

    archived = api.patch(path, json={"status": "archived"})
    assert archived.json()["status"] == "archived"
    assert api.patch(path, json={"status": "archived"}).json() == archived.json()
    assert_problem(api.post(f"{path}/messages", json={"content": "hello?"}), 409, "conflict")
    assert api.get("/conversations", params={"status": "archived"}).json()["total"] == 1
    assert api.get("/conversations", params={"status": "active"}).json()["total"] == 0

    assert api.patch(path, json={"status": "active"}).json()["status"] == "active"
    assert api.post(f"{path}/messages", json={"content": "hello again"}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"status": "deleted"}, {"status": None}, {"status": "archived", "colour": 1}])
def test_invalid_status_is_refused(api: httpx.Client, body: dict[str, Any]) -> None:
    assert_problem(api.patch(f"/conversations/{start_conversation(api)}", json=body), 400, "invalid_request")


def test_deleted_conversation_and_its_messages_are_gone(
    api: httpx.Client, stack: Stack, aws: Callable[[str], Any]
) -> None:
    conversation_id = start_conversation(api)
    path = f"/conversations/{conversation_id}"

    deleted = api.delete(path)

    assert deleted.status_code == 204
    assert deleted.content == b""
    for response in (
        api.get(path),
        api.get(f"{path}/history"),
        api.post(f"{path}/messages", json={"content": "hello?"}),
        api.patch(path, json={"status": "active"}),
        api.delete(path),
    ):
        assert_problem(response, 404, "not_found")
    assert api.get("/conversations").json() == {"conversations": [], "total": 0}
    left = aws("dynamodb").query(
        TableName=stack["outputs"]["MessageHistoryTableName"],
        KeyConditionExpression="session_id = :session",
        ExpressionAttributeValues={":session": {"S": conversation_id.removeprefix("conv-")}},
    )
    assert left["Count"] == 0


def test_conversation_of_another_user_is_forbidden(api: httpx.Client, other_users_api: httpx.Client) -> None:
    path = f"/conversations/{start_conversation(api)}"

    assert_problem(other_users_api.get(path), 403, "forbidden")
    assert_problem(other_users_api.patch(path, json={"status": "archived"}), 403, "forbidden")
    assert_problem(other_users_api.delete(path), 403, "forbidden")
    assert api.get(path).json()["status"] == "active"


def test_list_paginates_by_cursor(api: httpx.Client) -> None:
    ids = [start_conversation(api, f"hello {number}") for number in range(5)]
    listed: list[str] = []
    page = api.get("/conversations", params={"limit": 2}).json()
    while True:
        listed += [conversation["id"] for conversation in page["conversations"]]
        if "next_cursor" not in page:
            break
        page = api.get("/conversations", params={"limit": 2, "cursor": page["next_cursor"]}).json()

    # The bots answer meanwhile, so conversations move: each is on at least one page, and on at most two.
    assert set(listed) == set(ids)
    assert max(Counter(listed).values()) <= 2


def test_cursor_of_another_user_or_list_is_refused(api: httpx.Client, other_users_api: httpx.Client) -> None:
    for number in range(2):
        start_conversation(api, f"hello {number}")
    cursor = api.get("/conversations", params={"limit": 1}).json()["next_cursor"]

    for response in (
        other_users_api.get("/conversations", params={"cursor": cursor}),
        api.get("/conversations", params={"cursor": cursor, "status": "active"}),
        api.get("/conversations", params={"cursor": cursor[:-1]}),
        api.get("/conversations", params={"cursor": "nonsense"}),
    ):
        assert_problem(response, 400, "invalid_request")
        assert response.json()["field"] == "cursor"


@pytest.fixture(scope="module")
def office_bot(stack: Stack, aws: Callable[[str], Any]) -> str:
    """A bot for members of the group ``staff``."""
    program: dict[str, Any] = {"greeting": {"say": ["Hi, colleague."]}, "rules": [], "fallback": {"say": ["Hm."]}}
    bot = Bot(id="office", name="Office", engine="rules", program=program, access=("staff",))
    DynamoDBBotCatalogue(aws("dynamodb"), stack["outputs"]["BotsTableName"]).publish(bot)
    return bot.id


def test_bot_of_a_group_is_accessible_to_members_only(
    api: httpx.Client, create_user: Callable[..., str], office_bot: str, connect: OpenConnection
) -> None:
    staff = {"Authorization": f"Bearer {create_user('staff')}"}

    def bots(headers: dict[str, str] | None = None) -> dict[str, bool]:
        response = api.get("/bots", headers=headers)
        assert response.status_code == 200
        return {bot["id"]: bot["default"] for bot in response.json()["bots"]}

    # A warm function keeps the list for a few seconds.
    deadline = time.monotonic() + 2 * CACHE_SECONDS
    while office_bot not in bots(staff) and time.monotonic() < deadline:
        time.sleep(1)
    assert bots(staff)[office_bot] is False
    assert bots()["default"] is True
    assert office_bot not in bots()
    assert_problem(api.post("/conversations/start", json={"bot_id": office_bot}), 403, "forbidden")
    with pytest.raises(InvalidStatus) as refused, connect(token=create_user(), query=f"?bot_id={office_bot}"):
        pass
    assert refused.value.response.status_code == 403

    conversation = api.post("/conversations/start", json={"bot_id": office_bot}, headers=staff)
    assert conversation.status_code == 200
    path = f"/conversations/{conversation.json()['conversation_id']}/messages"
    assert api.post(path, json={"content": "hello"}, headers=staff).status_code == 200


def test_partners_have_their_own_usage_plan(api: httpx.Client, create_user: Callable[..., str]) -> None:
    partner = {"Authorization": f"Bearer {create_user('partner')}"}

    assert api.get("/conversations", headers=partner).status_code == 200
    assert api.get("/conversations").status_code == 200


def test_ticket_is_valid_for_one_connection(api: httpx.Client, stack: Stack, connect: OpenConnection) -> None:
    ticket = api.post("/tickets")
    assert ticket.status_code == 200
    assert ticket.json()["expires_in"] == 60
    assert ticket.json()["ws_url"] == stack["ws_url"]
    query = f"?ticket={ticket.json()['ticket']}"

    with connect(query=query) as (_, connected):
        assert connected["anonymous"] is False
    for used in (query, "?ticket=made-up"):
        with pytest.raises(InvalidStatus) as refused, connect(query=used):
            pass
        assert refused.value.response.status_code == 401


def test_export_is_complete_and_erasure_leaves_nothing(
    api: httpx.Client, other_users_api: httpx.Client, token: str, connect: OpenConnection
) -> None:
    ids = [start_conversation(api, f"hello {number}") for number in range(3)]
    other_conversation_id = start_conversation(other_users_api)

    exported: dict[str, list[str]] = {}
    page = api.get("/me/export").json()
    while True:
        if "conversation" in page:
            exported.setdefault(page["conversation"]["id"], []).extend(
                message["content"] for message in page["messages"]
            )
        if "next_cursor" not in page:
            break
        page = api.get("/me/export", params={"cursor": page["next_cursor"]}).json()
    assert set(exported) == set(ids)
    assert [exported[conversation_id][0] for conversation_id in ids] == ["hello 0", "hello 1", "hello 2"]

    with connect(token=token):
        erasure = api.delete("/me")
        assert erasure.status_code in (202, 204)
    deadline = time.monotonic() + 60
    while api.get("/me/export").json() != {"messages": []} and time.monotonic() < deadline:
        time.sleep(1)

    assert api.get("/me/export").json() == {"messages": []}
    assert api.get("/conversations").json() == {"conversations": [], "total": 0}
    for conversation_id in ids:
        assert_problem(api.get(f"/conversations/{conversation_id}"), 404, "not_found")
    assert other_users_api.get(f"/conversations/{other_conversation_id}").status_code == 200


def test_cors_allows_listed_origins_only(anonymous_api: httpx.Client, api: httpx.Client) -> None:
    ask = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}

    preflight = anonymous_api.options("/conversations", headers=ask | {"Origin": LISTED})
    refused = anonymous_api.options("/conversations", headers=ask | {"Origin": UNLISTED})

    assert preflight.status_code == refused.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == LISTED
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    assert {"GET", "POST", "PATCH", "DELETE"} <= set(preflight.headers["access-control-allow-methods"].split(", "))
    assert "access-control-allow-origin" not in refused.headers
    for path in ("/conversations", "/conversations/conv-1/history"):
        assert api.get(path, headers={"Origin": LISTED}).headers["access-control-allow-origin"] == LISTED
        assert "access-control-allow-origin" not in api.get(path, headers={"Origin": UNLISTED}).headers
    assert (
        anonymous_api.get("/conversations", headers={"Origin": LISTED}).headers["access-control-allow-origin"] == LISTED
    )


def test_preflight_of_unknown_path_is_not_found(anonymous_api: httpx.Client) -> None:
    assert_problem(anonymous_api.options("/nothing", headers={"Origin": LISTED}), 404, "not_found")


def test_monitors_may_use_head(anonymous_api: httpx.Client) -> None:
    response = anonymous_api.head("/health")

    assert (response.status_code, response.content) == (200, b"")


def test_openapi_document_is_public(anonymous_api: httpx.Client) -> None:
    document = anonymous_api.get("/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    assert "/conversations/{conversation_id}/messages" in document["paths"]
