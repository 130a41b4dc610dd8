"""Functions of rows: FILTER, MAP, FILL, AGGREGATE, GROUP_BY, PIVOT and JOIN."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import BudgetError, ScriptError
from basic.values import Value
from tests.unit.basic.functions.calling import call

SALES: list[Value] = [
    {"region": "North", "product": "Widget", "amount": 100},
    {"region": "South", "product": "Widget", "amount": "50"},
    {"region": "North", "product": "Gadget", "amount": 25.5},
]


def test_filter_keeps_the_rows_that_fulfil_the_condition_in_their_order() -> None:
    assert call("FILTER", SALES, "region = North") == [SALES[0], SALES[2]]
    assert call("FILTER", SALES, "item.amount >= 50") == [SALES[0], SALES[1]]
    assert call("FILTER", SALES, "product like wid AND region <> 'South'") == [SALES[0]]
    assert call("FILTER", [85, 92, 67], "item >= 70") == [85, 92]
    assert call("FILTER", None, "a = 1") == []


def test_map_renames_fields_and_keeps_the_others() -> None:
    assert call("MAP", SALES[:1], "region->area, AMOUNT -> total") == [
        {"area": "North", "product": "Widget", "total": 100}
    ]


def test_map_with_one_name_takes_that_field() -> None:
    assert call("MAP", SALES, "product") == ["Widget", "Widget", "Gadget"]
    assert call("MAP", [{"a": 1}, {}, 5], "a") == [1, None, None]


@pytest.mark.parametrize("mapping", ["a->", "->b", "a->b, c"])
def test_a_mapping_that_says_nothing_is_refused(mapping: str) -> None:
    with pytest.raises(ScriptError, match='MAP expects "old->new, old->new"'):
        call("MAP", SALES, mapping)


def test_fill_puts_values_into_places() -> None:
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


def test_a_value_with_places_is_not_filled_again() -> None:
    assert call("FILL", {"a": "{{b}}", "b": "x"}, "{{a}}") == "{{b}}"


@pytest.mark.parametrize("piece", ["{{", "{{ ", "{{a", " ", "}}", "{"])
def test_no_template_takes_long_to_fill(piece: str) -> None:
    started = time.process_time()
    call("FILL", {"a": 1}, "{{" + piece * 50_000 + "x")

    assert time.process_time() - started < 0.5


def test_fill_stops_where_a_value_would_be_too_large() -> None:
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
    with pytest.raises(ScriptError, match='AGGREGATE knows SUM, AVG, COUNT, MIN and MAX, not "MEDIAN"'):
        call("AGGREGATE", "MEDIAN", SALES, "amount")


def test_group_by_gives_the_rows_of_each_value() -> None:
    assert call("GROUP_BY", SALES, "region") == {"North": [SALES[0], SALES[2]], "South": [SALES[1]]}


def test_pivot_gives_a_row_with_the_sum_of_each_value() -> None:
    assert call("PIVOT", SALES, "region", "amount") == [
        {"region": "North", "amount": 125.5},
        {"region": "South", "amount": 50},
    ]


def test_join_gives_a_row_for_each_pair_and_the_left_fields_win() -> None:
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


def test_a_join_that_grows_out_of_hand_is_stopped() -> None:
    rows: Value = [{"k": 1, "n": number} for number in range(1_000)]
    with pytest.raises(BudgetError):
        call("JOIN", rows, rows, "k")


ROWS = st.lists(st.fixed_dictionaries({"k": st.sampled_from(["a", "b", "c"]), "n": st.integers(-50, 50)}), max_size=15)


@given(ROWS, ROWS)
def test_a_join_has_as_many_rows_as_there_are_pairs(left: list[Value], right: list[Value]) -> None:
    pairs = [(row, other) for row in left for other in right if row["k"] == other["k"]]  # type: ignore[index, call-overload]  # maps

    joined = call("JOIN", left, right, "k")

    assert joined == [other | row for row, other in pairs]  # type: ignore[operator]  # maps


@given(ROWS)
def test_groups_are_the_rows_again_and_a_pivot_their_sum(rows: list[Value]) -> None:
    groups = call("GROUP_BY", rows, "k")
    pivot = call("PIVOT", rows, "k", "n")

    assert isinstance(groups, dict)
    assert isinstance(pivot, list)
    assert sum(call("COUNT", group) for group in groups.values()) == len(rows)  # type: ignore[misc]  # whole numbers
    assert call("SUM", pivot, "n") == call("SUM", rows, "n")
