"""The functions and the types of HEAR as scripts use them, on the real machine."""

import pytest

from basic.functions import FUNCTIONS
from basic.hear import normalise
from basic.library import Library
from basic.machine.machine import Machine
from basic.machine.outcome import Outcome, Talk
from basic.machine.run import Turn
from basic.package import build
from basic.turn import TurnFacts
from basic.values import Value
from tests.unit.basic.functions.calling import a_turn
from tests.unit.basic.world import World


def heard(type_name: str, text: str, facts: TurnFacts, /) -> Value:
    return normalise(type_name, text, (), facts)  # type: ignore[return-value]  # or a refusal, which the machine knows


LIBRARY = Library(FUNCTIONS, heard)


def said(script: str, *answers: str) -> list[str]:
    """Return all that a script says to somebody who gives these answers."""
    built = build({"start.bas": script}, LIBRARY, None)
    assert built.program is not None, "\n".join(map(str, built.faults))
    machine, world = Machine(built.program, LIBRARY), World()
    outcome = machine.start("start", Turn("turn-0", a_turn(), world))
    texts = spoken(outcome)
    for number, answer in enumerate(answers, start=1):
        outcome = machine.run(outcome.state, answer, Turn(f"turn-{number}", a_turn(), world))
        texts += spoken(outcome)
    assert outcome.fault is None, str(outcome.fault)
    return texts


def spoken(outcome: Outcome) -> list[str]:
    return [event.text for event in outcome.events if isinstance(event, Talk)]


@pytest.mark.parametrize("name", sorted({function.name for function in FUNCTIONS.values()}))
def test_an_example_holds_in_a_script(name: str) -> None:
    assert said(f"TALK {FUNCTIONS[name].example}") == ["true"]


@pytest.mark.parametrize(
    ("script", "texts"),
    [
        ('TALK FORMAT 1234.5 AS "N2"', ["1,234.50"]),
        ('TALK "ORD-" + FORMAT(NOW(), "YYYYMMDD") + "-" + FORMAT(7)', ["ORD-20240315-7"]),
        ('TALK "Total: $" + FORMAT(1234.5, "#,##0.00")', ["Total: $1,234.50"]),
        (
            'd = DATEADD(TODAY(), 7, "day")\nTALK "Due " + d + ", in " + DATEDIFF(TODAY(), d, "day")',
            ["Due 2024-03-22, in 7"],
        ),
        ('IF LEFT("ACC-1", 4) <> "ACC-" THEN\nTALK "no"\nELSE\nTALK "yes"\nEND IF', ["yes"]),
        ("items = []\nitems[UBOUND(items)] = 5\nTALK UBOUND(items)", ["1"]),
        ('list = SPLIT("1,10", ",")\nTALK CONTAINS(list, "1") AND NOT CONTAINS(list, "0")', ["true"]),
        ('TALK FIRST "search books about Rust"', ["search"]),
        ('IF "" = "" OR NOT IS NUMERIC("x") THEN\nTALK "use 1"\nEND IF', ["use 1"]),
        ('rows = [#{a: 1, b: 2}, #{a: 3, b: 4}]\nbig = FILTER rows, "a > 1"\nTALK SUM(big, "b")', ["4"]),
        ('TALK AGGREGATE "SUM", [#{n: 1}, #{n: 2}], "n"', ["3"]),
        ('a = MAP [#{n: 1}], "n->number"\nTALK TOJSON(a)', ['[{"number": 1}]']),
        ('g = GROUP BY [#{k: "x", n: 1}], "k"\nTALK UBOUND(g.x)', ["1"]),
    ],
)
def test_scripts_call_functions_in_all_their_forms(script: str, texts: list[str]) -> None:
    assert said(script) == texts


def test_a_typed_hear_asks_three_times_and_then_goes_on_with_nothing() -> None:
    script = 'TALK "When?"\nHEAR day AS DATE\nTALK "[" + day + "]"'

    assert said(script, "25/12/2024") == ["When?", "[2024-12-25]"]
    refusal = "Please enter a date, such as 25/12/2024, 2024-12-25 or tomorrow."
    assert said(script, "soon", "later", "never") == ["When?", refusal, refusal, refusal, "[]"]


def test_a_sum_of_two_answers_is_a_sum() -> None:
    assert said("HEAR a AS MONEY\nHEAR b AS INTEGER\nTALK a + b", "R$ 10,50", "1,000") == ["1010.5"]
