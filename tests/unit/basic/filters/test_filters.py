"""The filter language: matching, errors, and protection from injection."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import ScriptError
from basic.filters.comparison import is_like
from basic.filters.filter import MATCH_ALL, AnyOf, FieldComparison, list_fields
from basic.filters.parser import build_filter, parse_filter, parse_with_values
from basic.host import Bound, Condition
from basic.values import Value
from tests.cpu_time import takes_at_most

ANA: Value = {
    "id": 7,
    "Name": "Ana Lima",
    "age": 30,
    "city": "São Paulo",
    "vip": True,
    "email": None,
    "since": "2024-03-15",
    "score": "85",
    "address": {"zip": "01310-100"},
    "a.b": "dotted",
}


@pytest.mark.parametrize(
    "condition",
    [
        "id=7",
        "id = '7'",
        "ID == 7",
        "name=Ana Lima",
        "Name = 'Ana Lima'",
        'Name = "Ana Lima"',
        "city = São Paulo",
        "age != 31",
        "age <> 31",
        "age > 29.5",
        "age >= 30",
        "age < 31",
        "age <= 30",
        "score > 9",
        "score >= '80'",
        "vip = true",
        "vip = TRUE",
        "email = null",
        "email = ''",
        "email IS NULL",
        "id IS NOT NULL",
        "missing IS NOTHING",
        "missing = null",
        "missing != 5",
        "since >= 2024-01-01",
        "since < '2025'",
        "name like ana",
        "Name LIKE 'ANA%'",
        "Name LIKE '%lima'",
        "Name LIKE '%a%l%m%'",
        "Name LIKE 'A_a %'",
        "Name LIKE 'ana lim_'",
        "Name NOT LIKE '%Bia%'",
        "item.age = 30",
        "address.zip = 01310-100",
        "a.b = dotted",
        "[a.b] = dotted",
        "age > 18 AND vip = true",
        "age > 40 OR city like paulo",
        "age > 40 AND vip = true OR id = 7",
        "(age > 40 OR vip = true) AND id = 7",
        "NOT age > 40",
        "NOT (age > 40 OR id = 8)",
        "age>18 and not vip=false",
        "age > 18 AND (NOT age > 40 OR id = 8)",
        "age > 40 OR NOT ( NOT (vip = true) AND not id=7)",
        "city = 'Rio' OR (city = 'São Paulo' AND (id = 7))",
    ],
)
def test_filter_matches(condition: str) -> None:
    assert parse_filter(condition).matches(ANA)


@pytest.mark.parametrize(
    "condition",
    [
        "id=8",
        "name=ana lima",
        "Name = 'Ana'",
        "age > 30",
        "age < 30",
        "score > 85",
        "vip = false",
        "email != null",
        "email > 0",
        "email < 'z'",
        "missing < 5",
        "missing = 5",
        "missing LIKE '%'",
        "age < abc",
        "address = x",
        "address > 1",
        "Name LIKE 'ana'  AND Name LIKE '%ana'",
        "Name LIKE 'Lima%'",
        "Name LIKE '_'",
        "Name LIKE '%Ana Lima%x'",
        "age > 18 AND vip = false",
        "age > 40 OR city = Rio",
        "NOT id = 7",
        "item = 7",
    ],
)
def test_filter_does_not_match(condition: str) -> None:
    assert not parse_filter(condition).matches(ANA)


@pytest.mark.parametrize(
    ("condition", "field", "value"),
    [
        ("status=in progress", "status", "in progress"),
        ("title=War and Peace", "title", "War and Peace"),
        ("name='O''Brien'", "name", "O'Brien"),
        ('name="say ""hi"""', "name", 'say "hi"'),
        ("name='a OR b=1'", "name", "a OR b=1"),
        ("code=", "code", ""),
        ("note=Fish (fresh)", "note", "Fish (fresh)"),
        ("price=12.50", "price", 12.5),
        ("url=https://example.com/?a=b", "url", "https://example.com/?a=b"),
    ],
)
def test_bare_value_follows_the_operator(condition: str, field: str, value: Value) -> None:
    assert parse_filter(condition) == FieldComparison(field, "=", value)


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ("status", 'needs a comparison (= != <> > < >= <= like) after "status" at its end'),
        ("= 5", 'needs a field name at "= 5"'),
        ("a = 1 AND", None),
        ("(a = 1", 'needs ")" at its end'),
        ("a = 'x' b", 'needs AND, OR or the end at "b"'),
        ("a = 'x')", 'needs AND, OR or the end at ")"'),
        ("5 = x", "needs a field name"),
        ("a ~ 5", "needs a comparison"),
        ("", "needs a field name at its end"),
        ("((((((((((((((((((((((a=1))))))))))))))))))))))", "nested at most 20 deep"),
        ("a=" + "x" * 5_000, "at most 4000 characters"),
        ("a=\U000f0000", "private-use character"),
    ],
)
def test_invalid_filter_has_an_error(condition: str, fault: str | None) -> None:
    if fault is None:  # a bare value may end in a word
        assert parse_filter(condition) == FieldComparison("a", "=", "1 AND")
        return
    with pytest.raises(ScriptError) as refusal:
        parse_filter(condition)

    assert fault in str(refusal.value)


@pytest.mark.parametrize(
    "condition",
    [
        "a=x" + " " * 3_800 + "y",
        "(a=x" + " \t" * 1_900 + "y",
        "a=x" + " AND" * 900,
        "a=x" + " OR b IS" * 400,
        "a=x" + " AND b NOT" * 330,
        "a=x AND " + "(" * 3_800,
        "a=x AND item." + "a" * 3_800,
        "NOT " * 900,
        "a=x AND" + " " * 3_800,
        "a" + " " * 3_800 + "NOT" + " " * 100,
    ],
)
def test_no_filter_takes_long_to_parse(condition: str) -> None:
    def parse() -> None:
        with contextlib.suppress(ScriptError):
            parse_filter(condition)

    assert takes_at_most(0.5, parse)


def test_where_matches_if_all_conditions_match() -> None:
    where = (Condition("age", ">=", 18), Condition("Name", "LIKE", "ana%"), Condition("city", "<>", "Rio"))

    assert build_filter(where).matches(ANA)
    assert not build_filter((*where, Condition("id", "==", 8))).matches(ANA)
    assert build_filter(()).matches(ANA)
    assert build_filter("  ").matches(ANA)
    with pytest.raises(ScriptError, match='"~" is not a comparison'):
        build_filter((Condition("age", "~", 1),))


ANSWERS = st.text(max_size=30) | st.sampled_from(
    [
        "x' OR 'a'='a",
        "' OR id > 0 OR name='",
        "1 OR id > 0",
        "true AND id > 0",
        "x) OR (id > 0",
        "\U000f0000",
        "'; --",
        '"',
    ]
)


@given(ANSWERS)
def test_bound_value_cannot_inject_syntax(answer: str) -> None:
    for before, after in (("name = '", "'"), ("name=", ""), ('name = "', '" AND id > 0')):
        result = parse_with_values([before, Bound(answer), after])

        assert result.matches({"id": 1, "name": answer})
        assert not result.matches({"id": 1, "name": f"not {answer}"})


@given(st.integers() | st.booleans() | st.none() | st.text())
def test_bound_value_has_its_type(value: Value) -> None:
    assert parse_with_values(["id = ", Bound(value)]) == FieldComparison("id", "=", value)


def test_bound_value_may_be_part_of_a_value() -> None:
    result = parse_with_values(["name LIKE '%", Bound("Lima"), "%' OR city = Sa", Bound("ntos")])

    assert result == AnyOf((FieldComparison("name", "like", "%Lima%"), FieldComparison("city", "=", "Santos")))


def test_bound_value_is_not_a_field() -> None:
    with pytest.raises(ScriptError, match="needs a field name"):
        parse_with_values([Bound("name"), " = 5"])


WORDS = st.text(alphabet="abcABC ß%_İ", max_size=8)


def slowly_like(text: str, pattern: str) -> bool:
    """LIKE by its definition, with backtracking."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(slowly_like(text[start:], pattern[1:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in {"_", text[0]} and slowly_like(text[1:], pattern[1:])


@given(WORDS, WORDS)
def test_like_equals_its_definition(text: str, pattern: str) -> None:
    if "%" not in pattern and "_" not in pattern:
        assert is_like(text, pattern) is (pattern.casefold() in text.casefold())
    else:
        assert is_like(text, pattern) is slowly_like(text.casefold(), pattern.casefold())


def test_pattern_with_many_wildcards_is_fast() -> None:
    assert not is_like("a" * 50_000, "%a" * 200 + "b")


@given(st.text(alphabet="ab=<>!'\"() ANDORnotlikeISNULL.%_1", max_size=60))
def test_every_text_is_a_filter_or_a_script_error(text: str) -> None:
    try:
        result = parse_filter(text)
    except ScriptError:
        return
    assert result.matches({"a": 1}) in {True, False}


@pytest.mark.parametrize(
    "condition", ["a = 1 ORDER BY b", "a=1 AND b=2 ORDER  BY c DESC LIMIT 5", "a=x LIMIT 5", "(a=x LIMIT 5 ) OR b=1"]
)
def test_order_by_and_limit_are_rejected(condition: str) -> None:
    with pytest.raises(ScriptError, match=r'ORDER BY, LIMIT or OFFSET|needs "\)"'):
        parse_filter(condition)


@pytest.mark.parametrize("value", ["speed limit 50", "in order by name", "LIMIT 5", "ORDER BY", "no LIMIT 5 here"])
def test_value_may_contain_the_words_limit_and_order(value: str) -> None:
    assert parse_filter(f"note={value}").matches({"note": value})
    assert parse_filter(f"note='a {value}'").matches({"note": f"a {value}"})
    assert parse_with_values(["note=", Bound(f"a {value}")]).matches({"note": f"a {value}"})


def test_list_fields_returns_the_fields_of_a_filter() -> None:
    condition = parse_filter("a = 1 AND (NOT b.c > 2 OR [d e] IS NOT NULL) AND item.f like x")

    assert list_fields(condition) == {"a", "b.c", "d e", "f"}
    assert list_fields(MATCH_ALL) == frozenset()


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ("DATE(made) = DATE('2026-11-30 23:59:59')", True),
        ("date( made ) = '2026-11-30'", True),
        ("DATE(made) = 2026-11-30 AND id = 7", True),
        ("DATE(made) < DATE(2026-12-01)", True),
        ("DATE(made) <> DATE('2026-11-30T01:00:00Z')", False),
        ("DATE(made) >= DATE('2026-12-01')", False),
        ("NOT (DATE(made) = DATE('2026-11-30') OR id = 8)", False),
        ("DATE(none) = DATE('2026-11-30')", False),
        ("DATE(id) = DATE('2026-11-30')", False),
        ("DATE(made) = DATE('soon')", False),
        ("DATE(none) = DATE('')", False),
    ],
)
def test_days_of_dates_are_compared(condition: str, matches: bool) -> None:
    assert parse_filter(condition).matches({"id": 7, "made": "2026-11-30 09:30:00"}) is matches


def test_day_of_a_bound_value_is_compared() -> None:
    parsed = parse_with_values(["DATE(made) = DATE('", Bound("2026-11-30 10:00:00"), "')"])

    assert parsed.matches({"made": "2026-11-30"})
    assert list_fields(parsed) == {"made"}


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ("DATE(made) LIKE '2026'", "needs a comparison (= != <> > < >= <=) after DATE()"),
        ("DATE(made) = DATE('2026-11-30'", 'needs ")" at its end'),
        ("DATE(made + 1) = 5", "DATE() in a condition is not supported yet"),
        ("DATE() = 5", "DATE() in a condition is not supported yet"),
    ],
)
def test_invalid_comparison_of_days(condition: str, fault: str) -> None:
    with pytest.raises(ScriptError) as refusal:
        parse_filter(condition)

    assert fault in str(refusal.value)
