"""Webhooks of a published bot over real HTTP."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from conversations.domain.limits import WEBHOOK
from tests.stack.bots import publish_package
from tests.stack.conftest import CHECK_RESPONSES, Stack
from tests.stack.connection import TIMEOUT_SECONDS
from tests.stack.test_rest import assert_problem
from tools.bots import publishing

SCRIPTS = {
    "paid": """
WEBHOOK "paid"
n = GET BOT MEMORY "payments"
IF n = "" THEN n = 0
n = n + 1
SET BOT MEMORY "payments", n
INSERT "payments", #{order: body.order, shop: params.shop}
rows = FIND "payments", "order=" & body.order
result = #{order: body.order, number: n, rows: LEN(rows), event: headers.x_shop_event}
""",
    "page": 'WEBHOOK "page"\nh["X-Made-By"] = "a script"\nresult = #{status: 202, body: "<ok/>", headers: h}\n',
    "text": 'WEBHOOK "text"\nresult = "Olá"\n',
    "quiet": 'WEBHOOK "quiet"\nTALK "no one receives this"\n',
    "broken": 'WEBHOOK "broken"\nresult = "a secret" * 2\n',
    "asking": 'WEBHOOK "asking"\nHEAR name\n',
}


@pytest.fixture
def shop(stack: Stack, aws: Callable[[str], Any], tmp_path: Path) -> Iterator[httpx.Client]:
    """REST as a system that has the secret of a new bot's webhooks."""
    bot_id = f"shop-{uuid4().hex[:12]}"
    scripts = tmp_path / f"{bot_id}.gbai" / f"{bot_id}.gbdialog"
    scripts.mkdir(parents=True)
    for name, script in SCRIPTS.items():
        (scripts / f"{name}.bas").write_text(script, encoding="utf-8")
    publish_package(scripts.parent, stack, aws)
    secret = publishing.create_webhook_secret(aws("dynamodb"), stack["outputs"]["BotsTableName"], bot_id)
    with httpx.Client(
        base_url=f"{stack['api_url']}/{bot_id}/webhook/",
        headers={"X-Webhook-Secret": secret},
        timeout=TIMEOUT_SECONDS,
        event_hooks=CHECK_RESPONSES,
    ) as client:
        yield client


def test_script_processes_delivery(shop: httpx.Client) -> None:
    answer = shop.post("paid", params={"shop": "berlin"}, json={"order": 7}, headers={"X-Shop-Event": "paid"})

    assert answer.status_code == 200
    assert answer.json() == {"order": 7, "number": 1, "rows": 1, "event": "paid"}
    assert answer.headers["ratelimit-policy"] == f'"webhook";q={WEBHOOK.limit};w=60'
    assert shop.post("paid", data={"order": "8"}).json() == {"order": "8", "number": 2, "rows": 1, "event": None}


def test_script_builds_response(shop: httpx.Client) -> None:
    page, text, quiet = shop.post("page"), shop.post("text"), shop.post("quiet")

    assert (page.status_code, page.text) == (202, "<ok/>")
    assert (text.status_code, text.text, text.headers["content-type"]) == (200, "Olá", "text/plain; charset=utf-8")
    assert (quiet.status_code, quiet.content) == (204, b"")


def test_concurrent_repeated_deliveries_run_once(shop: httpx.Client) -> None:
    def deliver(_: int) -> str:
        return shop.post("paid", json={"order": 7}, headers={"Idempotency-Key": "delivery-7"}).text

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(deliver, range(6)))

    assert len(answers) == 1
    assert shop.post("paid", json={"order": 9}).json()["number"] == 2
    assert_problem(shop.post("paid", json={"order": 8}, headers={"Idempotency-Key": "delivery-7"}), 409, "conflict")


def test_delivery_without_secret_is_unauthorized(shop: httpx.Client, anonymous_api: httpx.Client) -> None:
    path = str(shop.base_url).partition("/api")[2]
    refusals = [
        anonymous_api.post(f"{path}paid", json={}),
        anonymous_api.post(f"{path}paid", headers={"X-Webhook-Secret": "wrong"}),
        anonymous_api.post(f"{path}none", headers={"X-Webhook-Secret": "wrong"}),
        anonymous_api.post("/unknown/webhook/paid", headers=shop.headers),
        anonymous_api.post("/default/webhook/paid", headers={"X-Webhook-Secret": ""}),
    ]

    for refusal in refusals:
        assert_problem(refusal, 401, "unauthorized")
    assert len({refusal.text for refusal in refusals}) == 1


def test_errors_have_codes_of_the_contract(shop: httpx.Client) -> None:
    assert_problem(shop.post("none"), 404, "not_found")
    assert_problem(shop.post("paid", content="x" * (128 * 1024 + 1)), 413, "payload_too_large")
    assert_problem(shop.post("paid", content="{", headers={"Content-Type": "application/json"}), 400, "invalid_request")
    for name in ("broken", "asking"):
        answer = shop.post(name)
        assert_problem(answer, 500, "internal")
        assert "secret" not in answer.text
        assert name not in answer.json()["detail"]


def test_webhook_accepts_post_only(shop: httpx.Client) -> None:
    assert_problem(shop.get("paid"), 404, "not_found")
