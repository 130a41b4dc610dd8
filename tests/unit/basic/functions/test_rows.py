"""Functions of rows: FILTER, MAP, FILL, AGGREGATE, GROUP_BY, PIVOT and JOIN."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import BudgetError, ScriptError
from basic.values import Value
from tests.cpu_time import takes_at_most
from tests.unit.basic.functions.evaluation import call

SALES: list[Value] = [
    {"region": "North", "product": "Widget", "amount": 100},
    {"region": "South", "product": "Widget", "amount": "50"},
    {"region": "North", "product": "Gadget", "amount": 25.5},
]


def test_filter_returns_matching_rows_in_order() -> None:
    assert call("FILTER", SALES, "region = North") == [SALES[0], SALES[2]]
    assert call("FILTER", SALES, "item.amount >= 50") == [SALES[0], SALES[1]]
    assert call("FILTER", SALES, "product like wid AND region <> 'South'") == [SALES[0]]
    assert call("FILTER", [85, 92, 67], "item >= 70") == [85, 92]
    assert call("FILTER", None, "a = 1") == []


def test_map_renames_only_the_listed_fields() -> None:
    assert call("MAP", SALES[:1], "region->area, AMOUNT -> total") == [
        {"area": "North", "product": "Widget", "total": 100}
    ]


def test_map_with_one_name_returns_that_field() -> None:
    assert call("MAP", SALES, "product") == ["Widget", "Widget", "Gadget"]
    assert call("MAP", [{"a": 1}, {}, 5], "a") == [1, None, None]


@pytest.mark.parametrize("mapping", ["a->", "->b", "a->b, c"])
def test_invalid_mapping_is_rejected(mapping: str) -> None:
    with pytest.raises(ScriptError, match='MAP expects "old->new, old->new"'):
        call("MAP", SALES, mapping)


def test_fill_replaces_placeholders() -> None:
    ana: Value = {"name": "Ana", "n": 2, "vip": True, "none": None}

    assert (
        call("FILL", ana, "Dear {{name}}, {{ N }} of {{missing}}: {{vip}}{{none}}")
        == "Dear Ana, 2 of {{missing}}: true"
    )
    assert call("FILL", "Dear {{name}}", ana) == "Dear Ana"
    assert call("FILL", [ana, {"name": "Bia"}], {"to": "{{name}}", "list": ["{{name}}", 1]}) == [
        {"to": "Ana", "list": ["Ana", 1]},
        {"to": "Bia", "list": ["Bia", 1]},
    ]


def test_placeholders_in_values_are_not_replaced() -> None:
    assert call("FILL", {"a": "{{b}}", "b": "x"}, "{{a}}") == "{{b}}"


@pytest.mark.parametrize("piece", ["{{", "{{ ", "{{a", " ", "}}", "{"])
def test_no_template_takes_long_to_fill(piece: str) -> None:
    assert takes_at_most(0.5, lambda: call("FILL", {"a": 1}, "{{" + piece * 50_000 + "x"))


def test_fill_stops_when_the_value_is_too_large() -> None:
    with pytest.raises(BudgetError):
        call("FILL", [{"a": "x" * 100_000}] * 10, "{{a}}")
    with pytest.raises(ScriptError, match="FILL expects a map or an array of maps, not 5"):
        call("FILL", 5, {"a": "{{a}}"})


@pytest.mark.parametrize(
    ("operation", "result"),
    [("SUM", 175.5), ("avg", 58.5), ("AVERAGE", 58.5), ("COUNT", 3), ("MIN", 25.5), ("MAX", 100)],
)
def test_aggregate_sums_up_a_field(operation: str, result: float) -> None:
    assert call("AGGREGATE", operation, SALES, "amount") == result


def test_aggregate_needs_no_field_for_an_array() -> None:
    assert call("AGGREGATE", "SUM", [1, 2, 3]) == 6


def test_another_operation_is_an_error() -> None:
    with pytest.raises(ScriptError, match='AGGREGATE expects SUM, AVG, COUNT, MIN or MAX, not "MEDIAN"'):
        call("AGGREGATE", "MEDIAN", SALES, "amount")


@pytest.mark.parametrize(
    ("name", "arguments", "messages"),
    [
        ("FILTER", ["text", "a = 1"], 'FILTER expects an array, not "text"'),
        ("FILTER", [{"a": 1}, "a = 1"], "FILTER expects an array, not a map"),
        ("FILTER", [[], "a"], 'needs a comparison (= != <> > < >= <= like) after "a"'),
        ("MAP", [7, "a->b"], "MAP expects an array, not 7"),
        ("FILL", [[5], "{{a}}"], "FILL expects a map or an array of maps, not 5"),
        *(
            ("AGGREGATE", [operation, "text", "n"], 'AGGREGATE expects an array, not "text"')
            for operation in ("SUM", "AVG", "COUNT", "MIN", "MAX")
        ),
        ("AGGREGATE", ["SUM", [{"n": "many"}], "n"], 'SUM expects numbers, and item 1 is "many"'),
        ("AGGREGATE", ["AVG", [{"n": [1]}], "n"], "AVG expects numbers, and item 1 is an array"),
        ("GROUP_BY", [{"a": 1}, "a"], "GROUP_BY expects an array, not a map"),
        ("PIVOT", [True, "a", "n"], "expects an array, not true"),
        ("PIVOT", [[{"a": 1, "n": "many"}], "a", "n"], 'PIVOT expects numbers, and item 1 is "many"'),
        ("JOIN", ["left", [], "k"], 'JOIN expects an array, not "left"'),
        ("JOIN", [[], {"k": 1}, "k"], "JOIN expects an array, not a map"),
    ],
)
def test_invalid_rows_and_numbers_are_rejected(name: str, arguments: list[Value], messages: str) -> None:
    with pytest.raises(ScriptError) as refusal:
        call(name, *arguments)

    assert messages in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("FILTER", [None, "a = 1"], []),
        ("MAP", [None, "a->b"], []),
        ("AGGREGATE", ["SUM", None, "n"], 0),
        ("AGGREGATE", ["AVG", [], "n"], 0),
        ("AGGREGATE", ["COUNT", [], "n"], 0),
        ("AGGREGATE", ["MIN", None, "n"], None),
        ("AGGREGATE", ["SUM", [{"n": 1}, {}, {"n": ""}, {"N": "2"}], "n"], 3),
        ("AGGREGATE", ["COUNT", [{"n": 1}, {}, {"n": ""}], "n"], 1),
        ("GROUP_BY", [None, "a"], {}),
        ("GROUP_BY", [[{"A": 1}, {"a": "1"}, {}], "a"], {"1": [{"A": 1}, {"a": "1"}], "": [{}]}),
        ("PIVOT", [None, "a", "n"], []),
        ("PIVOT", [[{"a": "x"}, {"a": "x", "n": 2**63 - 1}, {"a": "x", "n": 1}], "a", "n"], [{"a": "x", "n": 2.0**63}]),
        ("JOIN", [None, [{"k": 1}], "k"], []),
        ("JOIN", [[{"k": 1}], [{"K": "1", "b": 2}], "k"], [{"K": "1", "b": 2, "k": 1}]),
    ],
)
def test_nothing_is_an_empty_array_and_missing_fields_are_skipped(
    name: str, arguments: list[Value], result: Value
) -> None:
    assert call(name, *arguments) == result


@pytest.mark.parametrize(
    ("condition", "stored"),
    [
        ("amount = 50", ["50"]),
        ("amount == '50'", ["50"]),
        ("amount != 50", [100, 25.5]),
        ("amount <> 50", [100, 25.5]),
        ("amount > 50", [100]),
        ("amount < 50", [25.5]),
        ("amount >= 50", [100, "50"]),
        ("amount <= 50", ["50", 25.5]),
        ("region like OU", ["50"]),
        ("region like 'n%h' AND amount > 30", [100]),
        ("amount > 60 OR region = South", [100, "50"]),
        ("NOT region = North", ["50"]),
        ("other IS NULL AND region = North", [100, 25.5]),
    ],
)
def test_filter_has_all_comparisons(condition: str, stored: list[Value]) -> None:
    assert call("MAP", call("FILTER", SALES, condition), "amount") == stored


def test_group_by_returns_the_rows_of_each_value() -> None:
    assert call("GROUP_BY", SALES, "region") == {"North": [SALES[0], SALES[2]], "South": [SALES[1]]}


def test_pivot_returns_a_sum_for_each_value() -> None:
    assert call("PIVOT", SALES, "region", "amount") == [
        {"region": "North", "amount": 125.5},
        {"region": "South", "amount": 50},
    ]


def test_join_returns_a_row_for_each_pair_with_precedence_of_left_fields() -> None:
    orders: Value = [
        {"id": 1, "customer": 7, "name": "order"},
        {"id": 2, "customer": 9},
        {"id": 3, "customer": "7"},
        {"id": 4},
    ]
    customers: Value = [{"customer": 7, "name": "Ana"}, {"customer": 8, "name": "Bia"}, {"name": "nobody"}]

    assert call("JOIN", orders, customers, "customer") == [
        {"id": 1, "customer": 7, "name": "order"},
        {"id": 3, "customer": "7", "name": "Ana"},
    ]


def test_too_large_join_is_stopped() -> None:
    rows: Value = [{"k": 1, "n": number} for number in range(1_000)]
    with pytest.raises(BudgetError):
        call("JOIN", rows, rows, "k")


ROWS = st.lists(st.fixed_dictionaries({"k": st.sampled_from(["a", "b", "c"]), "n": st.integers(-50, 50)}), max_size=15)


@given(ROWS, ROWS)
def test_join_has_as_many_rows_as_there_are_pairs(left: list[Value], right: list[Value]) -> None:
    pairs = [(row, other) for row in left for other in right if row["k"] == other["k"]]  # type: ignore[index, call-overload]  # maps

    joined = call("JOIN", left, right, "k")

    assert joined == [other | row for row, other in pairs]  # type: ignore[operator]  # maps


@given(ROWS)
def test_groups_contain_all_rows_and_pivot_sums_them(rows: list[Value]) -> None:
    groups = call("GROUP_BY", rows, "k")
    pivot = call("PIVOT", rows, "k", "n")

    assert isinstance(groups, dict)
    assert isinstance(pivot, list)
    assert sum(call("COUNT", group) for group in groups.values()) == len(rows)  # type: ignore[misc]  # whole numbers
    assert call("SUM", pivot, "n") == call("SUM", rows, "n")
