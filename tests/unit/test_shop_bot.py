"""The shop that ships: carts, stock and orders. ``bots/shop.gbai/tests`` has its conversations."""

import re

from basic.data.in_memory import InMemoryTableStore
from tests.bots import Conversation, a_conversation, list_lines, record_lines, shipped_bundle

ADD, VIEW, EMPTY, CHECK_OUT, TRACK = (
    "Add to the cart",
    "View the cart",
    "Empty the cart",
    "Check out",
    "Where is my order?",
)
ANA = ("Ana", "ana@example.com", "1 Mill Lane", "yes")


def open_shop(store: InMemoryTableStore) -> Conversation:
    return a_conversation(shipped_bundle("shop"), store=store)


def test_order_takes_its_items_from_the_stock_and_can_be_tracked() -> None:
    store = InMemoryTableStore()
    customer = open_shop(store)

    assert customer.send(ADD, "mint", "2")[-1] == "2 x Mint, 50 g in the cart."
    thanks = customer.send(CHECK_OUT, *ANA)[-1]
    number = re.fullmatch(r"Thank you, Ana! The number of your order is ([0-9A-F]{8})\.", thanks)
    assert number is not None
    assert customer.send(VIEW) == ["The cart is empty."]
    assert customer.send(TRACK, number[1].lower())[-1] == "Your order of 22 November over 12.80 is received."
    assert open_shop(store).send(ADD, "mint", "2")[-1] == "Of Mint, 50 g only 1 are left."


def test_delivery_is_free_from_a_total() -> None:
    customer = open_shop(InMemoryTableStore())

    customer.send(ADD, "pot", "1", ADD, "assam", "1")

    assert customer.send(CHECK_OUT, *ANA[:3])[-1] == "That is 40.50 with delivery. Shall I order?"


def test_each_customer_has_a_cart_that_grows() -> None:
    store = InMemoryTableStore()
    first, second = open_shop(store), open_shop(store)

    first.send(ADD, "assam", "1", ADD, "sencha", "2")
    assert first.send(ADD, "ASSAM", "2")[-1] == "3 x Assam, 100 g in the cart."

    assert first.send(VIEW)[-1].splitlines()[2:] == [
        "| 3 | Assam, 100 g | 19.50 |",
        "| 2 | Sencha, 100 g | 17.80 |",
        "",
        "Together: **37.30**",
    ]
    assert second.send(VIEW) == ["The cart is empty."]
    assert first.send(EMPTY, VIEW) == ["The cart is empty.", "The cart is empty."]


def test_last_piece_is_sold_once() -> None:
    store = InMemoryTableStore()
    first, second = open_shop(store), open_shop(store)
    for customer in (first, second):
        customer.send(ADD, "pot", "2", ADD, "assam", "1")

    first.send(CHECK_OUT, *ANA)
    refused = second.send(CHECK_OUT, *ANA)[-1]

    assert refused == "Cast-iron pot is sold out. Please take it out of the cart."
    assert len(second.send(VIEW)[-1].splitlines()) == 6, "the cart is as it was"
    assert second.send("Show products", "pots and cups")[-1].endswith("- Cast-iron pot: 34.00, sold out")
    second.send(EMPTY)
    assert second.send(ADD, "assam", "20")[-1] == "Of Assam, 100 g only 19 are left.", "what was taken is given back"


def test_order_needs_both_addresses_and_a_yes() -> None:
    customer = open_shop(InMemoryTableStore())
    customer.send(ADD, "cup", "1")

    assert customer.send(CHECK_OUT, *ANA[:3], "no")[-1] == "Nothing is ordered. The cart is as it was."
    assert customer.send(CHECK_OUT, "Ana", "here", "there", "nowhere", "1 Mill Lane")[-1].startswith("Without a name")
    assert "| 1 | Cup without a handle | 7.20 |" in customer.send(VIEW)[-1]


def test_impossible_wishes_are_refused() -> None:
    customer = open_shop(InMemoryTableStore())

    assert customer.send(CHECK_OUT) == ["The cart is empty."]
    assert customer.send(ADD, "coffee", "1")[-1] == "We have no coffee."
    assert customer.send(ADD, "cup", "0")[-1] == "Nothing is added."
    assert customer.send(TRACK, "12345678")[-1] == "There is no order with this number."
    assert customer.send("Hello?")[-1] == "I do not understand that. Press one of the buttons below."


def test_every_line_of_the_shop_runs() -> None:
    with record_lines() as seen:
        test_order_takes_its_items_from_the_stock_and_can_be_tracked()
        test_each_customer_has_a_cart_that_grows()
        test_last_piece_is_sold_once()
        test_order_needs_both_addresses_and_a_yes()
        test_impossible_wishes_are_refused()

    assert list_lines(shipped_bundle("shop").program) - seen == set()
