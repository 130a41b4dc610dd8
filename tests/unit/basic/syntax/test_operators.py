"""Operators of other dialects and of Rhai: IN, LIKE, STARTS WITH, `??`, `?.`, and calls behind a dot."""

import pytest

from basic.machine.outcome import Status
from tests.unit.basic.fake_host import Dialog, FakeHost, diagnose, play_script


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 IN [1, 2]", "true"),
        ("3 in (1, 2)", "false"),
        ('"a" IN ("a")', "true"),
        ("2 IN (array)", "true"),
        ('"b" IN "abc"', "true"),
        ('"k" IN #{k: 1}', "true"),
        ("3 NOT IN (1, 2)", "true"),
        ("NOT 1 IN array", "false"),
        ("1 + 1 IN array AND TRUE", "true"),
        ("list LIKE 'A%'", "true"),
        ("list NOT LIKE '_b'", "true"),
        ("list STARTS WITH 'ab' AND list ENDS WITH 'bc'", "true"),
        ("list NOT STARTS WITH 'ab'", "false"),
        ("list NOT ENDS WITH 'ab'", "true"),
        ("list NOT CONTAINS 'b'", "false"),
        ('NOTHING ?? "x"', "x"),
        ('"" ?? "y" & "z"', "yz"),
        ("0 ?? 1 = 0", "true"),
        ("NOTHING ?? NOTHING ?? 3", "3"),
        ("GET BOT MEMORY k ?? 'none'", "none"),
        ("map.none?.b", ""),
        ("map.none?.b.c.d[0] & 1", "1"),
        ("map?.k?.c + 1", "2"),
        ("map.none?.b ?? 'none'", "none"),
        ("array.length() + array.first()", "3"),
        ('"  x ".trim().upper() + "a,b".split(",")[1]', "Xb"),
        ("map.k.c.str()", "1"),
        ('IF(1 > 2, "a", "b")', "b"),
    ],
)
def test_operator_has_its_value(expression: str, value: str) -> None:
    script = 'list = "abc"\narray = [1, 2]\nmap = #{k: #{c: 1}}\n'

    assert play_script(f"{script}TALK {expression}") == [value]


def test_right_side_is_evaluated_only_if_the_left_is_empty() -> None:
    dialog = Dialog('name = "Ana" ?? HEAR "Name?"\nTALK name\nname = "" ?? HEAR "Name?"\nTALK name')

    assert dialog.messages == ["Ana", "Name?"]
    assert dialog.hear("Bo")[-1] == "Bo"


def test_words_of_operators_can_be_variables() -> None:
    assert play_script("like = 1\nstarts = 2\nTALK like + starts") == ["3"]


def test_field_of_nothing_without_a_question_mark_fails() -> None:
    dialog = Dialog("map = #{a: NOTHING}\nTALK map.a.b")

    assert dialog.fault == "start.bas:2:11: NOTHING has no field `b`"


def test_method_that_appends_changes_the_variable() -> None:
    script = "list = [1]\nlist.PUSH(2)\nPUSH(list, 3)\nmap = #{l: []}\nmap.l.push(4)\nTALK UBOUND(list) + UBOUND(map.l)"

    assert play_script(script) == ["4"]


@pytest.mark.parametrize("operator", ["LIKE", "NOT LIKE", "STARTS WITH"])
def test_operator_without_a_right_side_is_an_error(operator: str) -> None:
    (error,) = diagnose(f"x = 1\nTALK x {operator}")

    assert " error: a value is missing before the end of the line" in error


def test_comparing_with_a_pattern_is_charged() -> None:
    script = f'text = "{"a" * 2000}"\ntext = REPLACE(text, "a", "aaaaaaaaaa")\nDO\nx = text LIKE "%_____b"\nLOOP'
    host = FakeHost()

    dialog = Dialog(script, host=host)

    assert dialog.status is Status.FAILED
    assert "instructions" in dialog.fault
