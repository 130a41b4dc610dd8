"""A turn of a script that is cut short and run again: exactly one turn, and no effect twice."""

from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest

from basic.filters.filter import MATCH_ALL
from conversations.domain.jobs import AnswerJob
from tests.builders import a_draft
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
SAID = ["Order 11 at 10", "Left: 4", "Anything else?"]


class DiedError(Exception):
    """The function is gone."""


@dataclass(slots=True)
class Life:
    """A function that dies at one of its steps, before or after it, and does nothing from then on.

    Attributes
    ----------
    step
        At which of its calls to the outside it dies; 0 is never.
    after
        Whether the call has happened.
    """

    step: int = 0
    after: bool = False
    steps: list[str] = field(default_factory=list)
    dead: bool = False

    def call(self, name: str, what: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever is called
        if not self.dead:
            self.steps.append(name)
            self.dead = len(self.steps) == self.step
            if not self.dead:
                return what(*arguments, **named)
            if self.after:
                what(*arguments, **named)
        raise DiedError


class Mortal(Protocol):
    """A world whose functions may die."""

    life: Life


class Part:
    """A part of the world, reached as long as the function lives."""

    def __init__(self, part: Any, world: Mortal) -> None:  # noqa: ANN401 - any of them
        self._part, self._world = part, world

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - likewise
        what = getattr(self._part, name)
        if not callable(what):
            return what
        return lambda *arguments, **named: self._world.life.call(name, what, *arguments, **named)

    def __call__(self, *arguments: Any) -> Any:  # noqa: ANN401 - likewise
        return self._world.life.call("web", self._part, *arguments)


class Shop(ScriptWorld):
    """A shop whose prices and numbers are others each time they are asked for."""

    def __init__(self) -> None:
        self.life = Life()
        super().__init__(SHOP, between=lambda part: Part(part, self))
        self.tables.insert("stock", "1", {"id": "1", "item": "pen", "left": 5})
        self.web.answers = [an_answer({"id": number}) for number in range(10, 30)]
        self.devices(ADA, "phone")
        self.conversation = self.opened()
        self.message = self.messages.send(ADA, self.conversation.id, a_draft("a pen"))
        self.asked = AnswerJob(session_id=self.conversation.id, message_id=self.message.id)

    def runs_until(self, step: int, *, after: bool) -> Life:
        """Do the work in a function that dies."""
        self.life = Life(step, after)
        self.other_engines["basic"] = self.cold_engine()
        try:
            self.retries.replies.handle(self.asked)
        except DiedError:
            assert self.life.dead
        died, self.life = self.life, Life()
        return died

    def rows(self, table: str) -> list[Any]:
        return list(self.tables.find(table, MATCH_ALL))

    def left(self) -> Any:  # noqa: ANN401 - a value of a row
        return self.rows("stock")[0]["left"]

    def keys(self, path: str) -> list[str]:
        """Return the idempotency keys of the requests to a path."""
        asked = [hop for hop in self.web.asked if hop.target.path == path and hop.method == "POST"]
        return [hop.headers["Idempotency-Key"] for hop in asked]

    def shown(self) -> list[str]:
        """Return what the phone shows: every message once."""
        frames = [frame for frame in self.gateway.told["phone"] if frame["type"] == "message"]
        return list({frame["id"]: frame["content"] for frame in frames if frame["sender"] == "bot"}.values())


def _steps() -> list[str]:
    return Shop().runs_until(0, after=False).steps


STEPS = _steps()


def test_the_turn_has_steps_of_every_kind() -> None:
    assert {"load", "get", "read", "write", "recall", "find", "update", "insert", "web", "commit", "put"} <= {*STEPS}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_a_function_that_dies_at_any_step_leaves_exactly_one_turn(step: int, *, after: bool) -> None:
    shop = Shop()
    died = shop.runs_until(step, after=after)
    assert died.dead

    shop.runs_until(0, after=False)

    stored = shop.stored(shop.conversation.id)
    assert [message.seq for message in stored] == [1, 2, 3, 4]
    numbers = [content.split()[1] for content in shop.told(shop.conversation)[:1]]
    assert shop.told(shop.conversation)[1:] == SAID[1:]
    assert shop.left() == 4
    assert [row["bill"] for row in shop.rows("log")] == [int(number) for number in numbers]
    assert sorted(shop.memory.remembered.values()) == ['"a pen"', "1"]
    # What was in the middle of a request may have been done. It is done again as the same, and no other is.
    for path in ("/orders", "/receipts"):
        assert len(set(shop.keys(path))) == 1
        assert len(shop.keys(path)) == 1 or (died.steps[-1], after) in {("web", True), ("write", False)}


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_a_request_that_is_repeated_says_the_same(step: int) -> None:
    shop = Shop()
    shop.runs_until(step, after=True)
    shop.runs_until(0, after=False)

    for path in ("/orders", "/receipts"):
        assert len({hop.body for hop in shop.web.asked if hop.target.path == path}) == 1


def test_a_turn_that_dies_again_and_again_comes_to_its_end() -> None:
    shop = Shop()
    for step in range(1, 12):
        shop.runs_until(step, after=step % 2 == 0)
    shop.runs_until(0, after=False)

    assert len(shop.told(shop.conversation)) == 3
    assert shop.left() == 4


def test_work_that_is_done_twice_changes_nothing_and_asks_nobody() -> None:
    shop = Shop()
    shop.runs_until(0, after=False)
    asked, stored = len(shop.web.asked), shop.stored(shop.conversation.id)

    shop.runs_until(0, after=False)

    assert len(shop.web.asked) == asked
    assert shop.stored(shop.conversation.id) == stored
    assert shop.shown() == SAID


def test_a_turn_without_effects_keeps_no_journal() -> None:
    world = ScriptWorld('x = GET "https://api.example/"\nrows = FIND "notes"\ny = GET BOT MEMORY "n"\nTALK x.id')

    assert world.talk() == ["1"]
    assert world.journals == {}
