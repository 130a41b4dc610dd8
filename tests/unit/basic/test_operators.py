"""Expressions: precedence and values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.functions.date_texts import describe_date_fields
from tests.unit.basic.fake_host import Dialog, diagnose, play_script


@pytest.mark.parametrize(
    ("expression", "messages"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 2 - 3", "5"),
        ("2 ^ 3 ^ 2", "64"),
        ("-2 ^ 2", "-4"),
        ("2 ^ -1", "0.5"),
        ("7 / 2", "3.5"),
        ("6 / 2", "3"),
        ("7 \\ 2", "3"),
        ("-7 \\ 2", "-3"),
        ("7.5 \\ 2", "3"),
        ("7 MOD 3", "1"),
        ("-7 MOD 3", "-1"),
        ("7 % 3", "1"),
        ("7.5 MOD 2", "1.5"),
        ('"a" + 1 + 2', "a12"),
        ('1 + 2 + "a"', "3a"),
        ("1 & 2", "12"),
        ('"a" & 1 + 2', "a3"),
        ('"n: " + NOTHING', "n: "),
        ('"b: " + true', "b: true"),
        ('"l: " + [1]', "l: [1]"),
        ('"5" * "2"', "10"),
        ("NOTHING + 1", "1"),
        ("true + 1", "2"),
        ("1 = 1.0", "true"),
        ('5 = "5"', "true"),
        ("1 == 1 AND 1 <> 2 AND 1 != 2", "true"),
        ('"a" = "A"', "false"),
        ('"a" < "b"', "true"),
        ("9 < 10", "true"),
        ("NOT 1 = 2", "true"),
        ("NOT true OR true", "true"),
        ("1 OR 1 AND 0", "true"),
        ("1 > 2 || 2 > 1 && !false", "true"),
        ("x IS NOTHING", "true"),
        ("1 IS NOT NULL", "true"),
        ('IS NUMERIC("5")', "true"),
        ('IS_NUMERIC("x") OR 1', "true"),
        ("2 <= 2 AND 2 >= 2", "true"),
        ("+5", "5"),
        ("1.5e3", "1500"),
        (".5", "0.5"),
        ('"say ""hi"" \\"you\\" a\\nb\\\\n c:\\temp"', 'say "hi" "you" a\nb\\n c:\temp'),
        ('FORMAT 1 + 1 AS "N2" + "!"', "2.00!"),
        ('FORMAT(1, "N")', "1.00"),
        ('FORMAT (1 + 2) AS "N"', "3.00"),
        ('FORMAT 1, "N"', "1.00"),
        ('FIRST "a b" + "c"', "ac"),
        ('"at " + NOW', "at 2026-11-22 12:00:00"),
        ("NOW() = NOW", "true"),
        ('"" OR "guest"', "guest"),
        ('"Ana" OR "guest"', "Ana"),
        ('x OR "guest"', "guest"),
        ('x OR "" OR "guest" OR "other"', "guest"),
        ("x OR 10", "10"),
        ('0 OR "none"', "none"),
        ('5 OR "none"', "5"),
        ('5 OR ("no" + "ne")', "5"),
        ("0 OR 5", "true"),
        ("5 OR 0", "true"),
        ("[] OR [1]", "[1]"),
        ('1 = 2 OR ""', "false"),
        ("1 = 2 OR x", "false"),
        ('1 = 2 OR "a"', "a"),
        ('"" OR 1 = 1', "true"),
        ("TODAY() + 7", "2026-11-29"),
        ("7 + TODAY()", "2026-11-29"),
        ("TODAY - 22", "2026-10-31"),
        ("TODAY() + 0.5", "2026-11-22 12:00:00"),
        ("NOW() + 1 / 24", "2026-11-22 13:00:00"),
        ("NOW() + HOURS(24)", "2026-11-23 12:00:00"),
        ("NOW() - MINUTES(15)", "2026-11-22 11:45:00"),
        ("NOW() + SECONDS(5)", "2026-11-22 12:00:05"),
        ("TODAY() + DAYS(2)", "2026-11-24"),
        ("NOW() - 1", "2026-11-21 12:00:00"),
        ('"2026-11-22T12:00:00Z" + 1', "2026-11-23T12:00:00Z"),
        ('"2024-03-01" - "2024-02-01"', "29"),
        ('"2024-03-01 12:00:00" - "2024-03-01"', "0.5"),
        ('TODAY() + "7"', "2026-11-227"),
        ("TODAY() & 7", "2026-11-227"),
        ('"2026-13-01" + 1', "2026-13-011"),
        ('"on 2026-11-22" + 1', "on 2026-11-221"),
        ("TODAY() + TRUE", "2026-11-22true"),
        ("TODAY.year & TODAY().Month & NOW().day", "20261122"),
        ("NOW().hour & NOW().minute & NOW().second & NOW().weekday", "12001"),
        ('NOW().date & "|" & NOW().time', "2026-11-22|12:00:00"),
        ('"olá".length & "olá"[2] & "".length', "3á0"),
        ("NOW().timestamp", "1795348800"),
    ],
)
def test_expressions(expression: str, messages: str) -> None:
    assert play_script(f"TALK {expression}") == [messages]


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("1 / 0", "1:8: division by 0"),
        ("1 MOD 0", "1:8: division by 0"),
        ("1 \\ 0", "1:8: division by 0"),
        ("TODAY() + 9999999", "1:14: 9999999 days from 2026-11-22 is a year that is out of range"),
        (
            "TODAY().era",
            f"1:13: a date has no field `era`; it has {describe_date_fields()}",
        ),
        ('"2026-11-22x".year', "1:19: text has no field `year`"),
        ('"a" * 2', '1:10: "a" is not a number'),
        ("[1] + 1", "1:10: an array is not a number"),
        ("1 < [1]", "1:8: an array is not a number"),
        ('1 < "a"', '1:8: "a" is not a number'),
        ("(-8) ^ 0.5", "1:11: -8 ^ 0.5 is not a number"),
        ("10 ^ 400", "1:9: the number is too large"),
        ("-[1]", "1:6: an array is not a number"),
    ],
)
def test_invalid_expressions(expression: str, fault: str) -> None:
    assert Dialog(f"TALK {expression}").fault == f"start.bas:{fault}"


def test_and_and_or_short_circuit() -> None:
    dialog = Dialog(
        "FUNCTION f(n)\nPRINT n\nRETURN n\nEND FUNCTION\nTALK f(0) AND f(1)\nTALK f(2) OR f(3)\nTALK f(4) AND f(5)"
    )

    assert dialog.messages == ["false", "true", "true"]
    assert dialog.host.logged == ["0", "2", "4", "5"]


@given(st.integers(-1000, 1000), st.integers(-1000, 1000).filter(bool))
def test_integer_quotient_and_remainder_are_consistent(number: int, divisor: int) -> None:
    assert play_script(f"TALK ({number} \\ {divisor}) * {divisor} + ({number} MOD {divisor})") == [str(number)]


def test_no_name_reaches_python() -> None:
    script = 'x = "a"\nTALK ">" + __class__ + self + __builtins__\nm = #{a: 1}\nTALK ">" + m.__class__ + m.keys'

    assert play_script(script) == [">", ">"]
    assert Dialog('x = "a"\nTALK x.__class__').fault == "start.bas:2:7: text has no field `__class__`"


@pytest.mark.parametrize(
    ("condition", "messages"),
    [
        ("a OR b", []),
        ('a OR b OR "x"', ["yes"]),
        ("NOT (a OR b)", ["yes"]),
        ("a OR 1 = 1 AND b", []),
        ("c OR a", ["yes"]),
    ],
)
def test_or_is_a_condition_where_one_is_expected(condition: str, messages: list[str]) -> None:
    assert play_script(f'a = ""\nc = "full"\nIF {condition} THEN TALK "yes"') == messages


def test_question_may_be_an_operand_of_or() -> None:
    dialog = Dialog('name = "" OR HEAR "Name?"\nTALK name')
    dialog.hear("Ana")

    assert dialog.messages == ["Name?", "Ana"]


NOT_COMPARED = 'is compared with nothing, so it counts as true; repeat the comparison, as in `a = "x" OR a = "y"`'
MANY_DAYS = (
    "a number beside a date is a number of days, here 900; "
    "`HOURS(1)`, `MINUTES(15)` and `SECONDS(30)` are parts of a day"
)
JOINED = "this joins the number to the text before it; brackets add days to a date: `(TODAY() + 1)`"


@pytest.mark.parametrize(
    ("expression", "diagnostics"),
    [
        ('a = "x" OR "y"', [f"2:17 warning: the text after OR {NOT_COMPARED}"]),
        ('a = "x" AND "y"', [f"2:18 warning: the text after AND {NOT_COMPARED}"]),
        ('a = "x" OR 3', [f"2:17 warning: the number after OR {NOT_COMPARED}"]),
        ('a = "x" OR TRUE', []),
        ('a = "x" OR a = "y"', []),
        ('a OR "y"', []),
        ('"Due " + TODAY() + 7', [f"2:25 warning: {JOINED}"]),
        ('"Due " + (TODAY() + 7)', []),
        ("TODAY + 7", []),
        ("NOW() + 15 * 60", [f"2:17 warning: {MANY_DAYS}"]),
        ("TODAY - 900", [f"2:14 warning: {MANY_DAYS}"]),
        ("NOW() + 15 * a", []),
        ('"Due " + a + 7', []),
    ],
)
def test_operands_with_another_effect_are_reported(expression: str, diagnostics: list[str]) -> None:
    assert diagnose(f'a = "x"\nTALK {expression}') == diagnostics


def test_variable_without_a_value_is_the_date_of_its_name() -> None:
    dialog = Dialog('TALK TODAY\ntoday = "a day"\nTALK today\nCALL "second"', "TALK TODAY & NOW\nnow = 1")

    assert dialog.messages == ["2026-11-22", "a day", "a day2026-11-22 12:00:00"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('n > 1 ? "many" : "few"', "many"),
        ('n > 5 ? "many" : n > 1 ? "some" : "few"', "some"),
        ('"n: " + (n = 2 ? 1 : 0)', "n: 1"),
        ("[n = 2 ? 1 : 0, 3][0]", "1"),
        ("MAX(n = 2 ? 1 : 0, -1)", "1"),
        ('"${n = 2 ? n : 0}"', "2"),
        ("(empty == NULL ? 0 : empty.n) + 1", "1"),
        ("NOT n ? 1 : 2", "2"),
        ("#{a: n ? 1 : 2, b: 3}", '{"a": 1, "b": 3}'),
        ("n = 3 ? 1 / 0 : 4", "4"),
    ],
)
def test_conditional_expression_evaluates_one_value(expression: str, value: str) -> None:
    assert play_script(f"n = 2\nempty = NULL\nTALK {expression}") == [value]


def test_conditional_expression_stands_in_statements() -> None:
    script = 'n = 2 : x = n = 2 ? HEAR "Which?" : "none" : TALK x\nIF n = 2 ? TRUE : FALSE THEN TALK "yes"'

    assert play_script(script, "tea") == ["Which?", "tea", "yes"]


@pytest.mark.parametrize("form", ["IIF(n = 0, 0, 6 / n)", "IF(n = 0, 0, 6 / n)"])
def test_iif_evaluates_only_the_value_that_it_returns(form: str) -> None:
    assert play_script(f"n = 0\nTALK {form}\nn = 2\nTALK {form}") == ["0", "3"]
    assert play_script(f'n = 1\nTALK {form}\nFUNCTION iif(a, b, c)\nRETURN "own"\nEND FUNCTION') == ["own"]
