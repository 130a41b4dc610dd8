"""The arguments of tools: their JSON Schema, and values of models and users that are checked against it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from basic.program import Script
from basic.tool_arguments import Arguments, build_schema, check_arguments, list_problems, parse_arguments
from basic.values import Value
from tests.fakes.scripts import a_bundle
from tests.unit.basic.functions.evaluation import a_turn

BOOKING = """
PARAM day AS DATE LIKE "2026-12-24" DESCRIPTION "The day"
PARAM guests AS INTEGER
PARAM deposit AS MONEY OPTIONAL
PARAM rate AS FLOAT DEFAULT 0.5
PARAM window AS BOOLEAN OPTIONAL
PARAM room AS STRING ENUM ["Red", "Blue"] OPTIONAL
PARAM extras AS ARRAY OPTIONAL
PARAM options AS OBJECT OPTIONAL
DESCRIPTION "Books a table."
"""


def a_script(text: str = BOOKING) -> Script:
    return a_bundle({"tool": text}).program.scripts["tool"]


def parse(**written: Value) -> Arguments:
    valid: dict[str, Value] = {"day": "2026-12-24", "guests": 2}
    return check_arguments(a_script(), valid | written, a_turn())


def test_schema_has_types_descriptions_and_what_is_required() -> None:
    assert build_schema(a_script()) == {
        "type": "object",
        "properties": {
            "day": {"type": "string", "format": "date", "description": "The day; for example 2026-12-24"},
            "guests": {"type": "integer"},
            "deposit": {"type": "string"},
            "rate": {"type": "number"},
            "window": {"type": "boolean"},
            "room": {"type": "string", "enum": ["Red", "Blue"]},
            "extras": {"type": "array", "items": {"type": "string"}},
            "options": {"type": "object"},
        },
        "required": ["day", "guests"],
        "additionalProperties": False,
    }
    Draft202012Validator.check_schema(build_schema(a_script()))


def test_script_without_parameters_has_a_schema() -> None:
    schema = build_schema(a_script("TALK 1"))

    assert (schema["properties"], schema["required"]) == ({}, [])


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("day", "24/12/2026", "2026-12-24"),
        ("day", "tomorrow", "2024-03-16"),
        ("day", "2026-12-24T10:30:00Z", "2026-12-24 10:30:00"),
        ("guests", 4.0, 4),
        ("guests", " 4 ", 4),
        ("guests", 10**30, 1e30),
        ("rate", "0.25", 0.25),
        ("rate", 1, 1),
        ("window", True, True),
        ("window", "yes", True),
        ("window", "false", False),
        ("room", "red", "Red"),
        ("deposit", 12.5, "12.5"),
        ("extras", ["a", 1], ["a", 1]),
        ("extras", '["a", 1]', ["a", 1]),
        ("extras", "a, b,", ["a", "b"]),
        ("options", {"a": [1]}, {"a": [1]}),
        ("options", '{"a": 1}', {"a": 1}),
    ],
)
def test_value_is_converted_to_the_type(name: str, written: Value, value: Value) -> None:
    arguments = parse(**{name: written})

    assert (arguments.faults, arguments.missing) == ((), ())
    assert arguments.values[name] == value
    assert type(arguments.values[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "written", "fault"),
    [
        ("day", "soon", "day: must be a date as yyyy-mm-dd"),
        ("day", 20261224, "day: must be a date as yyyy-mm-dd"),
        ("guests", "two", "guests: must be a whole number"),
        ("guests", 2.5, "guests: must be a whole number"),
        ("guests", True, "guests: must be a whole number"),
        ("guests", [2], "guests: must be a whole number"),
        ("rate", "half", "rate: must be a number"),
        ("rate", float("inf"), "rate: the number is too large"),
        ("window", 1, "window: must be true or false"),
        ("window", "perhaps", "window: must be true or false"),
        ("room", "Green", "room: must be one of Red, Blue"),
        ("deposit", {"amount": 1}, "deposit: must be a text"),
        ("extras", 5, "extras: must be an array"),
        ("options", "[1]", "options: must be an object"),
        ("options", "{", "options: must be an object"),
    ],
)
def test_value_of_another_type_is_reported(name: str, written: Value, fault: str) -> None:
    arguments = parse(**{name: written})

    assert arguments.faults == (fault,)
    assert name not in arguments.values


@pytest.mark.parametrize("absent", [None, "", "  "])
def test_absent_required_argument_is_missing(absent: Value) -> None:
    arguments = parse(day=absent, guests=absent)

    assert list(list_problems(arguments)) == ["missing: day, guests"]


def test_absent_optional_argument_has_its_default() -> None:
    arguments = parse(rate=None)

    assert (arguments.values["rate"], arguments.values["deposit"]) == (0.5, None)
    assert list(list_problems(arguments)) == []


def test_argument_without_a_parameter_does_not_become_a_variable() -> None:
    assert "admin" not in parse(admin=True).values


def test_names_of_arguments_ignore_case() -> None:
    assert check_arguments(a_script(), {"DAY": "2026-12-24", "Guests": 2}, a_turn()).missing == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "missing: day, guests"),
        ("{}", "missing: day, guests"),
        ('{"day": ', "the arguments are not a JSON object"),
        ("[1]", "the arguments are not a JSON object"),
        ("null", "the arguments are not a JSON object"),
        ('{"day": Infinity}', "the arguments are not a JSON object"),
        ("[" * 10_000, "the arguments are not a JSON object"),
        ('{"a": ' * 300 + "1" + "}" * 300, "the arguments are not a JSON object"),
        ('{"day": "' + "x" * 64_000 + '"}', "the arguments are longer than 64,000 characters"),
    ],
)
def test_text_that_is_no_json_object_is_reported(text: str, fault: str) -> None:
    assert list(list_problems(parse_arguments(a_script(), text, a_turn()))) == [fault]


def test_lone_surrogates_of_a_model_are_replaced() -> None:
    arguments = parse_arguments(a_script("PARAM name AS STRING"), '{"name": "a\\ud800"}', a_turn())

    assert arguments.values == {"name": "a?"}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2", "yes", "[]"]),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part, max_size=3),
    max_leaves=8,
)
NAMES = ("day", "guests", "deposit", "rate", "window", "room", "extras", "options")
TYPES: Mapping[str, tuple[type, ...]] = {
    "day": (str,),
    "guests": (int, float),
    "deposit": (str,),
    "rate": (int, float),
    "window": (bool,),
    "room": (str,),
    "extras": (list,),
    "options": (dict,),
}


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), JSON, max_size=8))
@example({"guests": -(2**70), "day": "9999-99-99", "rate": 1e308})
def test_script_gets_values_of_its_types_and_nothing_else(written: dict[str, Any]) -> None:
    script = a_script()

    arguments = parse_arguments(script, json.dumps(written), a_turn())

    assert arguments.values.keys() <= set(NAMES)
    for name, value in arguments.values.items():
        argument = next(argument for argument in script.arguments if argument.name == name)
        assert value == argument.default or type(value) in TYPES[name], (name, value)
    if not list(list_problems(arguments)):
        assert all(arguments.values[argument.name] is not None for argument in script.arguments if argument.required)
    json.dumps(arguments.values, allow_nan=False).encode()
