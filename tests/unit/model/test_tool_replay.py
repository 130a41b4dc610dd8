"""A turn of tools that crashes and is run again: it makes the same calls, and no effect of them twice."""

import json
from collections.abc import Iterator

import pytest

from basic.filters.filter import MATCH_ALL
from conversations.domain.model import Finished, FinishReason, ModelEvent, ModelRequest, TextPiece, ToolCall
from tests.fakes.crashing_scripts import CrashingScriptWorld
from tests.fakes.models import FakeModels
from tests.fakes.scripts import an_answer

ORDER = """
PARAM item AS STRING
DESCRIPTION "Orders something."
slogan = LLM "A slogan for " + item
bill = POST "https://shop.example/orders", #{item: item, slogan: slogan}
INSERT "log", #{id: item}
SET USER MEMORY item, bill.data.id
RETURN bill.data.id
"""


class Customer(FakeModels):
    """A model that orders two things, other ones whenever it is asked again, and then says what it got."""

    def stream(self, request: ModelRequest) -> Iterator[ModelEvent]:
        self.requests.append(request)
        number = len(self.requests)
        last = request.messages[-1]
        if last.content.startswith("A slogan"):
            return self._stream([TextPiece(f"slogan {number}"), Finished(FinishReason.COMPLETE)])
        if last.role == "tool":
            results = [message.content for message in request.messages if message.role == "tool"]
            return self._stream([TextPiece("Got "), TextPiece(" and ".join(results)), Finished(FinishReason.COMPLETE)])
        calls = [ToolCall(f"{n}", "order", json.dumps({"item": f"item {number}.{n}"})) for n in (1, 2)]
        return self._stream([TextPiece("Ordering."), *calls, Finished(FinishReason.TOOL_CALLS)])


class Shop(CrashingScriptWorld):
    """A shop whose service returns another number for each order."""

    def __init__(self) -> None:
        super().__init__(
            'USE TOOL "order"\nTALK "Hi"',
            {"order": ORDER},
            llm_model="small",
        )
        self.models = Customer()
        self.web.answers = [an_answer({"id": number}) for number in range(10, 40)]
        self.send_message("Two things, please")


STEPS = Shop().run_until(0, after=False).steps


def test_turn_has_steps_of_every_kind() -> None:
    assert {"get", "read", "write", "web", "insert", "commit"} <= {*STEPS}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_orders_two_things_once(step: int, *, after: bool) -> None:
    shop = Shop()
    crashed = shop.run_until(step, after=after)
    assert crashed.crashed

    shop.run_until(0, after=False)

    posts = [(hop.headers["Idempotency-Key"], hop.body) for hop in shop.web.requests]
    was_interrupted = (crashed.steps[-1], after) in {("web", True), ("write", False)}
    assert len({*posts}) == 2, "both runs send the same orders"
    assert len(posts) == 2 or (was_interrupted and len(posts) == 3)
    items = [json.loads(body or b"")["item"] for _, body in posts]
    assert len({item.split(".")[0] for item in items}) == 1, "all orders are of one answer of the model"
    assert {str(row["id"]) for row in shop.tables.find("log", MATCH_ALL)} == {*items}
    *_, said, got = shop.get_bot_messages(shop.conversation)
    assert said == "Ordering."
    assert got == "Got " + " and ".join(sorted(shop.memory.remembered.values()))


def test_repeated_crashes_order_two_things_once() -> None:
    shop = Shop()
    for step in range(1, 10):
        shop.run_until(step, after=step % 2 == 0)
    shop.run_until(0, after=False)

    assert len({(hop.headers["Idempotency-Key"], hop.body) for hop in shop.web.requests}) == 2
