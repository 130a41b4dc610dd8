"""Functions of numbers: rounding half up, and random numbers that a retry repeats."""

import math
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import ScriptError
from basic.values import Value
from tests.unit.basic.functions.evaluation import call

NUMBERS = st.floats(-1e12, 1e12) | st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        ((2.675, 2), 2.68),
        ((1.005, 2), 1.01),
        ((0.5,), 1),
        ((1.5,), 2),
        ((2.5,), 3),
        ((-2.5,), -3),
        ((2.4,), 2),
        ((1234.5, -2), 1200),
        (("7.25", 1), 7.3),
        ((None,), 0),
    ],
)
def test_halves_are_rounded_away_from_zero(arguments: tuple[Value, ...], result: float) -> None:
    assert call("ROUND", *arguments) == result


@given(NUMBERS, st.integers(0, 6))
def test_rounded_number_is_the_nearest_on_its_decimals(number: float, places: int) -> None:
    exact = Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)

    assert call("ROUND", number, places) == float(exact)


def test_round_accepts_up_to_15_places() -> None:
    with pytest.raises(ScriptError, match="ROUND expects up to 15 places, not 999"):
        call("ROUND", 1, 999)


@given(NUMBERS)
def test_int_cuts_floor_goes_down_and_ceiling_up(number: float) -> None:
    assert call("INT", number) == math.trunc(number)
    assert call("FLOOR", number) == math.floor(number)
    assert call("CEILING", number) == math.ceil(number)


@pytest.mark.parametrize("name", ["INT", "FLOOR", "CEILING", "ROUND"])
def test_too_large_whole_number_is_an_error_or_a_float(name: str) -> None:
    if name == "ROUND":
        assert call(name, 1e300) == 1e300
    else:
        with pytest.raises(ScriptError, match="too large for a whole number"):
            call(name, 1e300)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12.5", 12.5),
        (" 7 ", 7),
        (".25", 0.25),
        ("1e3", 1000),
        ("abc", 0),
        ("12abc", 0),
        ("1,000", 0),
        ("", 0),
        (None, 0),
        (3, 3),
        ([], 0),
    ],
)
def test_val_of_other_text_is_0(value: Value, number: float) -> None:
    assert call("VAL", value) == number


@given(st.integers(-1000, 1000), st.integers(0, 1000), st.integers())
def test_random_number_is_between_both_ends(least: int, span: int, seed: int) -> None:
    drawn = call("RANDOM", least, least + span, seed=seed)

    assert isinstance(drawn, int)
    assert least <= drawn <= least + span


def test_both_ends_are_drawn() -> None:
    assert {call("RANDOM", 1, 3, seed=seed) for seed in range(50)} == {1, 2, 3}


@pytest.mark.parametrize("name", ["RANDOM", "RND"])
def test_random_number_without_ends_is_from_0_up_to_1(name: str) -> None:
    drawn = [call(name, seed=seed) for seed in range(50)]

    assert all(isinstance(number, float) and 0 <= number < 1 for number in drawn)
    assert len(set(drawn)) == 50


def test_retried_turn_draws_the_same_numbers() -> None:
    assert call("RANDOM", 1, 10**9, seed=7) == call("RANDOM", 1, 10**9, seed=7)
    assert call("GUID", seed=7) == call("GUID", seed=7)


def test_random_requires_two_numbers_in_order() -> None:
    with pytest.raises(ScriptError, match="the smaller number first, not 3 and 1"):
        call("RANDOM", 3, 1)
    with pytest.raises(ScriptError, match="a minimum and a maximum, or no arguments"):
        call("RANDOM", 3)


@given(NUMBERS)
def test_number_is_its_sign_and_its_size(number: float) -> None:
    sign, size = call("SGN", number), call("ABS", number)

    assert isinstance(sign, int)
    assert isinstance(size, int | float)
    assert sign * size == number


def test_square_root_of_a_negative_number_is_an_error() -> None:
    with pytest.raises(ScriptError, match="SQRT expects a number of at least 0, not -4"):
        call("SQRT", -4)
