"""Queries of FIND: conditions that are followed by ORDER BY, LIMIT and OFFSET."""

import pytest

from basic.errors import ScriptError
from basic.filters.changes import parse_changes
from basic.filters.parser import parse_filter, parse_with_values
from basic.filters.queries import MAX_LIMIT, build_query, parse_query
from basic.filters.reader import UnsupportedConditionError
from basic.host import Bound, Condition
from basic.values import Value


@pytest.mark.parametrize(
    ("text", "order", "limit", "offset"),
    [
        ("a=1", (), None, None),
        ("", (), None, None),
        ("  ", (), None, None),
        ("a=x y ORDER BY b", (("b", False),), None, None),
        ("a='x' order by b desc, c.d asc limit 5", (("b", True), ("c.d", False)), 5, None),
        ("a=x LIMIT 5 OFFSET 10", (), 5, 10),
        ("a=x OFFSET 10 LIMIT 5", (), 5, 10),
        ("ORDER BY [first name] DESC LIMIT 1", (("first name", True),), 1, None),
        ("LIMIT 3", (), 3, None),
        ("a IS NULL LIMIT 3", (), 3, None),
    ],
)
def test_clauses(text: str, order: object, limit: Value, offset: Value) -> None:
    query = parse_query([text])

    assert (query.order, query.limit, query.offset) == (order, limit, offset)


@pytest.mark.parametrize("value", ["speed limit 50", "in order by name", "LIMIT 5", "no LIMIT 5 here", "a LIMIT x"])
def test_value_may_contain_the_words_of_clauses(value: str) -> None:
    assert parse_query([f"note={value}"]).where.matches({"note": value})
    assert parse_query([f"note='a {value}'"]).where.matches({"note": f"a {value}"})
    assert parse_query(["note=", Bound(f"a {value} ORDER BY x LIMIT 5")]).where.matches(
        {"note": f"a {value} ORDER BY x LIMIT 5"}
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a='1' ORDER BY b,", "needs the name of a field after ORDER BY at its end"),
        ("a='1' LIMIT x", 'needs AND, OR, ORDER BY, LIMIT or the end at "LIMIT x"'),
        ("a='1' LIMIT 5 x", 'needs the end at "x"'),
        ("a='1' ORDER BY b c", 'needs AND, OR, ORDER BY, LIMIT or the end at "c"'),
    ],
)
def test_invalid_query(text: str, message: str) -> None:
    with pytest.raises(ScriptError) as error:
        parse_query([text])
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("limit", "offset", "wanted"),
    [
        (None, None, slice(0, 10)),
        (3, 2, slice(2, 5)),
        ("3", None, slice(0, 3)),
        (5_000, 0, slice(0, MAX_LIMIT)),
        (0, None, slice(0, 0)),
    ],
)
def test_range(limit: Value, offset: Value, wanted: slice) -> None:
    query = parse_query(
        ["a=1 "]
        + [
            part
            for word, value in (("LIMIT ", limit), (" OFFSET ", offset))
            if value is not None
            for part in (word, Bound(value))
        ]
    )

    assert query.get_range() == wanted


@pytest.mark.parametrize("value", [-1, 1.5, "many", True, None, [1]])
def test_invalid_range(value: Value) -> None:
    query = parse_query(["a=1 LIMIT ", Bound(value)])

    if value is None:
        assert query.get_range() == slice(0, 10)
    else:
        with pytest.raises(ScriptError, match="LIMIT expects a whole number from 0"):
            query.get_range()


def test_sort_by_several_fields() -> None:
    rows: list[Value] = [
        {"a": 2, "b": "x"},
        {"a": 1, "b": "Y"},
        {"a": 2, "b": "A"},
        {"b": "z"},
        {"a": "text"},
        {"a": [1]},
    ]

    query = parse_query(["ORDER BY a DESC, b"])

    assert query.sort(rows) == [rows[5], rows[4], rows[2], rows[0], rows[1], rows[3]]
    assert query.list_fields() == {"a", "b"}


def test_conditions_of_older_programs() -> None:
    query = build_query((Condition("a", ">", 1),))

    assert query.where.matches({"a": 2})
    assert not query.where.matches({"a": 1})


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ("a IN (1, 'x', y z)", [1, "1", "x", "y z"]),
        ("a NOT IN (1, 2)", [3, "x", None]),
        ("a in (1)", [1]),
        ("a IN ()", []),
        ("a BETWEEN 2 AND 4 AND b = 1", [2, 3.5, "4"]),
        ("a NOT BETWEEN '2' AND 4 AND b = 1", [1, 5]),
        ("1=1", [None, 5]),
        ("1 = 2", []),
        ("1=1 AND a > 2", [3]),
    ],
)
def test_lists_ranges_and_constants(condition: str, matches: list[Value]) -> None:
    parsed = parse_filter(condition)

    assert all(parsed.matches({"a": value, "b": 1}) for value in matches)
    assert not all(parsed.matches({"a": value, "b": 1}) for value in (100, "other", 1, None, 3)) or condition == "1=1"


def test_bound_array_of_in() -> None:
    parsed = parse_with_values(["a IN ", Bound([1, "x) OR 1=1"])])

    assert parsed.matches({"a": "x) OR 1=1"})
    assert not parsed.matches({"a": 5})
    assert not parse_with_values(["a IN (", Bound([]), ")"]).matches({"a": 5})


@pytest.mark.parametrize(
    "condition", ["YEAR(a) = 1", "a = NOW()", "a > DATEADD(TODAY(), 1)", "a IN (SELECT b FROM c)", "a IN (1, NOW())"]
)
def test_functions_are_not_supported(condition: str) -> None:
    with pytest.raises(UnsupportedConditionError, match="in a condition is not supported yet"):
        parse_filter(condition)


def test_too_many_values_of_in() -> None:
    parse_with_values(["a IN ", Bound([0] * 200)])
    with pytest.raises(ScriptError, match="IN compares with at most 200 values, not 201"):
        parse_with_values(["a IN ", Bound([0] * 201)])


@pytest.mark.parametrize("value", ["Tea (green)", "NASA (US)", "f(x)"])
def test_brackets_in_a_value_are_no_function(value: str) -> None:
    assert parse_filter(f"a={value}").matches({"a": value})


@pytest.mark.parametrize(
    ("parts", "changes"),
    [
        (["state=sent"], {"state": "sent"}),
        (["a=1, b='x, c=2', [c d]=y, z"], {"a": 1, "b": "x, c=2", "c d": "y, z"}),
        (["a=", Bound("x, b=2"), ", c='", Bound("it's"), "'"], {"a": "x, b=2", "c": "it's"}),
        (["a="], {"a": ""}),
        (["a=null"], {"a": None}),
    ],
)
def test_changes(parts: list[str | Bound], changes: object) -> None:
    assert parse_changes(parts) == changes
