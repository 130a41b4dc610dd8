"""The data keywords in the forms of SQL: which requests they make, and that all values in them are bound."""

import pytest

from basic.data.store import Row
from basic.host import Bound, Computation, TableRequest, Where
from tests.unit.basic.fake_host import Dialog, FakeHost, diagnose

SETUP = 'who = "x\' OR 1=1"\nn = 2\nlist = [1, 2]\n'
WHO = Bound("x' OR 1=1")


COMPUTED_IN_A_TEXT = (
    "changes in a text are values; to compute with the field, write `SET n = n + 1` after UPDATE and its table"
)


def make_requests(statement: str) -> list[TableRequest]:
    host = FakeHost()
    dialog = Dialog(SETUP + statement, host=host)
    assert dialog.outcome.fault is None, dialog.fault
    return [request for _, request in host.tables]


@pytest.mark.parametrize(
    ("condition", "where"),
    [
        ("name = who", ("name = ", WHO)),
        ("name = who AND n > n + 1", ("name = ", WHO, " AND n > ", Bound(3))),
        ("name LIKE who OR n NOT LIKE n", ("name LIKE ", WHO, " OR n NOT LIKE ", Bound(2))),
        ("(a = 1 OR NOT b = 2) AND c != 3", ("(a = ", Bound(1), " OR NOT b = ", Bound(2), ") AND c != ", Bound(3))),
        ("a IN (1, who)", ("a IN (", Bound(1), ", ", WHO, ")")),
        ("a NOT IN list", ("a NOT IN ", Bound([1, 2]))),
        ("a BETWEEN 1 AND n AND b == 3", ("a BETWEEN ", Bound(1), " AND ", Bound(2), " AND b == ", Bound(3))),
        ("a IS NULL AND b IS NOT NULL", ("a = ", Bound(None), " AND b != ", Bound(None))),
        ("a CONTAINS who", ("a LIKE ", WHO)),
        ("a STARTS WITH n OR a ENDS WITH n", ("a LIKE ", Bound("2%"), " OR a LIKE ", Bound("%2"))),
        ('"first name" = 1 AND [last name] = 2', ("[first name] = ", Bound(1), " AND [last name] = ", Bound(2))),
        ("address.city = who", ("address.city = ", WHO)),
        ("1 = 1 OR a = n", ("1 = 1 OR a = ", Bound(2))),
        ('"n=" + who', ("n=", WHO)),
        ('"n=${who}"', ("n=", WHO)),
        ('"a=5"', "a=5"),
        ("who", "x' OR 1=1"),
    ],
)
def test_where(condition: str, where: Where) -> None:
    if condition != "who":
        assert make_requests(f"DELETE FROM t WHERE {condition}") == [TableRequest("delete", "t", where=where)]
        assert make_requests(f'UPDATE "t" SET a = 1 WHERE {condition}') == [
            TableRequest("update", "t", where=where, row={"a": 1})
        ]
    assert make_requests(f"rows = FIND t WHERE {condition}") == [TableRequest("find", "t", where=where)]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("t ORDER BY a", ("", " ", "ORDER BY a ")),
        (
            '"t" WHERE a = who ORDER BY a DESC, b.c ASC LIMIT 5',
            ("a = ", WHO, " ", "ORDER BY a DESC, b.c ASC LIMIT ", Bound(5), " "),
        ),
        ('"t", "a=1" LIMIT n OFFSET n + 1', ("a=1", " ", "LIMIT ", Bound(2), " OFFSET ", Bound(3), " ")),
        ('"t", "a=" + who ORDER BY a', ("a=", WHO, " ", "ORDER BY a ")),
        ('"t", "a", who', ("a = ", WHO, " ")),
        ('"t", "a", who ORDER BY b', ("a = ", WHO, " ", "ORDER BY b ")),
        ('FIRST "t" WHERE a = 1', ("a = ", Bound(1), " ", "LIMIT 1")),
        ("FIRST t ORDER BY a", ("", " ", "ORDER BY a ", "LIMIT 1")),
        ('ALL "t" WHERE a = 1', ("a = ", Bound(1))),
    ],
)
def test_clauses_of_find(query: str, where: Where) -> None:
    assert make_requests(f"rows = FIND {query}") == [TableRequest("find", "t", where=where)]


@pytest.mark.parametrize(
    ("statement", "request_made"),
    [
        ("INSERT INTO t (a, b) VALUES (1, who)", TableRequest("insert", "t", row={"a": 1, "b": "x' OR 1=1"})),
        ('INSERT INTO "t" (\n"a",\nb\n)\nVALUES (\n1,\nn\n)', TableRequest("insert", "t", row={"a": 1, "b": 2})),
        ('INSERT INTO "t" VALUES {\n"a": 1,\n"b": n\n}', TableRequest("insert", "t", row={"a": 1, "b": 2})),
        ("INSERT INTO t VALUES (n, who)", TableRequest("insert", "t", values=[2, "x' OR 1=1"], columns=["n", "who"])),
        ("INSERT INTO t, #{a: n}", TableRequest("insert", "t", row={"a": 2})),
        ('INSERT "t", n, who', TableRequest("insert", "t", values=[2, "x' OR 1=1"], columns=["n", "who"])),
        (
            'UPDATE t SET a = n, "b c" = who WHERE id = 1',
            TableRequest("update", "t", where=("id = ", Bound(1)), row={"a": 2, "b c": "x' OR 1=1"}),
        ),
        ("UPDATE t SET a = 1\nWHERE id = 1", TableRequest("update", "t", where=("id = ", Bound(1)), row={"a": 1})),
        ("UPDATE t SET n = n WHERE id = 1", TableRequest("update", "t", where=("id = ", Bound(1)), row={"n": 2})),
        ('UPDATE "t", "id=1", "a", who', TableRequest("update", "t", where="id=1", row={"a": "x' OR 1=1"})),
        (
            'UPDATE "t", "id=1", "a=1, b=\'x, y\', c=z"',
            TableRequest("update", "t", where="id=1", row={"a": 1, "b": "x, y", "c": "z"}),
        ),
        (
            'UPDATE "t", "id=1", "a=" + who + ", b=${n}"',
            TableRequest("update", "t", where="id=1", row={"a": "x' OR 1=1", "b": 2}),
        ),
        (
            'UPDATE "t", "id=1", "a=${who}"\n',
            TableRequest("update", "t", where="id=1", row={"a": "x' OR 1=1"}),
        ),
        (
            'note = "a + 1"\nUPDATE "t", "id=1", "a=" + note\n',
            TableRequest("update", "t", where="id=1", row={"a": "a + 1"}),
        ),
        (
            'SET "t", "id=${n}", "a=\'${who}\'"',
            TableRequest("update", "t", where=("id=", Bound(2)), row={"a": "x' OR 1=1"}),
        ),
        ('SET "t", "id=1", #{a: 1}', TableRequest("update", "t", where="id=1", row={"a": 1})),
        ('DELETE "t" WHERE a = 1', TableRequest("delete", "t", where=("a = ", Bound(1)))),
        ('UPDATE "t", n, #{a: 1}', TableRequest("update", "t", where="", id=2, row={"a": 1})),
        ('m = "ab-7"\nUPDATE "t", m, #{a: 1}', TableRequest("update", "t", where="", id="ab-7", row={"a": 1})),
        ('UPDATE "t", n, "a", 1', TableRequest("update", "t", where="", id=2, row={"a": 1})),
        ('DELETE "t", n', TableRequest("delete", "t", where="", id=2)),
        ('MERGE "t" WITH [#{a: 1}] BY "a"', TableRequest("merge", "t", rows=[{"a": 1}], field="a")),
        ("MERGE t WITH #{a: 1} BY a", TableRequest("merge", "t", rows=[{"a": 1}], field="a")),
        ('MERGE "t", #{a: 1}, "a"', TableRequest("merge", "t", rows=[{"a": 1}], field="a")),
    ],
)
def test_requests(statement: str, request_made: TableRequest) -> None:
    assert diagnose(SETUP + statement) == []
    assert make_requests(statement) == [request_made]


def test_result_of_sql_forms_is_a_value() -> None:
    dialog = Dialog(
        "TALK (UPDATE t SET a = 1 WHERE b = 2)\nx = DELETE FROM t WHERE b = 2\nTALK x", host=FakeHost(result=3)
    )

    assert dialog.messages == ["3", "3"]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ('cond = ""\nDELETE FROM t WHERE cond', "2:1: the where is empty"),
        ('row = #{}\nDELETE "t", row.id', "2:1: the filter is empty"),
        ('UPDATE "t", "id=1", "a"', "1:1: changes are written as `field=value`, separated by commas, or as a map"),
        ('SET "t", "id=1", "a=\'x\' y"', '1:1: the condition "a=\'x\' y" needs a comma or the end at "y"'),
        ('x = FIND "t", "a=1", 5', '1:5: FIND table, field, value expects the name of a field, not "a=1"'),
        (
            'UPDATE "t", "id=1", "n = n + 1"',
            f"1:1: {COMPUTED_IN_A_TEXT}",
        ),
        ("INSERT INTO t VALUES (5)", "1:1: the row must be a map, not a number"),
    ],
)
def test_faults(statement: str, fault: str) -> None:
    assert Dialog(statement).fault == f"start.bas:{fault}"


@pytest.mark.parametrize(
    ("statement", "column"),
    [
        ('x = FIND "t", "DATEDIFF(NOW(), made) = 1"', 15),
        ("x = FIND t WHERE DATEDIFF(NOW(), made) = 1", 18),
        ('x = FIND "t", "due = CURDATE()"', 15),
        ('x = FIND "t", "id IN (SELECT id FROM u)"', 15),
        ('DELETE "t", "made < DATE_SUB(NOW(), 30)"', 13),
    ],
)
def test_function_in_a_condition_is_not_supported(statement: str, column: int) -> None:
    (diagnostic,) = diagnose(statement)

    assert diagnostic.startswith(f"1:{column} not supported: ")
    assert "() in a condition is not supported yet: a condition compares fields with values" in diagnostic


@pytest.mark.parametrize(
    ("script", "diagnostic"),
    [
        ("x = SELECT a, b FROM t WHERE c = 1\nTALK 1", "1:5 not supported: SELECT is not supported yet"),
        (
            "x = SELECT SUM(a * b) AS v from t\n  JOIN u ON t.i = u.i\n  GROUP BY a\nTALK 1",
            "1:5 not supported: SELECT is not supported yet",
        ),
        (
            'x = FIND "t" JOIN "u" ON t.i = u.i WHERE t.a = 1\nTALK 1',
            "1:5 not supported: FIND with JOIN is not supported yet",
        ),
    ],
)
def test_queries_of_several_tables_are_not_supported(script: str, diagnostic: str) -> None:
    assert diagnose(script) == [diagnostic]
    assert Dialog(script).fault == f"start.bas:{diagnostic.replace(' not supported', '', 1)}"


@pytest.mark.parametrize(
    "script",
    [
        "all = [1]\nIF all THEN TALK 1",
        'first = "t"\nx = FIND first WHERE a = 1\nTALK 1',
        'all = "t"\nx = FIND all\nTALK 1',
    ],
)
def test_variables_may_be_called_all_and_first(script: str) -> None:
    assert Dialog(script).messages == ["1"]


@pytest.mark.parametrize(
    ("changes", "row", "computed"),
    [
        ("stock = stock - n", {}, {"stock": Computation("stock", (("-", 2),))}),
        ("Stock = stock - 1", {}, {"Stock": Computation("stock", (("-", 1),))}),
        ("stock = (stock + n) * 3 - 1", {}, {"stock": Computation("stock", (("+", 2), ("*", 3), ("-", 1)))}),
        (
            "state = who, a = a + 1, b = a & who",
            {"state": "x' OR 1=1"},
            {"a": Computation("a", (("+", 1),)), "b": Computation("a", (("&", "x' OR 1=1"),))},
        ),
        ("stock = stock / (n * n)", {}, {"stock": Computation("stock", (("/", 4),))}),
    ],
)
def test_update_computes_with_fields(changes: str, row: Row, computed: dict[str, Computation]) -> None:
    statement = f"UPDATE t SET {changes} WHERE id = 1"

    assert diagnose(SETUP + statement) == []
    assert make_requests(statement) == [
        TableRequest("update", "t", where=("id = ", Bound(1)), row=row, computed=computed)
    ]


@pytest.mark.parametrize("value", ["10 - stock", "stock - stock", "-stock", "stock ^ 2", "ROUND(stock)", "stock"])
def test_other_computations_with_a_field_are_not_supported(value: str) -> None:
    script = f"UPDATE t SET stock = {value} WHERE id = 1"
    reason = "the field `stock` is not supported here: the new value of a field may begin with a field"

    assert any(f" not supported: {reason}" in diagnostic for diagnostic in diagnose(script))
    host = FakeHost()
    assert reason in Dialog(script, host=host).fault
    assert host.tables == []


SHADOWED = (
    "`stock` is a variable of the bot, so this computes with it and not with the field of the row; rename the variable "
    "to compute with the field"
)


def test_variable_with_the_name_of_a_computed_field_is_reported() -> None:
    script = "stock = 7\nUPDATE t SET stock = stock - 1, a = stock WHERE id = 1"
    host = FakeHost()

    assert diagnose(script) == [
        f"2:22 warning: {SHADOWED}",
    ]
    assert Dialog(script, host=host).outcome.fault is None
    assert host.tables[0][1].row == {"stock": 6, "a": 7}


def test_computed_field_has_no_value_elsewhere() -> None:
    assert diagnose("UPDATE t SET stock = stock - 1 WHERE id = 1\nTALK stock") == [
        "2:6 warning: `stock` is never assigned, so it is empty; a text needs quotes"
    ]


def test_merge_takes_a_variable_called_like_a_keyword() -> None:
    host = FakeHost(result={"inserted": 1, "updated": 0})
    dialog = Dialog("list = [#{a: 1}]\nx = MERGE t WITH list BY a\nTALK x.inserted", host=host)

    assert (dialog.messages, dialog.fault) == (["1"], "None")
    assert len(host.tables) == 1


@pytest.mark.parametrize(
    ("statement", "same"),
    [
        ("x = FIND t WHERE n = 1 FIRST", "x = FIND FIRST t WHERE n = 1"),
        ("x = FIND t WHERE n = 1 ORDER BY n FIRST", "x = FIND FIRST t WHERE n = 1 ORDER BY n"),
        ("x = FIND t WHERE n = 1 LIMIT 1 FIRST", "x = FIND t WHERE n = 1 LIMIT 1"),
        ('x = FIND "t", "n=1" FIRST', 'x = FIND FIRST "t", "n=1"'),
        ("INSERT INTO t, who, n", "INSERT t, who, n"),
        ("INSERT INTO t, #{a: 1}", "INSERT t, #{a: 1}"),
        ("in = #{name: 2}\nx = FIND in.name", 'x = FIND "2"'),
    ],
)
def test_forms_of_real_scripts_make_the_same_request(statement: str, same: str) -> None:
    assert make_requests(statement) == make_requests(same)


def test_statement_may_have_a_line_for_each_part() -> None:
    update = """UPDATE "people" SET
    name = who,
    age = n,
    town = "Recife"
WHERE
    id = 7 AND
    kind = "x"
town = "Olinda"
SAVE "people", #{town: town}"""

    first, second = make_requests(update)
    assert first == TableRequest(
        "update",
        "people",
        where=("id = ", Bound(7), " AND kind = ", Bound("x")),
        row={"name": WHO.value, "age": 2, "town": "Recife"},
    )
    assert second.row == {"town": "Olinda"}


def test_find_may_have_a_line_for_each_alternative() -> None:
    (request,) = make_requests('x = FIND "people" WHERE\n  name LIKE who OR\n  town = "Recife"\ntown = "Olinda"')

    assert request == TableRequest("find", "people", where=("name LIKE ", WHO, " OR town = ", Bound("Recife")))


def test_values_of_an_update_have_the_names_of_their_variables() -> None:
    (request,) = make_requests('row = #{total: 5}\nUPDATE "orders", "id=7", who, row.total, n')

    assert request == TableRequest("update", "orders", where="id=7", row={"who": WHO.value, "total": 5, "n": 2})


@pytest.mark.parametrize(
    ("arrays", "united"),
    [
        ("[1, 2], [2, 3, 3]", "[1, 2, 3, 3]"),
        ("[#{a: 1}], [#{a: 1}, #{a: 2}]", '[{"a": 1}, {"a": 2}]'),
        ("[], [1]", "[1]"),
        ("NULL, [1]", "[1]"),
        ("list, list", "[1, 2]"),
    ],
)
def test_merge_of_arrays_has_the_items_of_both(arrays: str, united: str) -> None:
    host = FakeHost()

    assert Dialog(f"{SETUP}x = MERGE {arrays}\nTALK TOJSON(x)", host=host).messages == [united]
    assert host.tables == []


def test_merge_of_a_name_and_rows_is_an_error() -> None:
    assert Dialog('MERGE "people", [1]').fault == "start.bas:1:1: the array must be an array, not text"
