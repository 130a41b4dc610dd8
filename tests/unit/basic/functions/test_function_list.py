"""The list of functions, which the reference is generated from."""

from basic.functions import ALIASES, FUNCTIONS
from basic.values import is_equal
from tests.unit.basic.functions.evaluation import sides

BY_NAME = {function.name: function for function in FUNCTIONS.values()}


def test_examples_are_true() -> None:
    wrong = [function.example for function in BY_NAME.values() if not is_equal(*sides(function.example))]

    assert wrong == []


def test_examples_call_their_function() -> None:
    assert [name for name, function in BY_NAME.items() if f"{name}(" not in function.example] == []


def test_summaries_are_one_line_without_a_full_stop() -> None:
    wrong = [
        summary
        for summary in (function.summary for function in BY_NAME.values())
        if not 10 < len(summary) < 110 or not summary[0].isupper() or summary.endswith(".")
    ]

    assert wrong == []


def test_min_args_are_not_more_than_max_args() -> None:
    wrong = [
        name
        for name, function in BY_NAME.items()
        if function.min_args < 0 or (function.max_args is not None and function.min_args > function.max_args)
    ]

    assert wrong == []


def test_names_are_upper_case_with_words_joined() -> None:
    assert all(name == name.upper() and name.replace("_", "").isalnum() for name in FUNCTIONS)
    assert all(FUNCTIONS[function.name] is function for function in FUNCTIONS.values())


def test_aliases_are_the_same_function() -> None:
    assert all(FUNCTIONS[alias] is FUNCTIONS[name] for alias, name in ALIASES.items())
    assert not ALIASES.keys() & BY_NAME.keys()


DOCUMENTED = """
INSTR IS_NUMERIC LEN LEFT RIGHT MID UCASE UPPER LCASE LOWER TRIM LTRIM RTRIM REPLACE SPLIT JOIN CONTAINS ISEMPTY ISNULL
VAL STR ROUND INT ABS MIN MAX SUM COUNT AVG RANDOM RND UBOUND FIRST LAST FORMAT NOW TODAY DATEADD DATEDIFF YEAR MONTH
DAY HOUR MINUTE SECOND WEEKDAY TOJSON TOYAML APPEND PUSH FILTER MAP FILL AGGREGATE GROUP_BY PIVOT
"""


def test_documented_functions_exist() -> None:
    assert set(DOCUMENTED.split()) - FUNCTIONS.keys() == set()
