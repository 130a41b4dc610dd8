"""Functions of arrays and maps, which never change their arguments."""

import contextlib
import copy
import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from basic.errors import BudgetError, ScriptError
from basic.functions import FUNCTIONS, BuiltinFunction
from basic.values import Value
from tests.unit.basic.fake_host import play_script
from tests.unit.basic.functions.evaluation import a_turn, call

SCALARS = st.none() | st.booleans() | st.integers(-1000, 1000) | st.floats(-1e6, 1e6) | st.text(max_size=10)
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
NUMBERS = st.lists(st.integers(-1000, 1000), max_size=20)

ROWS: list[Value] = [
    {"Name": "Ana", "age": 30},
    {"Name": "Bia", "age": "25"},
    {"Name": "Caio", "age": None},
    {"Name": "Davi", "age": ""},
]


@given(NUMBERS)
def test_array_is_counted_added_and_averaged(numbers: list[Value]) -> None:
    whole = [number for number in numbers if isinstance(number, int)]

    assert call("UBOUND", numbers) == call("COUNT", numbers) == call("LEN", numbers) == len(numbers)
    assert call("SUM", numbers) == sum(whole)
    assert call("AVG", numbers) == (sum(whole) / len(whole) if whole else 0)
    assert call("MIN", numbers) == min(whole, default=None)
    assert call("MAX", numbers) == max(whole, default=None)
    assert call("SORT", numbers) == sorted(whole)


def test_aggregates_of_a_field_skip_empty_values() -> None:
    assert call("COUNT", ROWS, "AGE") == 2
    assert call("SUM", ROWS, "age") == 55
    assert call("AVG", ROWS, "age") == 27.5
    assert call("MIN", ROWS, "age") == "25"
    assert call("MAX", ROWS, "age") == 30
    assert call("SORT", ROWS[:2], "age") == [ROWS[1], ROWS[0]]


def test_smallest_of_some_arguments_needs_no_array() -> None:
    assert call("MIN", 3, "2", 10) == "2"
    assert call("MAX", "pear", "apple") == "pear"
    assert call("MAX", None, 1, 2) == 2


@pytest.mark.parametrize("name", ["UBOUND", "COUNT", "SUM", "AVG"])
def test_nothing_is_an_empty_array(name: str) -> None:
    assert call(name, None) == 0


def test_value_that_is_not_a_number_has_an_error_with_its_position() -> None:
    with pytest.raises(ScriptError, match='SUM expects numbers, and item 2 is "many"'):
        call("SUM", [{"n": 1}, {"n": "many"}], "n")
    with pytest.raises(ScriptError, match="AVG expects numbers, and item 1 is a map"):
        call("AVG", [{"n": 1}])
    with pytest.raises(ScriptError, match='UBOUND expects an array, not "abc"'):
        call("UBOUND", "abc")
    with pytest.raises(ScriptError, match="KEYS expects a map, not an array"):
        call("KEYS", [])


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("search books about Rust", "search", "Rust"),
        ("  one\t", "one", "one"),
        ("", "", ""),
        (" \n ", "", ""),
        (None, "", ""),
        ([1, 2, 3], 1, 3),
        ([], None, None),
    ],
)
def test_first_and_last_are_of_words_or_of_items(value: Value, first: Value, last: Value) -> None:
    assert call("FIRST", value) == first
    assert call("LAST", value) == last


@given(st.lists(VALUES, max_size=5), VALUES)
def test_append_returns_a_new_array(items: list[Value], item: Value) -> None:
    before = copy.deepcopy(items)

    longer = call("APPEND", items, item)

    assert longer == [*before, item]
    assert items == before
    assert longer is not items


def test_append_to_nothing_creates_an_array() -> None:
    assert call("PUSH", None, "x") == ["x"]
    with pytest.raises(ScriptError, match='APPEND expects an array, not "list"'):
        call("APPEND", "list", "x")


@given(st.lists(st.integers(0, 5) | st.sampled_from(["a", "b"])))
def test_unique_returns_first_occurrences(items: list[int | str]) -> None:
    assert call("UNIQUE", [*items]) == list(dict.fromkeys(items))


def test_unique_treats_a_number_and_its_text_as_equal() -> None:
    assert call("UNIQUE", [1, "1", [1], "[1]", [1]]) == [1, [1], "[1]"]


@given(st.lists(VALUES, max_size=6))
def test_reverse_twice_is_the_same(items: list[Value]) -> None:
    assert call("REVERSE", call("REVERSE", items)) == items


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=5))
def test_map_equals_its_keys_and_values(entries: dict[str, Value]) -> None:
    names, values = call("KEYS", entries), call("VALUES", entries)

    assert isinstance(names, list)
    assert isinstance(values, list)
    assert dict(zip(map(str, names), values, strict=True)) == entries


@given(VALUES)
def test_json_round_trips(value: Value) -> None:
    assert json.loads(str(call("TOJSON", value))) == value


# The YAML library folds some rare Unicode white space.
LINES = st.text(alphabet=st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=10)


@given(
    st.dictionaries(LINES, LINES | st.integers() | st.booleans() | st.none() | st.lists(LINES, max_size=3), max_size=4)
)
def test_yaml_round_trips(value: dict[str, Value]) -> None:
    assert yaml.safe_load(str(call("TOYAML", value))) == value


def test_json_has_readable_characters() -> None:
    assert call("TOJSON", {"olá": ["é", None, True]}) == '{"olá": ["é", null, true]}'


def test_too_large_value_is_not_encoded() -> None:
    items: list[Value] = ["x" * 1000] * 300
    for name in ("TOJSON", "TOYAML"):
        with pytest.raises(BudgetError):
            call(name, items)


CALLS = st.sampled_from(sorted(set(FUNCTIONS.values()), key=lambda function: function.name)).flatmap(
    lambda function: st.tuples(
        st.just(function),
        st.lists(VALUES, min_size=function.min_args, max_size=3 if function.max_args is None else function.max_args),
    )
)


@settings(max_examples=1_000)
@given(CALLS)
def test_functions_raise_only_script_errors_and_never_change_arguments(
    made: tuple[BuiltinFunction, list[Value]],
) -> None:
    function, arguments = made
    before = copy.deepcopy(arguments)

    with contextlib.suppress(ScriptError):
        json.dumps(function.call(arguments, a_turn()), allow_nan=False)

    assert arguments == before


@pytest.mark.parametrize(
    ("statement", "array"),
    [
        ("a.splice(1, 1)", "[1, 3]"),
        ("SPLICE(a, 1, 1)", "[1, 3]"),
        ("a = a.splice(1, 1)", "[1, 3]"),
        ("a.splice(1)", "[1]"),
        ("a.splice(-1, 1)", "[1, 2]"),
        ("a.splice(1, 0, 7, 8)", "[1, 7, 8, 2, 3]"),
        ("a.splice(9, 1, 4)", "[1, 2, 3, 4]"),
        ("a.splice(0, -1)", "[1, 2, 3]"),
    ],
)
def test_splice_changes_its_array(statement: str, array: str) -> None:
    assert play_script(f"a = [1, 2, 3]\n{statement}\nTALK a") == [array]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('LAST(rows, "n")', "3"),
        ('FIRST(rows, "N")', "1"),
        ('FIRST(rows, "absent") IS NULL', "true"),
        ('LAST([], "n") IS NULL', "true"),
        ('LAST([1], "n") IS NULL', "true"),
        ("FIRST([1, 2, 3], 2)", "[1, 2]"),
        ("LAST([1, 2, 3], 2)", "[2, 3]"),
        ("LAST([1, 2, 3], 9)", "[1, 2, 3]"),
        ("LAST([1, 2, 3], 0)", "[]"),
        ("FIRST([1], -1)", "[]"),
        ("first", "[1, 2]"),
    ],
)
def test_first_and_last_take_a_field_or_a_number(expression: str, value: str) -> None:
    script = "rows = [#{n: 1}, #{n: 3}]\nfirst = FIRST [1, 2, 3], 2\n"
    assert play_script(f"{script}TALK {expression}") == [value]
