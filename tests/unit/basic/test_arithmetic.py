"""Arithmetic is exact for the decimals that are displayed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.arithmetic import add, multiply, subtract, sum_up
from tests.unit.basic.fake_host import Dialog, play_script

CENTS = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("0.1 + 0.2 = 0.3", "true"),
        ("0.1 + 0.7", "0.8"),
        ("1.1 * 1.1 = 1.21", "true"),
        ("100000000.03 - 100000000.02 = 0.01", "true"),
        ("0.3 / 0.1 = 3", "true"),
        ("1 / 3 * 3 = 1", "true"),
        ("1.0 / 49 * 49 = 1", "true"),
        ("0.3 \\ 0.1", "3"),
        ("0.3 MOD 0.1", "0"),
        ("-0.5 MOD 0.2", "-0.1"),
        ("1.1 ^ 2 = 1.21", "true"),
        ("4.35 * 100 = 435", "true"),
        ('"0.1" * 3 = 0.3', "true"),
        ("1 - 0.9 = 0.1", "true"),
        ("9007199254740993 + 1", "9007199254740994"),
        ("1e300 * 1e-300", "1"),
        ("1e20 + 1", "1e+20"),
        ("SUM([0.1, 0.2]) = 0.3", "true"),
        ("AVG([0.1, 0.2]) = 0.15", "true"),
        ('SUM([#{x: 0.1}, #{x: 0.7}], "x") = 0.8', "true"),
        ('AGGREGATE("SUM", [#{x: 0.1}, #{x: 0.2}], "x") = 0.3', "true"),
        ('PIVOT([#{k: 1, x: 0.1}, #{k: 1, x: 0.2}], "k", "x")[0].x = 0.3', "true"),
    ],
)
def test_decimals_are_exact(expression: str, shown: str) -> None:
    assert play_script(f"TALK {expression}") == [shown]


def test_thousand_cents_are_ten() -> None:
    assert play_script("t = 0\nFOR i = 1 TO 1000\nt = t + 0.01\nNEXT\nTALK t\nTALK t = 10") == ["10", "true"]


def test_step_of_a_for_is_exact() -> None:
    assert play_script("FOR x = 0 TO 0.3 STEP 0.1\nTALK x\nNEXT") == ["0", "0.1", "0.2", "0.3"]


@pytest.mark.parametrize(
    "expression", ["1e308 * 10", "1e308 + 1e308", "1e308 / 1e-10", "1e300 \\ 1e-300", "1.5 ^ 9999"]
)
def test_too_large_numbers_are_faults(expression: str) -> None:
    assert "the number is too large" in Dialog(f"TALK {expression}").fault


@given(st.lists(CENTS, max_size=30))
def test_sum_of_cents_is_exact(cents: list[int]) -> None:
    assert sum_up([cent / 100 for cent in cents]) == sum(cents) / 100


@given(CENTS, CENTS)
def test_difference_of_cents_is_exact(first: int, second: int) -> None:
    assert subtract(first / 100, second / 100) == (first - second) / 100


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_product_of_prices_is_exact(first: int, second: int) -> None:
    assert Decimal(repr(multiply(first / 100, second / 100))) == Decimal(first * second) / 10_000


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_sums_differ_from_those_of_floats_in_the_last_digits_only(first: float, second: float) -> None:
    exact, size = first + second, max(abs(first), abs(second))

    assert abs(add(first, second) - exact) <= size * 1e-14 + 1e-300 or exact in {float("inf"), float("-inf")}


# -------------------------------------------------------------------------------------------------- heard numbers


@pytest.mark.parametrize(
    ("answer", "message"),
    [("10", "11"), ("2.5", "3.5"), (" -1 ", "0"), ("007", "0071"), ("1.50", "1.501"), ("+55", "+551"), ("1e5", "1e51")],
)
def test_heard_number_is_a_number_if_it_is_written_as_one_is_displayed(answer: str, message: str) -> None:
    assert play_script("HEAR a\nTALK a + 1", answer) == [message]


def test_two_heard_numbers_are_compared_as_numbers() -> None:
    script = 'HEAR a\nHEAR b\nIF a > b THEN TALK "more"\nIF a > 9 THEN TALK "more than 9"'

    assert play_script(script, "10", "9") == ["more", "more than 9"]
    assert play_script(script.replace("HEAR a", "HEAR a AS TEXT").replace("HEAR b", "HEAR b AS TEXT"), "10", "9") == [
        "more than 9"
    ]


def test_number_of_a_menu_is_a_number() -> None:
    assert play_script('HEAR a AS "10", "9"\nHEAR b AS MENU [9, 10]\nTALK a > b', "10", "9") == ["true"]


def test_answers_stay_texts_for_programs_of_earlier_compilers() -> None:
    dialog = Dialog("HEAR a\nTALK TYPEOF(a)")
    for script in dialog.machine.program.scripts.values():
        for instruction in script.code:
            if instruction.opcode == "hear":
                del instruction.first["number"]

    assert dialog.hear("10") == ["string"]
    assert Dialog("HEAR a\nTALK TYPEOF(a)").hear("10") == ["number"]
