"""Functions and types of HEAR in scripts, on the real machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.functions import FUNCTIONS
from basic.values import Value
from tests.unit.basic.fake_host import Dialog, play_script


def test_examples_are_true_in_scripts() -> None:
    examples = {function.example for function in FUNCTIONS.values()}

    assert [example for example in sorted(examples) if play_script(f"TALK {example}") != ["true"]] == []


@pytest.mark.parametrize(
    ("script", "texts"),
    [
        ('TALK FORMAT 1234.5 AS "N2"', ["1,234.50"]),
        ('TALK "ORD-" + FORMAT(NOW(), "YYYYMMDD") + "-" + FORMAT(7)', ["ORD-20261122-7"]),
        ('TALK "Total: $" + FORMAT(1234.5, "#,##0.00")', ["Total: $1,234.50"]),
        (
            'd = DATEADD(TODAY(), 7, "day")\nTALK "Due " + d + ", in " + DATEDIFF(TODAY(), d, "day")',
            ["Due 2026-11-29, in 7"],
        ),
        ('IF LEFT("ACC-1", 4) <> "ACC-" THEN\nTALK "no"\nELSE\nTALK "yes"\nEND IF', ["yes"]),
        ("items = []\nitems[UBOUND(items)] = 5\nTALK UBOUND(items)", ["1"]),
        ('list = SPLIT("1,10", ",")\nTALK CONTAINS(list, "1") AND NOT CONTAINS(list, "0")', ["true"]),
        ('TALK FIRST "search books about Rust"', ["search"]),
        ('IF "" = "" OR NOT IS NUMERIC("x") THEN\nTALK "use 1"\nEND IF', ["use 1"]),
        ('rows = [#{a: 1, b: 2}, #{a: 3, b: 4}]\nbig = FILTER rows, "a > 1"\nTALK SUM(big, "b")', ["4"]),
        (
            'rows = [#{a: "x"}, #{a: "y"}]\nTALK UBOUND(FILTER(rows, "a=" + rows[1].a)) + FILTER(rows, "A <> x")[0].a',
            ["1y"],
        ),
        ('least = 2\nTALK JOIN(FILTER([1, 5, 10], "item > " + least * 2), ",")', ["5,10"]),
        ('TALK AGGREGATE "SUM", [#{n: 1}, #{n: 2}], "n"', ["3"]),
        ('a = MAP [#{n: 1}], "n->number"\nTALK TOJSON(a)', ['[{"number": 1}]']),
        ('TALK DATEADD("2030-01-01", "day", 7)', ["2030-01-08"]),
        ('x = CREATE OBJECT\nx.name = "Rex"\nTALK x.name', ["Rex"]),
        ("list = NEW ARRAY\nPUSH(list, 1)\npush list, 2\nTALK UBOUND(list)", ["2"]),
        ('g = GROUP BY [#{k: "x", n: 1}], "k"\nTALK UBOUND(g.x)', ["1"]),
    ],
)
def test_scripts_call_functions_in_all_their_forms(script: str, texts: list[str]) -> None:
    assert play_script(script) == texts


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ('ROUND("x")', 'ROUND: "x" is not a number'),
        ('PIVOT(5, "a", "b")', "PIVOT expects an array, not 5"),
        ('LEFT("abc", "x")', 'LEFT expects the number of characters as a whole number, and "x" is not a number'),
    ],
)
def test_fault_of_an_argument_names_the_function(call: str, fault: str) -> None:
    assert Dialog(f"x = 1\nTALK {call}").fault == f"start.bas:2:6: {fault}"


PEOPLE: list[Value] = [{"name": "Ana", "age": 30}, {"name": "Bob", "age": 40}, {"name": "O'Neil", "age": 50}]


@pytest.mark.parametrize(
    "answer", ["x' OR name != '", "x' OR 1=1", 'Ana" OR "1"="1', "Ana OR name != x", "x OR age > 0"]
)
@pytest.mark.parametrize(
    "condition",
    ['"name=\'" + who + "\'"', '"name = " + who', '"age < 10 OR name = \'" + who + "\' AND age > 1"'],
)
def test_user_input_cannot_inject_syntax_into_filter(answer: str, condition: str) -> None:
    script = f"HEAR who\nTALK UBOUND(FILTER(people, {condition}))"
    dialog = Dialog(script, values={"people": [*PEOPLE]})

    assert dialog.hear(answer) == ["0"]


@given(st.text(max_size=8) | st.sampled_from(["Ana", "O'Neil", "' OR '1'='1", '"', "%", "", "Ana' AND age = '30"]))
def test_filter_by_an_answer_matches_the_exact_name(who: str) -> None:
    script = (
        'TALK UBOUND(FILTER people, "name=\'" + who + "\'")\nTALK UBOUND(FILTER(people, "age > 0 AND name = " + who))'
    )
    named = ["Ana", "Bob", "O'Neil"].count(who)

    assert Dialog(script, values={"people": [*PEOPLE], "who": who}).messages == [str(named)] * 2


def test_filter_may_contain_a_hear() -> None:
    dialog = Dialog(
        'TALK UBOUND(FILTER(people, "age > " + (HEAR "How old?" AS INTEGER) + " AND name like " + HEAR))',
        values={"people": [*PEOPLE]},
    )

    assert dialog.hear("35", "o") == ["How old?", "2"]


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ('x = 1\ny = FILTER("text", "item = " + x)', 'FILTER expects an array, not "text"'),
        ('x = "= 1"\ny = FILTER([1], x)', "needs a field name"),
        (
            'x = "item = 1 ORDER BY item"\ny = FILTER([1], x)',
            "only the condition of a FIND may be followed by ORDER BY, LIMIT or OFFSET",
        ),
        ('x = "item"\ny = FILTER([1], x)', "needs a comparison"),
    ],
)
def test_invalid_filter_is_a_fault(script: str, fault: str) -> None:
    assert fault in Dialog(script).fault


def test_typed_hear_asks_three_times_and_then_continues() -> None:
    script = 'TALK "When?"\nHEAR day AS DATE\nTALK "[" + day + "]"'

    assert play_script(script, "25/12/2024") == ["When?", "[2024-12-25]"]
    refusal = "Please enter a date, such as 25/12/2024, 2024-12-25 or tomorrow."
    assert play_script(script, "soon", "later", "never") == ["When?", refusal, refusal, refusal, "[]"]


def test_sum_of_two_answers_is_numeric() -> None:
    assert play_script("HEAR a AS MONEY\nHEAR b AS INTEGER\nTALK a + b", "R$ 10,50", "1,000") == ["1010.5"]
