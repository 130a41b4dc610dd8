"""Expressions: precedence and values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.basic.fake_host import Dialog, play_script


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
