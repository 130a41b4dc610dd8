"""The forms of PARAM that real scripts have."""

from typing import Any

import pytest

from basic.syntax.parse import parse
from tests.unit.basic.fake_host import Dialog, diagnose


@pytest.mark.parametrize(
    ("script", "parameters"),
    [
        ("PARAM x", [("x", "string", ())]),
        ("PARAM a, b,\n  c", [("a", "string", ()), ("b", "string", ()), ("c", "string", ())]),
        ("PARAM a, b AS INTEGER", [("a", "integer", ()), ("b", "integer", ())]),
        ("PARAM a AS INTEGER OPTIONAL, b AS DATE", [("a", "integer", ()), ("b", "date", ())]),
        ('PARAM x AS "metric", "imperial"', [("x", "string", ("metric", "imperial"))]),
        ("PARAM x AS 'metric', 'imperial' LIKE 'metric'", [("x", "string", ("metric", "imperial"))]),
        ('PARAM x LIKE "a"', [("x", "string", ())]),
        ("PARAM description AS STRING", [("description", "string", ())]),
        ('PARAM a, description AS DATE DESCRIPTION "When"', [("a", "date", ()), ("description", "date", ())]),
        ("PARAM like AS INTEGER LIKE 5", [("like", "integer", ())]),
        ('PARAM description LIKE "a"', [("description", "string", ())]),
        ('PARAM x AS STRING ENUM "a", "b" OPTIONAL, y', [("x", "string", ("a", "b")), ("y", "string", ())]),
    ],
)
def test_parameters_are_parsed(script: str, parameters: list[tuple[str, str, tuple[Any, ...]]]) -> None:
    result = parse("a.bas", script)

    assert result.diagnostics == []
    assert [(each.name, each.type, each.options) for each in result.tree.parameters] == parameters


def test_last_one_of_two_parameters_of_a_name_is_used() -> None:
    script = "PARAM n AS INTEGER\nPARAM m AS TEXT\nPARAM N AS DATE OPTIONAL"

    assert diagnose(script) == ["3:7 warning: duplicate PARAM `N`: the last one is used"]
    assert [(each.name, each.type) for each in parse("a.bas", script).tree.parameters] == [
        ("N", "date"),
        ("m", "string"),
    ]


def test_clauses_after_a_default_are_no_part_of_it() -> None:
    (parameter,) = parse("a.bas", 'PARAM n AS INTEGER DEFAULT -2 LIKE 4 DESCRIPTION "How many?"').tree.parameters

    assert (parameter.default, parameter.example, parameter.description) == (-2, 4, "How many?")


def test_parameters_receive_their_arguments_in_order() -> None:
    assert Dialog('CALL "second", 1, "b"', "PARAM a, b\nTALK a + b").messages == ["1b"]


@pytest.mark.parametrize("script", ["PARAM", "PARAM a,", "PARAM a AS", "PARAM a AS TEXT ENUM", "PARAM 5", "PARAM a b"])
def test_invalid_parameter_is_one_error(script: str) -> None:
    assert len([each for each in diagnose(script) if " error: " in each]) == 1


def test_one_text_after_as_is_the_description() -> None:
    result = parse("tool.bas", 'PARAM town AS "The city, e.g. Rio"\nPARAM size AS "small", "large"')
    described, chosen = result.tree.parameters

    assert (described.type, described.description, described.options) == ("string", "The city, e.g. Rio", ())
    assert (chosen.description, chosen.options) == ("", ("small", "large"))


@pytest.mark.parametrize(
    ("script", "description"),
    [
        (
            "DESCRIPTION Sells tea and never names \nthis function, but runs it.\nTALK 1",
            "Sells tea and never names  this function, but runs it.",
        ),
        ("DESCRIPTION Sells tea\nor coffee\n  or cake\nTALK 1", "Sells tea or coffee   or cake"),
        ("DESCRIPTION Sells tea.\nor coffee in cups\nTALK 1", "Sells tea."),
        ("DESCRIPTION Sells tea\n\nor coffee\nTALK 1", "Sells tea"),
        ("DESCRIPTION Sells tea\nhear cups\nTALK 1", "Sells tea"),
        ("DESCRIPTION Sells tea\ncups = 5 - 3\nTALK 1", "Sells tea"),
    ],
)
def test_description_without_quotes_goes_on_with_its_sentence(script: str, description: str) -> None:
    result = parse("a.bas", script)

    assert result.tree.description == description
    last = parse("a.bas", f"{script}\nTALK 1 2").diagnostics[-1]
    assert last.position == (script.count("\n") + 2, 8)
