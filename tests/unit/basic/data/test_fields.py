"""TABLE definitions: conversion of values to fields, and errors."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.data.field_types import FIELD_TYPES
from basic.data.fields import convert_row
from basic.errors import ScriptError
from basic.program import Column, TableDefinition
from basic.values import Value


def convert(type_name: str, value: Value, length: int | None = None, precision: int | None = None) -> Value:
    table = TableDefinition("Orders", "", (Column("Field", type_name, length, precision),))
    return convert_row(table, {"Field": value})["Field"]


@pytest.mark.parametrize(
    ("type_name", "value", "converted"),
    [
        ("string", "x", "x"),
        ("string", "", ""),
        ("string", 5, "5"),
        ("text", True, "true"),
        ("varchar", "olá", "olá"),
        ("integer", 5, 5),
        ("INT", "5", 5),
        ("integer", 5.0, 5),
        ("number", "12.50", 12.5),
        ("double", 3, 3),
        ("decimal", -0.5, -0.5),
        ("boolean", True, True),
        ("boolean", "true", True),
        ("bool", "No", False),
        ("boolean", 0, False),
        ("date", "31/12/2024", "2024-12-31"),
        ("date", "2024-12-31 14:30:00", "2024-12-31"),
        ("datetime", "31/12/2024 14:30", "2024-12-31 14:30:00"),
        ("timestamp", "2024-12-31T14:30:00Z", "2024-12-31 14:30:00"),
        ("datetime", "2024-12-31", "2024-12-31 00:00:00"),
        ("time", "9:05", "09:05:00"),
        ("guid", "{123E4567-E89B-12D3-A456-426614174000}", "123e4567-e89b-12d3-a456-426614174000"),
        ("object", {"a": [1]}, {"a": [1]}),
        ("json", [1], [1]),
        ("integer", None, None),
        ("string", None, None),
        ("date", "", None),
    ],
)
def test_value_is_converted_to_its_field(type_name: str, value: Value, converted: Value) -> None:
    result = convert(type_name, value)

    assert (result, type(result)) == (converted, type(converted))


@pytest.mark.parametrize(
    ("type_name", "value", "sentence"),
    [
        ("integer", "abc", 'Field of Orders expects a whole number such as 12, not "abc"'),
        ("integer", 5.5, "Field of Orders expects a whole number such as 12, not 5.5"),
        ("integer", True, "expects a whole number such as 12, not true"),
        ("number", "1,000", 'expects a number such as 12.50, not "1,000"'),
        ("number", [1], "expects a number such as 12.50, not an array"),
        ("boolean", "maybe", 'expects true or false, not "maybe"'),
        ("date", "soon", 'expects a date such as "2024-12-31", not "soon"'),
        ("date", 20241231, 'expects a date such as "2024-12-31", not 20241231'),
        ("datetime", "25:00", "expects a date and a time"),
        ("time", "25:00", 'expects a time such as "14:30", not "25:00"'),
        ("guid", "x", "expects a UUID"),
        ("string", {"a": 1}, "expects a text, not a map"),
        ("blob", 1, "Field of Orders has the unknown type blob"),
    ],
)
def test_value_of_another_type_has_an_error(type_name: str, value: Value, sentence: str) -> None:
    with pytest.raises(ScriptError) as refusal:
        convert(type_name, value)

    assert sentence in str(refusal.value)


@given(st.integers(1, 50), st.text(max_size=60))
def test_too_long_text_is_rejected(length: int, text: str) -> None:
    if len(text) <= length:
        assert convert("string", text, length) == text
    else:
        with pytest.raises(ScriptError, match=f"holds at most {length} characters, not {len(text)}"):
            convert("string", text, length)


@pytest.mark.parametrize(
    ("type_name", "length", "precision", "value", "converted"),
    [
        ("number", 10, 2, 12.345, 12.35),
        ("number", 10, 2, "-2.675", -2.68),
        ("decimal", 10, 2, 12, 12),
        ("number", 10, 2, 99_999_999.99, 99_999_999.99),
        ("number", 10, 0, 2.5, 3.0),
        ("number", 2, 2, 0.994, 0.99),
        ("number", 10, None, 12.345, 12.345),
        ("integer", 3, None, -999, -999),
        ("number", 400, 300, 0.125, 0.125),
        ("number", None, None, 1e300, 1e300),
    ],
)
def test_number_is_rounded_to_its_field(
    type_name: str, length: int | None, precision: int | None, value: Value, converted: Value
) -> None:
    result = convert(type_name, value, length, precision)

    assert (result, type(result)) == (converted, type(converted))


@pytest.mark.parametrize(
    ("type_name", "length", "precision", "value", "sentence"),
    [
        ("number", 10, 2, 123_456_789, "Field of Orders holds at most 8 digits before the point, not 9"),
        ("number", 10, 2, 99_999_999.995, "holds at most 8 digits before the point, not 9"),
        ("number", 2, 2, 1, "holds at most 0 digits before the point, not 1"),
        ("number", 5, None, -1e300, "holds at most 5 digits before the point, not 301"),
        ("integer", 3, None, 1_000, "holds at most 3 digits before the point, not 4"),
        ("string", 3, None, 12.25, "holds at most 3 characters, not 5"),
    ],
)
def test_too_large_number_is_rejected(
    type_name: str, length: int, precision: int | None, value: Value, sentence: str
) -> None:
    with pytest.raises(ScriptError) as refusal:
        convert(type_name, value, length, precision)

    assert sentence in str(refusal.value)


@given(st.integers(1, 18), st.integers(0, 6), st.floats(-1e20, 1e20) | st.integers(-(10**19), 10**19))
def test_number_is_rounded_or_rejected(length: int, precision: int, value: float) -> None:
    try:
        converted = convert("number", value, length, precision)
    except ScriptError:
        assert abs(value) >= 10 ** (length - precision) - 1
    else:
        assert isinstance(converted, int | float)
        assert abs(converted) < 10 ** max(length - precision, 0) or abs(converted) < 1
        assert abs(converted - value) <= 0.5 * 10**-precision + abs(value) * 1e-15
        assert convert("number", converted, length, precision) == converted


PEOPLE = TableDefinition(
    "People", "", (Column("Id", "number", key=True), Column("Name", "string", 150), Column("Born", "date"))
)


def test_field_names_of_rows_ignore_case() -> None:
    assert convert_row(PEOPLE, {"NAME": "Ana", "born": "31/12/1999"}) == {"Name": "Ana", "Born": "1999-12-31"}


def test_unknown_field_has_an_error_with_a_similar_name() -> None:
    with pytest.raises(ScriptError, match=r"the table People has no field Nmae; did you mean Name\?$"):
        convert_row(PEOPLE, {"Nmae": "Ana"})
    with pytest.raises(ScriptError, match=r"the table People has no field xyz$"):
        convert_row(PEOPLE, {"xyz": "Ana"})


@given(st.dates(date(1000, 1, 1)))
def test_conversion_is_idempotent(day: date) -> None:
    once = convert_row(PEOPLE, {"Born": day.strftime("%d/%m/%Y"), "Id": "7"})

    assert convert_row(PEOPLE, once) == once == {"Born": day.isoformat(), "Id": 7}


def test_every_type_accepts_a_value() -> None:
    values: list[Value] = ["x", 5, True, "2024-12-31", "14:30", "123e4567-e89b-12d3-a456-426614174000"]
    for type_name in FIELD_TYPES:
        accepted_count = 0
        for value in values:
            try:
                convert(type_name, value)
            except ScriptError:
                continue
            accepted_count += 1
        assert accepted_count, type_name
