"""A turn of a script that crashes and is retried: exactly one turn, and no effect twice."""

from typing import Any

import pytest

from basic.filters.filter import MATCH_ALL
from tests.fakes.crashing_scripts import CrashingScriptWorld
from tests.fakes.scripts import ADA, ScriptWorld, an_answer

SHOP = """
HEAR item
orders = VAL(GET BOT MEMORY "orders")
SET BOT MEMORY "orders", orders + 1
SET USER MEMORY "last", item
stock = FIND "stock", "item=pen"
left = stock[0].left - 1
UPDATE "stock", "item=pen", #{left: left}
price = GET "https://shop.example/price"
bill = POST "https://shop.example/orders", #{item: item, price: price.id}
INSERT "log", #{bill: bill.data.id}
receipt = POST "https://shop.example/receipts", #{bill: bill.data.id}
TALK "Order " + bill.data.id + " at " + price.id
TALK "Left: " + left
WAIT 2
TALK "Anything else?"
HEAR more
TALK "Goodbye."
"""
BOT_MESSAGES = ["Order 11 at 10", "Left: 4", "Anything else?"]


class Shop(CrashingScriptWorld):
    """A shop whose web service returns another number for each request."""

    script = SHOP

    def __init__(self) -> None:
        super().__init__(self.script)
        self.tables.insert("stock", "1", {"id": "1", "item": "pen", "left": 5})
        self.web.answers = [an_answer({"id": number}) for number in range(10, 30)]
        self.add_connections(ADA, "phone")
        self.send_message("a pen")

    def rows(self, table: str) -> list[Any]:
        return list(self.tables.find(table, MATCH_ALL))

    def get_stock(self) -> Any:  # noqa: ANN401 - a value of a row
        return self.rows("stock")[0]["left"]

    def keys(self, path: str) -> list[str]:
        """Return the idempotency keys of the requests to a path."""
        requests = [hop for hop in self.web.requests if hop.target.path == path and hop.method == "POST"]
        return [hop.headers["Idempotency-Key"] for hop in requests]

    def get_shown(self) -> list[str]:
        """Return the bot's messages that the phone received, without duplicates."""
        frames = [frame for frame in self.gateway.frames["phone"] if frame["type"] == "message"]
        return list({frame["id"]: frame["content"] for frame in frames if frame["sender"] == "bot"}.values())


def _steps() -> list[str]:
    return Shop().run_until(0, after=False).steps


STEPS = _steps()


def test_turn_has_steps_of_every_kind() -> None:
    assert {"load", "get", "read", "write", "recall", "find", "update", "insert", "web", "commit", "put"} <= {*STEPS}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_leaves_exactly_one_turn(step: int, *, after: bool) -> None:
    shop = Shop()
    crashed_function = shop.run_until(step, after=after)
    assert crashed_function.crashed

    shop.run_until(0, after=False)

    stored = shop.list_messages(shop.conversation.id)
    assert [message.seq for message in stored] == [1, 2, 3, 4]
    numbers = [content.split()[1] for content in shop.get_bot_messages(shop.conversation)[:1]]
    assert shop.get_bot_messages(shop.conversation)[1:] == BOT_MESSAGES[1:]
    assert shop.get_stock() == 4
    assert [row["bill"] for row in shop.rows("log")] == [int(number) for number in numbers]
    assert sorted(shop.memory.remembered.values()) == ['"a pen"', "1"]
    # A request that was interrupted may have been processed. Only that one is repeated, with the same key.
    for path in ("/orders", "/receipts"):
        assert len(set(shop.keys(path))) == 1
        assert len(shop.keys(path)) == 1 or (crashed_function.steps[-1], after) in {("web", True), ("write", False)}


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_repeated_request_has_the_same_body(step: int) -> None:
    shop = Shop()
    shop.run_until(step, after=True)
    shop.run_until(0, after=False)

    for path in ("/orders", "/receipts"):
        assert len({hop.body for hop in shop.web.requests if hop.target.path == path}) == 1


def test_turn_completes_after_repeated_crashes() -> None:
    shop = Shop()
    for step in range(1, 12):
        shop.run_until(step, after=step % 2 == 0)
    shop.run_until(0, after=False)

    assert len(shop.get_bot_messages(shop.conversation)) == 3
    assert shop.get_stock() == 4


def test_repeated_job_changes_nothing_and_sends_no_requests() -> None:
    shop = Shop()
    shop.run_until(0, after=False)
    requests, stored = len(shop.web.requests), shop.list_messages(shop.conversation.id)

    shop.run_until(0, after=False)

    assert len(shop.web.requests) == requests
    assert shop.list_messages(shop.conversation.id) == stored
    assert shop.get_shown() == BOT_MESSAGES


def test_turn_without_effects_writes_no_journal() -> None:
    world = ScriptWorld('x = GET "https://api.example/"\nrows = FIND "notes"\ny = GET BOT MEMORY "n"\nTALK x.id')

    assert world.chat() == ["1"]
    assert world.journals == {}


class CodeWorld(CrashingScriptWorld):
    """A bot that stores a code and says it."""

    def __init__(self) -> None:
        super().__init__('HEAR name\ncode = GENERATE CODE 12\nSAVE "codes", "1", #{code: code}\nTALK code')
        self.send_message("Ana")

    def get_code(self) -> str:
        """Return the code that the bot says."""
        self.run_until(0, after=False)
        (code,) = self.get_bot_messages(self.conversation)
        return code


CODE_STEPS = CodeWorld().run_until(0, after=False).steps


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(CODE_STEPS) + 1), ids=lambda step: f"{step}-{CODE_STEPS[step - 1]}")
def test_code_that_was_stored_is_the_code_that_is_said(step: int, *, after: bool) -> None:
    world = CodeWorld()
    world.run_until(step, after=after)
    world.run_until(0, after=False)

    rows = list(world.tables.find("codes", MATCH_ALL))
    assert rows == [{"id": "1", "code": code} for code in world.get_bot_messages(world.conversation)]
    assert len(rows) == 1


def test_codes_differ_between_turns() -> None:
    codes = {CodeWorld().get_code() for _ in range(3)}

    assert len(codes) == 3
