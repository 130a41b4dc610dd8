"""A turn with the SQL forms of the data keywords, and with memory that expires, that crashes and is retried."""

import json

import pytest

from tests.unit.test_basic_replay import Shop

SCRIPT = """
HEAR item
stock = FIND "stock" WHERE item = "pen" ORDER BY id
sold = UPDATE stock SET left = left - 1 WHERE item = "${stock.item}" AND left > 4
rest = FIND "stock" WHERE item = "pen"
SET "stock", "item=pen", "sold=1"
INSERT INTO log (item, left, sold) VALUES (item, rest.left, sold)
MERGE "buyers" WITH #{name: "ada", last: item} BY "name"
DELETE FROM carts WHERE item = "pen"
REMEMBER "last", item, "5 minutes"
SET SESSION "seen", item
TALK "Left: ${rest.left}, ${RECALL ""last""}"
HEAR more
"""


class SqlShop(Shop):
    """A shop whose script is written with the SQL forms."""

    script = SCRIPT

    def __init__(self) -> None:
        super().__init__()
        self.tables.insert("carts", "1", {"id": "1", "item": "pen"})


STEPS = SqlShop().run_until(0, after=False).steps


def test_turn_has_steps_of_every_kind() -> None:
    assert {"find", "update", "update_computed", "insert", "merge", "delete"} <= {*STEPS}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_leaves_exactly_one_turn(step: int, *, after: bool) -> None:
    shop = SqlShop()
    assert shop.run_until(step, after=after).crashed

    shop.run_until(0, after=False)

    assert shop.get_bot_messages(shop.conversation) == ["Left: 4, a pen"]
    assert [(row["left"], row["sold"]) for row in shop.rows("stock")] == [(4, 1)]
    # The row does not match after the update, and is counted all the same.
    assert [(row["item"], row["left"], row["sold"]) for row in shop.rows("log")] == [("a pen", 4, 1)]
    assert [(row["name"], row["last"]) for row in shop.rows("buyers")] == [("ada", "a pen")]
    assert shop.rows("carts") == []
    (remembered,) = (json.loads(value) for value in shop.memory.remembered.values())
    assert remembered["$value"] == "a pen"
