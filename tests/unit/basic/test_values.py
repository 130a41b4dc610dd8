"""Values: conversion, equality and order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import BudgetError, ScriptError
from basic.sizes import MAX_SIZE, PART_BYTES, measure_size
from basic.values import (
    Value,
    compare,
    find_key,
    get_entry,
    is_equal,
    is_numeric,
    is_truthy,
    to_finite,
    to_number,
    to_text,
)

VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (-0.0, "0"),
        (3.0, "3"),
        (2.5, "2.5"),
        (0.1 + 0.2, "0.3"),
        (1e20, "1e+20"),
        ("as it is", "as it is"),
        ([1, 2.0, "a", None], '[1, 2, "a", null]'),
        ({"n": 1.0, "á": [True]}, '{"n": 1, "á": [true]}'),
    ],
)
def test_value_is_converted_to_text(value: Value, text: str) -> None:
    assert to_text(value) == text


@pytest.mark.parametrize("text", ["12", " 12 ", "-1.5", "+3", ".25", "1.", "1e3", "1E-3"])
def test_numeric_text_is_a_number(text: str) -> None:
    assert is_numeric(text)
    assert to_number(text) == float(text)


@pytest.mark.parametrize("text", ["", " ", "1,000", "abc", "1 2", "0x10", "٣", "1e", "--1", "inf", "nan", "1_000"])
def test_other_text_is_not_a_number(text: str) -> None:
    assert not is_numeric(text)
    with pytest.raises(ScriptError, match="is not a number"):
        to_number(text)


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, 1.0), (5, "5"), ("5.0", 5), (None, ""), (True, "TRUE"), ([1, "a"], [1.0, "a"]), ({"a": 1}, {"a": "1"})],
)
def test_values_are_equal(left: Value, right: Value) -> None:
    assert is_equal(left, right)
    assert is_equal(right, left)


@pytest.mark.parametrize(
    ("left", "right"), [("a", "A"), (1, "one"), (None, 0), ([1], [1, 2]), ("1", [1]), ({"a": 1}, {"A": 1})]
)
def test_values_are_not_equal(left: Value, right: Value) -> None:
    assert not is_equal(left, right)


@given(VALUES, VALUES)
def test_equality_is_symmetric(left: Value, right: Value) -> None:
    assert is_equal(left, right) == is_equal(right, left)
    assert is_equal(left, left)


@given(VALUES)
def test_value_is_equal_after_serialization(value: Value) -> None:
    assert is_equal(value, json.loads(json.dumps(value)))
    assert to_text(json.loads(json.dumps(value))) == to_text(value)


def test_numbers_compare_as_numbers_and_texts_by_characters() -> None:
    assert compare(9, "10") == -1
    assert compare("9", "10") == 1
    assert compare("b", "B") == 1
    assert compare(None, -1) == 1
    with pytest.raises(ScriptError, match='"ten" is not a number'):
        compare(9, "ten")
    with pytest.raises(ScriptError, match="an array is not a number"):
        compare([1], 1)


@pytest.mark.parametrize("value", [None, 0, "", [], {}, False])
def test_value_is_false(value: Value) -> None:
    assert not is_truthy(value)


@pytest.mark.parametrize("value", [1, " ", [0], {"a": None}, True, "false"])
def test_value_is_true(value: Value) -> None:
    assert is_truthy(value)


def test_map_keys_are_found_in_any_case() -> None:
    entries: dict[str, Value] = {"Name": 1, "name": 2, "Größe": 3}

    assert get_entry(entries, "name") == 2
    assert get_entry(entries, "NAME") == 1
    assert find_key(entries, "GRÖSSE") == "Größe"
    assert get_entry(entries, "age") is None


def test_integers_are_exact_up_to_64_bits() -> None:
    assert to_finite(2**63 - 1) == 2**63 - 1
    assert isinstance(to_finite(2**63), float)
    with pytest.raises(ScriptError, match="the number is too large"):
        to_finite(10**400)


def test_value_with_many_shared_parts_is_too_large() -> None:
    wide: Value = ["x" * 100]
    for _ in range(20):
        wide = [wide, wide]
    deep: Value = []
    for _ in range(40):
        deep = [deep]

    for call in (measure_size, to_text):
        with pytest.raises(BudgetError, match="larger than 256 KB"):
            call(wide)
        with pytest.raises(BudgetError, match="nested more than 32 deep"):
            call(deep)
    with pytest.raises(BudgetError, match="larger than 256 KB"):
        is_equal(wide, wide)
    assert measure_size("x" * (MAX_SIZE - 1)) == MAX_SIZE - 1 + PART_BYTES
    assert measure_size(["é" * 500, 1]) > 500 + 3 * PART_BYTES
    assert measure_size({"😀" * 500: 1}) > 4 * 500
    with pytest.raises(BudgetError, match="larger than 256 KB"):
        measure_size("x" * (MAX_SIZE + 1))
