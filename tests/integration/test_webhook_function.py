"""``POST /api/{bot_id}/webhook/{name}``, as API Gateway asks the function: its own permissions, moto around it."""

import json
from typing import Any

import pytest

from basic.bundle import Bundle, dump_bundle
from basic.filters.filter import MATCH_ALL
from basic.package import build
from conversations import bootstrap
from conversations.adapters.dynamodb.bot_data import DynamoDBTableStore
from conversations.adapters.dynamodb.bot_memory import DynamoDBMemoryStore
from conversations.domain.bot import Bot
from conversations.domain.memory import build_memory_key
from conversations.domain.secrets import hash_secret
from tests import events
from tests.builders import a_bot
from tests.integration.running import Functions, Logs

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
    functions.where.s3.put_object(
        Bucket=functions.where.names["BotsBucket"], Key=key, Body=dump_bundle(Bundle(built.program)).encode()
    )
    functions.publish(bot)
    bootstrap.bot_catalogue().give_webhook_secret("default", hash_secret(SECRET))
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
    given = events.rest("webhook", raw=raw)
    given["pathParameters"] = {"bot_id": bot_id, "name": name}
    given["path"] = f"/{bot_id}/webhook/{name}"
    headers = {"X-Webhook-Secret": secret, "Idempotency-Key": key, "Content-Type": content_type}
    given["headers"] |= headers
    given["headers"] = {name: value for name, value in given["headers"].items() if value is not None}
    given["multiValueQueryStringParameters"] = {"source": ["shop"]}
    return given


def body(answer: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    return json.loads(answer["body"])


def header(answer: dict[str, Any], name: str) -> str:
    found: list[str] = {key.lower(): value for key, value in answer["multiValueHeaders"].items()}[name.lower()]
    return found[0]


def test_the_event_of_the_folder_is_answered(functions: Functions, shop: Bot) -> None:
    del shop
    answer = functions.invoke("webhook", events.event("webhook"))

    assert answer["statusCode"] == 200
    assert body(answer)["received"] == {"id": 7, "status": "paid"}


def test_a_script_answers_a_delivery_and_does_what_it_says(functions: Functions, shop: Bot) -> None:
    answer = functions.invoke("webhook", a_delivery())

    assert answer["statusCode"] == 200
    assert body(answer) == {
        "received": {"id": 7, "status": "paid"},
        "from": "shop",
        "host": "203.0.113.7",
        "how": "POST",
    }
    assert header(answer, "Content-Type") == "application/json"
    assert header(answer, "RateLimit") == '"webhook";r=59;t=61'
    assert header(answer, "Cache-Control") == "no-store"
    assert header(answer, "X-Content-Type-Options") == "nosniff"
    memory = DynamoDBMemoryStore(functions.where.dynamodb, functions.where.names["BotDataTable"])
    assert memory.recall(build_memory_key(shop.id, "last order")) == 7


def test_a_script_says_the_whole_response(functions: Functions, shop: Bot) -> None:
    del shop
    answer = functions.invoke("webhook", a_delivery("ticket"))

    assert (answer["statusCode"], answer["body"]) == (201, "made")
    assert header(answer, "location") == "/tickets/7"
    assert header(answer, "Content-Type") == "text/plain; charset=utf-8"


def test_a_script_that_says_nothing_is_done(functions: Functions, shop: Bot) -> None:
    store = DynamoDBTableStore(functions.where.dynamodb, functions.where.names["BotDataTable"], shop.id)
    store.insert("orders", "1", {"id": "1"})

    answer = functions.invoke("webhook", a_delivery("nothing"))

    assert (answer["statusCode"], answer["body"]) == (204, "")
    assert store.find("orders", MATCH_ALL) == []


@pytest.mark.parametrize(
    ("bot_id", "secret"),
    [("default", None), ("default", ""), ("default", "wrong"), ("bot-123", SECRET), ("no", SECRET)],
)
def test_without_the_secret_nothing_is_told_or_counted(
    functions: Functions, shop: Bot, bot_id: str, secret: str | None
) -> None:
    del shop
    answer = functions.invoke("webhook", a_delivery(bot_id=bot_id, secret=secret))

    assert answer["statusCode"] == 401
    assert body(answer) == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The secret of the bot's webhooks is missing or wrong.",
        "error": "unauthorized",
    }
    assert functions.where.items("LimitsTable") == []


def test_with_the_secret_a_webhook_that_is_not_there_is_not_found(functions: Functions, shop: Bot) -> None:
    del shop
    answer = functions.invoke("webhook", a_delivery("other"))

    assert answer["statusCode"] == 404
    assert body(answer)["detail"] == "The bot has no such webhook."


def test_a_script_that_breaks_tells_its_author_and_nobody_else(functions: Functions, logs: Logs, shop: Bot) -> None:
    del shop
    answer = functions.invoke("webhook", a_delivery("breaks"))

    assert answer["statusCode"] == 500
    assert body(answer)["error"] == "internal"
    assert "breaks" not in answer["body"]
    assert 'breaks.bas:2:19: \\"secret\\" is not a number' in logs.text


def test_no_secret_no_key_and_no_body_reach_the_log(functions: Functions, logs: Logs, shop: Bot) -> None:
    del shop
    functions.invoke("webhook", a_delivery(key="a-key-of-the-shop"))

    (line,) = logs.lines
    assert line["message"] == "answered"
    for hidden in (SECRET, "a-key-of-the-shop", "paid", hash_secret(SECRET)):
        assert hidden not in logs.text


def test_a_delivery_that_comes_again_is_done_once(functions: Functions, shop: Bot) -> None:
    del shop
    first = functions.invoke("webhook", a_delivery(key="1"))
    again = functions.invoke("webhook", a_delivery(key="1"))
    other = functions.invoke("webhook", a_delivery(key="1", raw='{"order": 8}'))

    assert again["body"] == first["body"]
    assert (other["statusCode"], body(other)["error"]) == (409, "conflict")


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
def test_what_cannot_be_read_is_refused(
    functions: Functions, shop: Bot, delivery: events.Event, status: int, error: str
) -> None:
    del shop
    answer = functions.invoke("webhook", delivery)

    assert (answer["statusCode"], body(answer)["error"]) == (status, error)
    assert header(answer, "RateLimit").startswith('"webhook";')


def test_a_form_is_a_map(functions: Functions, shop: Bot) -> None:
    del shop
    form = "application/x-www-form-urlencoded"
    answer = functions.invoke("webhook", a_delivery(content_type=form, raw="order=A1&status=in+transit"))

    assert body(answer)["received"] == {"id": "A1", "status": "in transit"}


def test_a_bot_is_asked_sixty_times_a_minute(functions: Functions, shop: Bot) -> None:
    del shop
    answers = [functions.invoke("webhook", a_delivery("ticket")) for _ in range(62)]

    assert [answer["statusCode"] for answer in answers] == [201] * 60 + [429] * 2
    assert body(answers[-1])["error"] == "rate_limited"
    assert 1 <= int(header(answers[-1], "Retry-After")) <= 60
