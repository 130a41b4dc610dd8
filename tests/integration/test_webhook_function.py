"""The function webhook with its own permissions, on moto."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from basic.bundle import Bundle, dump_bundle
from basic.filters.filter import MATCH_ALL
from basic.package import build
from conversations.adapters.dynamodb.memory_store import DynamoDBMemoryStore
from conversations.adapters.dynamodb.table_store import DynamoDBTableStore
from conversations.domain.bot import Bot
from conversations.domain.limits import WEBHOOK
from conversations.domain.memory import build_memory_key
from conversations.domain.secrets import hash_secret
from tests import events
from tests.builders import a_bot
from tests.integration.running import Functions, Logs
from tools.api.events import add_base_path

SECRET = events.event("webhook")["headers"]["X-Webhook-Secret"]

ORDERS = """
WEBHOOK "orders"
MERGE "orders", [#{id: body.order, status: body.status}], "id"
SET BOT MEMORY "last order", body.order
rows = FIND "orders", "id=" & body.order
result = #{received: rows[0], from: params.source, host: headers.x_forwarded_for, how: method}
"""
BREAKS = 'WEBHOOK "breaks"\nresult = "secret" * 2\n'
TICKET = 'WEBHOOK "ticket"\nresult = #{status: 201, body: "made", headers: #{location: "/tickets/7"}}\n'
NOTHING = 'WEBHOOK "nothing"\nUPDATE "orders", "id=1", #{seen: true}\nDELETE "orders", "id=1"\n'


@pytest.fixture
def shop(functions: Functions) -> Bot:
    """The default bot, with webhooks."""
    built = build({"orders.bas": ORDERS, "breaks.bas": BREAKS, "ticket.bas": TICKET, "nothing.bas": NOTHING})
    assert built.program is not None, "\n".join(map(str, built.diagnostics))
    key = f"default/{built.program.id}.json"
    bot = a_bot("default", engine="basic", program={"version": built.program.id, "key": key})
    functions.aws.s3.put_object(
        Bucket=functions.aws.names["BotsBucket"], Key=key, Body=dump_bundle(Bundle(built.program)).encode()
    )
    functions.publish(bot)
    functions.set_webhook_secret("default", hash_secret(SECRET))
    return bot


def a_delivery(  # noqa: PLR0913 - a request has many parts
    name: str = "orders",
    *,
    bot_id: str = "default",
    secret: str | None = SECRET,
    key: str | None = None,
    content_type: str = "application/json",
    raw: str | bytes = '{"order": 7, "status": "paid"}',
) -> events.Event:
    event = events.rest("webhook", raw=raw)
    event["pathParameters"] = {"bot_id": bot_id, "name": name}
    event["path"] = f"/{bot_id}/webhook/{name}"
    headers = {"X-Webhook-Secret": secret, "Idempotency-Key": key, "Content-Type": content_type}
    event["headers"] |= headers
    event["headers"] = {name: value for name, value in event["headers"].items() if value is not None}
    event["multiValueQueryStringParameters"] = {"source": ["shop"]}
    return event


def parse_body(response: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    return json.loads(response["body"])


def get_header(response: dict[str, Any], name: str) -> str:
    values: list[str] = {key.lower(): value for key, value in response["multiValueHeaders"].items()}[name.lower()]
    return values[0]


@pytest.mark.parametrize("shape", [copy.deepcopy, add_base_path], ids=lambda shape: shape.__name__)
def test_example_event_is_answered(
    functions: Functions, shop: Bot, shape: Callable[[events.Event], events.Event]
) -> None:
    del shop
    response = functions.invoke("webhook", shape(events.event("webhook")))

    assert response["statusCode"] == 200
    assert parse_body(response)["received"] == {"id": 7, "status": "paid"}


def test_script_runs_and_builds_the_response(functions: Functions, shop: Bot) -> None:
    response = functions.invoke("webhook", a_delivery())

    assert response["statusCode"] == 200
    assert parse_body(response) == {
        "received": {"id": 7, "status": "paid"},
        "from": "shop",
        "host": "203.0.113.7",
        "how": "POST",
    }
    assert get_header(response, "Content-Type") == "application/json"
    assert get_header(response, "RateLimit") == '"webhook";r=59;t=60'
    assert get_header(response, "Cache-Control") == "no-store"
    assert get_header(response, "X-Content-Type-Options") == "nosniff"
    memory = DynamoDBMemoryStore(functions.aws.dynamodb, functions.aws.names["BotDataTable"])
    assert memory.recall(build_memory_key(shop.id, "last order")) == 7


def test_script_sets_status_headers_and_body(functions: Functions, shop: Bot) -> None:
    del shop
    response = functions.invoke("webhook", a_delivery("ticket"))

    assert (response["statusCode"], response["body"]) == (201, "made")
    assert get_header(response, "location") == "/tickets/7"
    assert get_header(response, "Content-Type") == "text/plain; charset=utf-8"


def test_script_without_result_is_204(functions: Functions, shop: Bot) -> None:
    store = DynamoDBTableStore(functions.aws.dynamodb, functions.aws.names["BotDataTable"], shop.id)
    store.insert("orders", "1", {"id": "1"})

    response = functions.invoke("webhook", a_delivery("nothing"))

    assert (response["statusCode"], response["body"]) == (204, "")
    assert store.find("orders", MATCH_ALL) == []


@pytest.mark.parametrize(
    ("bot_id", "secret"),
    [("default", None), ("default", ""), ("default", "wrong"), ("bot-123", SECRET), ("no", SECRET)],
)
def test_wrong_secret_is_unauthorized_and_not_counted(
    functions: Functions, shop: Bot, bot_id: str, secret: str | None
) -> None:
    del shop
    response = functions.invoke("webhook", a_delivery(bot_id=bot_id, secret=secret))

    assert response["statusCode"] == 401
    assert parse_body(response) == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The webhook secret is missing or invalid.",
        "error": "unauthorized",
    }
    assert functions.aws.list_items("LimitsTable") == []


def test_unknown_webhook_with_secret_is_not_found(functions: Functions, shop: Bot) -> None:
    del shop
    response = functions.invoke("webhook", a_delivery("other"))

    assert response["statusCode"] == 404
    assert parse_body(response)["detail"] == "The bot has no such webhook."


def test_failed_script_is_logged_and_discloses_no_details(functions: Functions, logs: Logs, shop: Bot) -> None:
    del shop
    response = functions.invoke("webhook", a_delivery("breaks"))

    assert response["statusCode"] == 500
    assert parse_body(response)["error"] == "internal"
    assert "breaks" not in response["body"]
    assert 'breaks.bas:2:19: \\"secret\\" is not a number' in logs.text


def test_secret_key_and_body_are_not_logged(functions: Functions, logs: Logs, shop: Bot) -> None:
    del shop
    functions.invoke("webhook", a_delivery(key="a-key-of-the-shop"))

    (line,) = logs.lines
    assert line["message"] == "answered"
    for hidden in (SECRET, "a-key-of-the-shop", "paid", hash_secret(SECRET)):
        assert hidden not in logs.text


def test_repeated_delivery_runs_once(functions: Functions, shop: Bot) -> None:
    del shop
    first = functions.invoke("webhook", a_delivery(key="1"))
    repeated = functions.invoke("webhook", a_delivery(key="1"))
    other = functions.invoke("webhook", a_delivery(key="1", raw='{"order": 8}'))

    assert repeated["body"] == first["body"]
    assert (other["statusCode"], parse_body(other)["error"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("delivery", "status", "error"),
    [
        (a_delivery(raw="x" * (128 * 1024 + 1)), 413, "payload_too_large"),
        (a_delivery(raw="{"), 400, "invalid_request"),
        (a_delivery(raw=b"\xff"), 400, "invalid_request"),
        (a_delivery(raw="[" * 40 + "]" * 40), 400, "invalid_request"),
        (a_delivery(key="two words"), 400, "invalid_request"),
    ],
)
def test_unreadable_body_is_refused(
    functions: Functions, shop: Bot, delivery: events.Event, status: int, error: str
) -> None:
    del shop
    response = functions.invoke("webhook", delivery)

    assert (response["statusCode"], parse_body(response)["error"]) == (status, error)
    assert get_header(response, "RateLimit").startswith('"webhook";')


def test_form_is_parsed_to_a_map(functions: Functions, shop: Bot) -> None:
    del shop
    form = "application/x-www-form-urlencoded"
    response = functions.invoke("webhook", a_delivery(content_type=form, raw="order=A1&status=in+transit"))

    assert parse_body(response)["received"] == {"id": "A1", "status": "in transit"}


def test_webhooks_of_a_bot_are_rate_limited(functions: Functions, shop: Bot) -> None:
    del shop
    responses = [functions.invoke("webhook", a_delivery("ticket")) for _ in range(WEBHOOK.limit + 2)]

    assert [response["statusCode"] for response in responses] == [201] * WEBHOOK.limit + [429] * 2
    assert parse_body(responses[-1])["error"] == "rate_limited"
    assert 1 <= int(get_header(responses[-1], "Retry-After")) <= 60
