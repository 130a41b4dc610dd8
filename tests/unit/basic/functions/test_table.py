"""The table of functions: what the reference is made of."""

import pytest

from basic.functions import ALIASES, FUNCTIONS, Function
from basic.values import is_equal
from tests.unit.basic.functions.calling import sides

BY_NAME = {function.name: function for function in FUNCTIONS.values()}

each = pytest.mark.parametrize("function", BY_NAME.values(), ids=list(BY_NAME))


@each
def test_an_example_holds(function: Function) -> None:
    left, right = sides(function.example)

    assert is_equal(left, right), f"{function.example}: {left!r} is not {right!r}"


@each
def test_an_example_shows_its_function(function: Function) -> None:
    assert f"{function.name}(" in function.example


@each
def test_a_function_says_what_it_does_in_one_line(function: Function) -> None:
    assert 10 < len(function.says) < 110
    assert function.says[0].isupper()
    assert not function.says.endswith(".")


@each
def test_a_function_takes_at_least_as_many_arguments_as_at_most(function: Function) -> None:
    assert function.min_args >= 0
    assert function.max_args is None or function.min_args <= function.max_args


def test_names_are_in_capitals_and_their_words_joined() -> None:
    assert all(name == name.upper() and name.replace("_", "").isalnum() for name in FUNCTIONS)
    assert all(FUNCTIONS[function.name] is function for function in FUNCTIONS.values())


def test_an_alias_is_its_function() -> None:
    assert all(FUNCTIONS[alias] is FUNCTIONS[name] for alias, name in ALIASES.items())
    assert not ALIASES.keys() & {function.name for function in FUNCTIONS.values()}


DOCUMENTED = """
INSTR IS_NUMERIC LEN LEFT RIGHT MID UCASE UPPER LCASE LOWER TRIM LTRIM RTRIM REPLACE SPLIT JOIN CONTAINS ISEMPTY ISNULL
VAL STR ROUND INT ABS MIN MAX SUM COUNT AVG RANDOM RND UBOUND FIRST LAST FORMAT NOW TODAY DATEADD DATEDIFF YEAR MONTH
DAY HOUR MINUTE SECOND WEEKDAY TOJSON TOYAML APPEND PUSH FILTER MAP FILL AGGREGATE GROUP_BY PIVOT
"""


@pytest.mark.parametrize("name", DOCUMENTED.split())
def test_a_documented_function_is_there(name: str) -> None:
    assert name in FUNCTIONS
