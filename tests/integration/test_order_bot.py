"""The order-tracking bot against a small shop on loopback, which only these tests let it reach."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, override
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.bots import Conversation, a_conversation, list_lines, record_lines, shipped_bundle
from tests.integration.basic.web import LOOPBACK, loopback_client

ORDERS: dict[tuple[str, str], dict[str, Any]] = {
    ("7", "10001"): {"status": "packed"},
    ("8", "SW1A 1AA"): {
        "status": "shipped",
        "stops": [
            {"at": "2026-11-20T18:05:00", "place": "left our warehouse"},
            {"at": "2026-11-21T07:30:00", "place": "arrived in your town"},
        ],
    },
    ("9", "10001"): {"status": "delivered", "delivered": "2026-11-19"},
    ("10", "10001"): {"status": "lost in space"},
}


@dataclass
class Shop:
    """A web shop: the callbacks it received, and the status it responds with."""

    callbacks: list[Any] = field(default_factory=list)
    status: int = 200
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://shop.test:{self.port}"


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            order = ORDERS.get((query["number"][0], query["postcode"][0]))
            self._say(made.status, [] if order is None else [order])

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.callbacks.append(json.loads(body))
            self._say(201 if made.status == 200 else made.status, None)

        def _say(self, status: int, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        made.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def start_conversation(shop: Shop) -> Conversation:
    bundle = shipped_bundle("orders", **{"param-orders-url": shop.url})
    return a_conversation(bundle, client=loopback_client())


@pytest.mark.parametrize(
    ("number", "postcode", "replies"),
    [
        ("7", "10001", ["Order 7 is being packed, and leaves us soon."]),
        (
            "8",
            "sw1a1aa",
            ["Order 8 is on its way:", "20 Nov, 18:05: left our warehouse", "21 Nov, 07:30: arrived in your town"],
        ),
        ("9", "10001", ["Order 9 was delivered on 19 November."]),
        ("9", "20002", ["I find no order 9 for that postal code."]),
        ("11", "10001", ["I find no order 11 for that postal code."]),
        ("0", "10001", ["Without both I cannot look."]),
    ],
)
def test_status_of_order_is_reported(shop: Shop, number: str, postcode: str, replies: list[str]) -> None:
    messages = start_conversation(shop).send(number, postcode)

    assert messages == ["And the postal code it goes to?", *replies, "Shall I look for another order?"]


def test_several_orders_can_be_looked_up(shop: Shop) -> None:
    bot = start_conversation(shop)

    messages = bot.send("7", "10001", "yes", "9", "10001", "no", "And now?")

    assert [message for message in messages if message.startswith("Order")] == [
        "Order 7 is being packed, and leaves us soon.",
        "Order 9 was delivered on 19 November.",
    ]
    assert messages[-2:] == [
        "Have a good day!",
        "That is all I do. Begin a new conversation to ask for another parcel.",
    ]


def test_callback_is_requested_once_for_unusual_order(shop: Shop) -> None:
    messages = start_conversation(shop).send("10", "10001", "yes", "11999998888", "no")

    assert messages[1:3] == ["Something is unusual about order 10.", "Shall somebody call you about it?"]
    assert messages[4] == "We will call (11) 99999-8888."
    assert shop.callbacks == [{"order": 10, "phone": "(11) 99999-8888"}]


def test_no_callback_without_consent_or_valid_number(shop: Shop) -> None:
    assert start_conversation(shop).send("10", "10001", "no")[-1] == "Shall I look for another order?"
    assert start_conversation(shop).send("10", "10001", "yes", "a", "b", "c")[-2] == "Then we cannot call."
    assert shop.callbacks == []


def test_failing_shop_is_reported_to_the_user(shop: Shop) -> None:
    shop.status = 500

    messages = start_conversation(shop).send("7", "10001", "yes", "11999998888", "no")

    assert messages[1] == "Our order service does not answer just now."
    assert messages[-3:-1] == [
        "That did not work either, sorry. Please try again later.",
        "Shall I look for another order?",
    ]


def test_shipped_bot_cannot_reach_loopback(shop: Shop) -> None:
    bundle = shipped_bundle("orders", **{"param-orders-url": f"http://{LOOPBACK}:{shop.port}"})

    assert a_conversation(bundle).send("7", "10001")[1] == "Our order service does not answer just now."


def test_order_bot_has_full_line_coverage(shop: Shop) -> None:
    with record_lines() as seen:
        for number, postcode in (*ORDERS, ("0", "10001"), ("11", "10001")):
            start_conversation(shop).send(number, postcode, *(["no"] * (number == "10")), "no")
        test_several_orders_can_be_looked_up(shop)
        test_no_callback_without_consent_or_valid_number(shop)
        test_callback_is_requested_once_for_unusual_order(shop)
        test_failing_shop_is_reported_to_the_user(shop)

    assert list_lines(shipped_bundle("orders").program) - seen == set()
