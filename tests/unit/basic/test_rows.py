"""Rows that FIND has found where a script means one row, and where it means an array."""

import json

import pytest

from basic.machine.outcome import Status
from basic.values import Value
from tests.unit.basic.fake_host import Dialog, FakeHost, play_script

ROWS: list[Value] = [{"id": 1, "Name": "Ana", "address": {"city": "Rio"}}, {"id": 2, "Name": "Bia"}]


def play(script: str, rows: list[Value]) -> list[str]:
    """Return the messages of a script whose FIND finds some rows."""
    dialog = Dialog(f'who = FIND "people"\n{script}', host=FakeHost(result=json.loads(json.dumps(rows))))
    assert dialog.outcome.fault is None, dialog.fault
    return dialog.messages


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("who.name", "Ana"),
        ('who["NAME"]', "Ana"),
        ("who.address.city", "Rio"),
        ("who.phone", ""),
        ("who[1].name", "Bia"),
        ('who["1"].name', "Bia"),
        ("UBOUND(who) & LEN(who) & who.count & who.length", "2222"),
        ("who = NULL", "false"),
        ("who <> NULL", "true"),
        ("NOT who", "false"),
        ("ISNULL(who)", "false"),
    ],
)
def test_found_rows_are_a_row_and_an_array(expression: str, value: str) -> None:
    assert play(f"TALK {expression}", ROWS) == [value]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("who.name", ""),
        ("who.count & UBOUND(who)", "00"),
        ("who = NULL", "true"),
        ("NULL = who", "true"),
        ('who = ""', "true"),
        ("who IS NOT NULL", "false"),
        ("NOT who", "true"),
        ("ISEMPTY(who)", "true"),
        ("ISNULL(who)", "false"),
        ("who = 0", "false"),
        ("who = [1]", "false"),
        ("who = []", "true"),
    ],
)
def test_no_rows_are_nothing_and_an_empty_array(expression: str, value: str) -> None:
    assert play(f"TALK {expression}", []) == [value]


def test_loop_visits_all_rows() -> None:
    script = "FOR EACH row IN who\nTALK row.name\nNEXT"

    assert play(script, ROWS) == ["Ana", "Bia"]
    assert play(script, []) == []


def test_field_that_is_called_count_is_the_field_of_the_row() -> None:
    assert play("TALK who.count & who.length", [{"count": 7}]) == ["71"]


def test_count_of_other_arrays() -> None:
    assert play_script('list = ["a", "b"]\nTALK list.count') == ["2"]


def test_set_field_of_the_first_row() -> None:
    script = 'old = who\nwho.name = "Eva"\nwho["age"] = 5\nwho.address.street = "A"\nTALK who\nTALK old.name'
    row = {"id": 1, "Name": "Eva", "address": {"city": "Rio", "street": "A"}, "age": 5}

    shown, old_name = play(script, ROWS)

    assert json.loads(shown) == [row, ROWS[1]]
    assert old_name == "Ana"


def test_set_field_of_no_row_makes_one() -> None:
    assert play('who.name = "Eva"\nTALK who', []) == ['[{"name": "Eva"}]']


def test_single_row_is_accepted_where_a_map_is_expected() -> None:
    host = FakeHost(result=[{"id": 1, "n": 2}])

    dialog = Dialog('row = FIND "t"\nrow.n = 3\nSAVE "t", row\nUPDATE "t", "id=1", row\nINSERT "t", row', host=host)

    assert dialog.outcome.fault is None, dialog.fault
    assert [(request.operation, dict(request.row)) for _, request in host.tables[1:]] == [
        ("save", {"id": 1, "n": 3}),
        ("update", {"id": 1, "n": 3}),
        ("insert", {"id": 1, "n": 3}),
    ]


def test_several_rows_are_not_one_map() -> None:
    fault = Dialog('UPDATE "t", "id=1", FIND("t")', host=FakeHost(result=[{"n": 1}, {"n": 2}])).fault

    assert fault == "start.bas:1:1: the row must be a map, not an array"


def test_row_is_kept_over_a_hear() -> None:
    dialog = Dialog(
        'who = FIND "people"\nHEAR x\nTALK who.name\nIF who = NULL THEN TALK "?"', host=FakeHost(result=ROWS[:1])
    )

    assert dialog.hear("hi") == ["Ana"]
    assert dialog.status is Status.ENDED
