"""A turn that searches and crashes is run again: with the same vector, and with no effect twice."""

import json
from collections.abc import Iterator, Sequence

import pytest

from basic.filters.filter import MATCH_ALL
from conversations.domain.model import ModelEvent, ModelReference, ModelRequest
from conversations.ports.knowledge import Purpose
from tests.fakes.crashing_scripts import CrashingScriptWorld
from tests.fakes.knowledge import SHOP
from tests.fakes.models import FakeEmbedders, FakeModels, calls, says
from tests.fakes.scripts import an_answer

REPORT = """
PARAM topic AS STRING
DESCRIPTION "Reports what is known."
found = THINK KB topic
bill = POST "https://shop.example/reports", #{text: found.summary}
SAVE FROM UNSTRUCTURED "reports", #{id: "1", number: bill.data.id}
RETURN bill.data.id
"""


class UncertainEmbedders(FakeEmbedders):
    """An embedding model that gives another vector whenever it is asked again."""

    def get(self, reference: ModelReference) -> "UncertainEmbedders":
        del reference
        return self

    def embed(self, texts: Sequence[str], purpose: Purpose, seconds: float) -> list[list[float]]:
        vectors = FakeEmbedders.embed(self, texts, purpose, seconds)
        questions = sum(purpose == "query" for _, purpose in self.requests)
        # The first run asks twice: for the passages of the prompt, and in the script.
        return vectors if purpose == "document" or questions <= 2 else [[1.0, -1.0] for _ in texts]


class Reporter(FakeModels):
    """A model that reports, and then is done."""

    def stream(self, request: ModelRequest) -> Iterator[ModelEvent]:
        self.requests.append(request)
        is_done = request.messages[-1].role == "tool"
        return self._stream(says("Done.") if is_done else calls("report", topic="money"))


class Shop(CrashingScriptWorld):
    """A shop whose model reports what it knows."""

    def __init__(self) -> None:
        super().__init__(
            'USE KB "returns"\nUSE TOOL "report"\nTALK "Hi"',
            {"report": REPORT},
            bases=SHOP,
            embedders=UncertainEmbedders([["lamp"], ["money", "refund"]]),
            llm_model="small",
            embedding_model="vectors",
        )
        self.models = Reporter()
        self.web.answers = [an_answer({"id": number}) for number in range(10, 40)]
        self.send_message("Report on money")


STEPS = Shop().run_until(0, after=False).steps


def test_turn_asks_for_vectors_and_has_effects() -> None:
    assert {"get", "read", "write", "web", "save", "commit"} <= {*STEPS}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_reports_the_same_once(step: int, *, after: bool) -> None:
    shop = Shop()
    crashed = shop.run_until(step, after=after)
    assert crashed.crashed

    shop.run_until(0, after=False)

    posts = [(hop.headers["Idempotency-Key"], hop.body) for hop in shop.web.requests]
    was_interrupted = (crashed.steps[-1], after) in {("web", True), ("write", False)}
    assert len({*posts}) == 1, "both runs send the same report"
    assert len(posts) == 1 or (was_interrupted and len(posts) == 2)
    if "web" in crashed.steps:
        # What is not stored before the first effect may be asked again.
        assert json.loads(posts[0][1] or b"")["text"] == "A refund takes five days and goes to your card."
    (row,) = shop.tables.find("reports", MATCH_ALL)
    assert row["number"] in (10, 11)
    assert shop.get_bot_messages(shop.conversation)[-1] == "Done."
    assert shop.list_messages(shop.conversation.id)[-1].sources
