"""SELECT statements of a language model: they read the given tables, change nothing, and are bounded."""

import time

import pytest

from basic.data.sql import MAX_RESULT_LENGTH, MAX_RESULT_ROWS, MAX_STATEMENT_LENGTH, run_select
from basic.data.sql_tables import SqlTable, list_readable_tables
from basic.data.store import Row
from basic.errors import ScriptError
from basic.program import Column, TableDefinition

ORDERS = SqlTable("orders", (("id", "INTEGER"), ("customer", "TEXT"), ("total", "REAL")))
CUSTOMERS = SqlTable("customers", (("id", "TEXT"), ("city", "TEXT")))
ROWS: dict[str, list[Row]] = {
    "orders": [
        {"id": 1, "customer": "ada", "total": 10},
        {"id": 2, "customer": "bob", "total": 2.5, "secret": "x"},
        {"ID": 3, "Customer": "ada"},
    ],
    "customers": [{"id": "ada", "city": "Paris, France"}, {"id": "bob", "city": "Rome"}],
}

LARGE_TABLE = "RECURSIVE n(x) AS (SELECT 8e5 UNION ALL SELECT x FROM n LIMIT 999)"


class Reader:
    """Reads rows, and records which tables were read."""

    def __init__(self, rows: dict[str, list[Row]] | None = None) -> None:
        self.rows = ROWS if rows is None else rows
        self.read: list[str] = []

    def __call__(self, name: str) -> list[Row]:
        self.read.append(name)
        return self.rows[name]


def select(statement: str, reader: Reader | None = None, *tables: SqlTable, seconds: float = 5) -> str:
    end = time.monotonic() + seconds
    return run_select(statement, tables or (ORDERS, CUSTOMERS), reader or Reader(), lambda: time.monotonic() < end)


def refuse(statement: str, seconds: float = 5) -> str:
    with pytest.raises(ScriptError) as refused:
        select(statement, seconds=seconds)
    return str(refused.value)


def test_result_is_csv_with_a_header() -> None:
    statement = """
        SELECT city, sum(total) AS sum, count(*) AS orders FROM orders JOIN customers ON customers.id = customer
        GROUP BY city ORDER BY sum DESC
    """

    assert select(statement) == 'city,sum,orders\n"Paris, France",10.0,2\nRome,2.5,1'


def test_only_tables_that_the_statement_names_are_read() -> None:
    reader = Reader()

    assert (
        select("WITH big AS (SELECT * FROM ORDERS WHERE total > 5) SELECT count(*) FROM big", reader) == "count(*)\n1"
    )
    assert reader.read == ["orders"]


def test_count_without_a_column_reads_its_table() -> None:
    assert select("SELECT count(*) FROM customers;") == "count(*)\n2"


def test_statement_without_a_table_reads_none() -> None:
    reader = Reader()

    assert select("SELECT 1 + 1 AS two", reader) == "two\n2"
    assert reader.read == []


def test_fields_outside_the_table_are_not_there() -> None:
    assert refuse("SELECT secret FROM orders") == "no such column: secret"


def test_values_that_sql_does_not_have_become_texts() -> None:
    table = SqlTable("t", (("flag", "INTEGER"), ("tags", "TEXT"), ("large", "INTEGER"), ("missing", "TEXT")))
    rows: dict[str, list[Row]] = {"t": [{"flag": True, "tags": ["a", {"b": 1}], "large": 2**70}]}

    statement = "SELECT flag, json_extract(tags, '$[1].b') AS b, large, missing FROM t"

    assert select(statement, Reader(rows), table) == f"flag,b,large,missing\n1,1,{float(2**70)},"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM orders",
        "UPDATE orders SET total = 0",
        "INSERT INTO orders VALUES (9, 'eve', 1)",
        "INSERT INTO orders SELECT * FROM orders",
        "CREATE TABLE x (y)",
        "CREATE TEMP VIEW x AS SELECT 1",
        "DROP TABLE orders",
        "ALTER TABLE orders ADD COLUMN x",
        "ATTACH 'file.db' AS other",
        "ATTACH ':memory:' AS other",
        "VACUUM INTO 'file.db'",
        "PRAGMA hard_heap_limit = 0",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM sqlite_schema",
        "SELECT * FROM pragma_table_info('orders')",
        "SELECT * FROM pragma_database_list",
        "SELECT load_extension('x')",
        "BEGIN",
        "REINDEX",
        "ANALYZE",
        "SELECT 1; DELETE FROM orders",
        "EXPLAIN SELECT 1",
        "QUERY PLAN SELECT 1",
        "SELEC 1",
        "",
        "-- nothing",
        "SELECT * FROM strangers",
        "SELECT ?",
    ],
)
def test_anything_but_reading_the_tables_is_refused(statement: str) -> None:
    reader = Reader()

    with pytest.raises(ScriptError):
        select(statement, reader)
    assert reader.read == []
    assert select("SELECT count(*) FROM orders") == "count(*)\n3"


def test_endless_statement_is_stopped() -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"

    assert refuse(endless, seconds=0.05) == "the statement takes too long"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SELECT length(zeroblob(2000000))", "string or blob too big"),
        ("SELECT length(replace(hex(zeroblob(400000)), '0', 'tea'))", "string or blob too big"),
        (f"WITH {LARGE_TABLE} SELECT zeroblob(x) FROM n ORDER BY 1", "the statement needs too much memory"),
    ],
)
def test_memory_is_limited(statement: str, reason: str) -> None:
    assert refuse(statement) == reason


def test_long_statement_is_refused() -> None:
    assert "longer than 10,000 characters" in refuse("SELECT 1" + " " * MAX_STATEMENT_LENGTH)


def test_result_has_so_many_rows() -> None:
    numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {}) SELECT x FROM n"

    complete = select(numbers.format(MAX_RESULT_ROWS))
    assert complete.splitlines() == ["x", *map(str, range(1, MAX_RESULT_ROWS + 1))]
    cut = select(numbers.format(MAX_RESULT_ROWS + 1))
    assert cut == f"{complete}\n(There are more rows than these 100. Narrow the statement, or aggregate.)"


def test_result_has_so_many_characters() -> None:
    rows: dict[str, list[Row]] = {"customers": [{"id": str(number), "city": "x" * 3_000} for number in range(5)]}

    cut = select("SELECT id, city FROM customers", Reader(rows), CUSTOMERS)

    assert len(cut) < MAX_RESULT_LENGTH + 100
    assert cut.endswith("(There are more rows than these 2. Narrow the statement, or aggregate.)")


def test_tables_and_columns_are_those_that_the_user_may_read() -> None:
    columns = (
        Column("id", "int"),
        Column("name", "string"),
        Column("paid", "bool"),
        Column("rate", "number", readers=("hr",)),
    )
    staff = TableDefinition("staff", "", columns)
    secret = TableDefinition("secret", "", columns, readers=("board",))

    def describe(groups: frozenset[str] | None) -> list[str]:
        return [str(table) for table in list_readable_tables([staff, secret], groups)]

    public = '"id" INTEGER, "name" TEXT, "paid" INTEGER'
    assert describe(frozenset()) == [f'"staff" ({public})']
    assert describe(frozenset({"hr"})) == [f'"staff" ({public}, "rate" REAL)']
    assert describe(frozenset({"board"})) == [f'"staff" ({public})', f'"secret" ({public})']
    assert describe(None) == [f'"staff" ({public}, "rate" REAL)', f'"secret" ({public}, "rate" REAL)']


def test_names_are_quoted() -> None:
    table = SqlTable('select"from', (("group by", "TEXT"), ('a"b', "TEXT")))
    rows: dict[str, list[Row]] = {'select"from': [{"group by": "x", 'a"b': "y"}]}

    assert select('SELECT "group by", "a""b" FROM "select""from"', Reader(rows), table) == 'group by,"a""b"\nx,y'
