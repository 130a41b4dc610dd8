"""Conversations one by one, bots, tickets, export, erasure and CORS, on a running stack."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.domain.bot import Bot
from tests.stack.conftest import Open, Stack
from tests.stack.test_rest import assert_problem
from tests.stack.test_seed import history_of

LISTED, UNLISTED = "http://localhost:3000", "https://elsewhere.example"


def started(api: httpx.Client, message: str = "hello") -> str:
    """Start a conversation and wait for its answer."""
    answer = api.post("/conversations/start", json={"initial_message": message}).json()
    history_of(api, answer["conversation_id"], at_least=2)
    return str(answer["conversation_id"])


def test_a_conversation_is_shown_by_either_of_its_names(api: httpx.Client) -> None:
    conversation_id = started(api)

    one = api.get(f"/conversations/{conversation_id}")
    other = api.get(f"/conversations/{conversation_id.replace('conv-', 'session-')}")

    assert one.status_code == 200
    assert one.json() == other.json()
    assert one.json().items() >= {"id": conversation_id, "status": "active", "bot_id": "default", "last_seq": 3}.items()


def test_an_archived_conversation_takes_no_messages_until_it_is_active_again(api: httpx.Client) -> None:
    conversation_id = started(api)
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
def test_a_status_there_is_not_is_refused(api: httpx.Client, body: dict[str, Any]) -> None:
    assert_problem(api.patch(f"/conversations/{started(api)}", json=body), 400, "invalid_request")


def test_a_deleted_conversation_is_gone_with_every_message(
    api: httpx.Client, stack: Stack, aws: Callable[[str], Any]
) -> None:
    conversation_id = started(api)
    path = f"/conversations/{conversation_id}"

    deleted = api.delete(path)

    assert deleted.status_code == 204
    assert deleted.content == b""
    for answer in (
        api.get(path),
        api.get(f"{path}/history"),
        api.post(f"{path}/messages", json={"content": "hello?"}),
        api.patch(path, json={"status": "active"}),
        api.delete(path),
    ):
        assert_problem(answer, 404, "not_found")
    assert api.get("/conversations").json() == {"conversations": [], "total": 0}
    left = aws("dynamodb").query(
        TableName=stack["outputs"]["MessageHistoryTableName"],
        KeyConditionExpression="session_id = :session",
        ExpressionAttributeValues={":session": {"S": conversation_id.removeprefix("conv-")}},
    )
    assert left["Count"] == 0


def test_somebody_elses_conversation_is_neither_shown_nor_changed_nor_deleted(
    api: httpx.Client, other_api: httpx.Client
) -> None:
    path = f"/conversations/{started(api)}"

    assert_problem(other_api.get(path), 403, "forbidden")
    assert_problem(other_api.patch(path, json={"status": "archived"}), 403, "forbidden")
    assert_problem(other_api.delete(path), 403, "forbidden")
    assert api.get(path).json()["status"] == "active"


def test_a_list_is_walked_to_its_end_by_cursor(api: httpx.Client) -> None:
    ids = [started(api, f"hello {number}") for number in range(5)]
    walked: list[str] = []
    page = api.get("/conversations", params={"limit": 2}).json()
    while True:
        walked += [each["id"] for each in page["conversations"]]
        if "next_cursor" not in page:
            break
        page = api.get("/conversations", params={"limit": 2, "cursor": page["next_cursor"]}).json()

    assert walked == ids[::-1]


def test_a_cursor_of_somebody_else_or_of_another_list_is_refused(api: httpx.Client, other_api: httpx.Client) -> None:
    for number in range(2):
        started(api, f"hello {number}")
    cursor = api.get("/conversations", params={"limit": 1}).json()["next_cursor"]

    for answer in (
        other_api.get("/conversations", params={"cursor": cursor}),
        api.get("/conversations", params={"cursor": cursor, "status": "active"}),
        api.get("/conversations", params={"cursor": cursor[:-1]}),
        api.get("/conversations", params={"cursor": "nonsense"}),
    ):
        assert_problem(answer, 400, "invalid_request")
        assert answer.json()["field"] == "cursor"


@pytest.fixture(scope="module")
def office_bot(stack: Stack, aws: Callable[[str], Any]) -> str:
    """A bot for members of the group ``staff``."""
    program: dict[str, Any] = {"greeting": {"say": ["Hi, colleague."]}, "rules": [], "fallback": {"say": ["Hm."]}}
    bot = Bot(id="office", name="Office", engine="rules", program=program, access=("staff",))
    DynamoDBBotCatalogue(aws("dynamodb"), stack["outputs"]["BotsTableName"]).publish(bot)
    return bot.id


def test_a_bot_of_a_group_is_for_its_members_only(
    api: httpx.Client, new_user: Callable[..., str], office_bot: str, open_socket: Open
) -> None:
    staff = {"Authorization": f"Bearer {new_user('staff')}"}

    def bots(headers: dict[str, str] | None = None) -> dict[str, bool]:
        answer = api.get("/bots", headers=headers)
        assert answer.status_code == 200
        return {bot["id"]: bot["default"] for bot in answer.json()["bots"]}

    assert bots()["default"] is True
    assert office_bot not in bots()
    assert bots(staff)[office_bot] is False
    assert_problem(api.post("/conversations/start", json={"bot_id": office_bot}), 403, "forbidden")
    with pytest.raises(InvalidStatus) as refused, open_socket(token=new_user(), query=f"?bot_id={office_bot}"):
        pass
    assert refused.value.response.status_code == 403

    conversation = api.post("/conversations/start", json={"bot_id": office_bot}, headers=staff)
    assert conversation.status_code == 200
    path = f"/conversations/{conversation.json()['conversation_id']}/messages"
    assert api.post(path, json={"content": "hello"}, headers=staff).status_code == 200


def test_partners_have_a_plan_of_their_own(api: httpx.Client, new_user: Callable[..., str]) -> None:
    partner = {"Authorization": f"Bearer {new_user('partner')}"}

    assert api.get("/conversations", headers=partner).status_code == 200
    assert api.get("/conversations").status_code == 200


def test_a_ticket_opens_one_socket(api: httpx.Client, stack: Stack, open_socket: Open) -> None:
    bought = api.post("/tickets")
    assert bought.status_code == 200
    assert bought.json()["expires_in"] == 60
    assert bought.json()["ws_url"] == stack["ws_url"]
    query = f"?ticket={bought.json()['ticket']}"

    with open_socket(query=query) as (_, connected):
        assert connected["anonymous"] is False
    for used in (query, "?ticket=made-up"):
        with pytest.raises(InvalidStatus) as refused, open_socket(query=used):
            pass
        assert refused.value.response.status_code == 401


def test_an_export_has_everything_and_forgetting_leaves_nothing(
    api: httpx.Client, other_api: httpx.Client, token: str, open_socket: Open
) -> None:
    ids = [started(api, f"hello {number}") for number in range(3)]
    kept = started(other_api)

    found: dict[str, list[str]] = {}
    page = api.get("/me/export").json()
    while True:
        if "conversation" in page:
            found.setdefault(page["conversation"]["id"], []).extend(each["content"] for each in page["messages"])
        if "next_cursor" not in page:
            break
        page = api.get("/me/export", params={"cursor": page["next_cursor"]}).json()
    assert set(found) == set(ids)
    assert [found[each][0] for each in ids] == ["hello 0", "hello 1", "hello 2"]

    with open_socket(token=token):
        forgotten = api.delete("/me")
        assert forgotten.status_code in (202, 204)
    deadline = time.monotonic() + 60
    while api.get("/me/export").json() != {"messages": []} and time.monotonic() < deadline:
        time.sleep(1)

    assert api.get("/me/export").json() == {"messages": []}
    assert api.get("/conversations").json() == {"conversations": [], "total": 0}
    for each in ids:
        assert_problem(api.get(f"/conversations/{each}"), 404, "not_found")
    assert other_api.get(f"/conversations/{kept}").status_code == 200


def test_a_page_of_a_listed_origin_may_call_and_no_other(stranger: httpx.Client, api: httpx.Client) -> None:
    ask = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}

    preflight = stranger.options("/conversations", headers=ask | {"Origin": LISTED})
    refused = stranger.options("/conversations", headers=ask | {"Origin": UNLISTED})

    assert preflight.status_code == refused.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == LISTED
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    assert {"GET", "POST", "PATCH", "DELETE"} <= set(preflight.headers["access-control-allow-methods"].split(", "))
    assert "access-control-allow-origin" not in refused.headers
    for path in ("/conversations", "/conversations/conv-1/history"):
        assert api.get(path, headers={"Origin": LISTED}).headers["access-control-allow-origin"] == LISTED
        assert "access-control-allow-origin" not in api.get(path, headers={"Origin": UNLISTED}).headers
    assert stranger.get("/conversations", headers={"Origin": LISTED}).headers["access-control-allow-origin"] == LISTED


def test_the_document_of_this_api_can_be_had_by_anybody(stranger: httpx.Client) -> None:
    document = stranger.get("/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    assert "/conversations/{conversation_id}/messages" in document["paths"]
