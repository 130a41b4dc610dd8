"""The table executor: changes of rows, and results."""

import pytest

from basic.data import tables
from basic.data.in_memory import InMemoryTableStore
from basic.data.tables import TableExecutor
from basic.errors import ScriptError
from basic.host import Condition, EffectKey, TableOperation, TableRequest, Where
from basic.program import Column, TableDefinition
from basic.values import Value

PRODUCTS = TableDefinition(
    "Products", "", (Column("Sku", "string", 20, key=True), Column("Price", "number"), Column("Stock", "integer"))
)


class Bot:
    """A bot with one defined table."""

    def __init__(self) -> None:
        self.tables = TableExecutor(InMemoryTableStore(), {"products": PRODUCTS}, groups=None)
        self.step = 0

    def do(self, operation: TableOperation, table: str, *, step: int | None = None, **arguments: object) -> Value:
        self.step += 1
        request = TableRequest(operation, table, **arguments)  # type: ignore[arg-type]  # as the test says
        return self.tables.execute(EffectKey("turn", step or self.step), request)

    def find(self, table: str, where: Where = ()) -> Value:
        return self.do("find", table, where=where)


def test_rows_of_a_retried_save_are_the_same() -> None:
    bot = Bot()

    for _ in range(2):
        assert bot.do("save", "orders", step=7, rows=[{"item": "tea"}, {"item": "cake"}]) == 2

    rows = bot.find("orders")
    assert isinstance(rows, list)
    assert len(rows) == 2


def test_insert_returns_the_generated_id() -> None:
    bot = Bot()

    answer = bot.do("insert", "orders", row={"item": "tea"})

    assert isinstance(answer, dict)
    assert answer["success"] is True
    assert bot.find("orders") == [{"item": "tea", "id": answer["id"]}]


def test_retried_turn_inserts_once() -> None:
    bot = Bot()

    first = bot.do("insert", "orders", step=1, row={"item": "tea"})
    again = bot.do("insert", "orders", step=1, row={"item": "tea"})
    other = bot.do("insert", "orders", step=2, row={"item": "tea"})

    assert first == again != other
    assert len(find_all(bot, "orders")) == 2


def find_all(bot: Bot, table: str) -> list[Value]:
    rows = bot.find(table)
    assert isinstance(rows, list)
    return rows


def test_insert_returns_the_error_of_an_invalid_row() -> None:
    bot = Bot()
    bot.do("insert", "orders", row={"id": 7, "item": "tea"})

    assert bot.do("insert", "orders", row={"id": 7, "item": "milk"}) == {
        "success": False,
        "error": 'the table orders already has a row "7"',
    }
    assert bot.do("insert", "products", row={"Price": "cheap"}) == {
        "success": False,
        "error": 'Price of Products expects a number such as 12.50, not "cheap"',
    }
    assert find_all(bot, "orders") == [{"id": 7, "item": "tea"}]


def test_save_inserts_and_then_updates() -> None:
    bot = Bot()

    assert bot.do("save", "orders", id=7, row={"item": "tea"}) == {"item": "tea", "id": 7}
    assert bot.do("save", "orders", id="7", row={"item": "milk", "paid": True}) == {
        "item": "milk",
        "id": "7",
        "paid": True,
    }
    assert bot.find("orders", "id=7") == [{"item": "milk", "id": "7", "paid": True}]


def test_save_uses_the_id_of_the_row_or_generates_one() -> None:
    bot = Bot()

    assert bot.do("save", "orders", row={"ID": "a", "n": 1}) == {"ID": "a", "n": 1}
    made = bot.do("save", "orders", id="", row={"n": 2})

    assert isinstance(made, dict)
    assert len(str(made["id"])) == 36
    assert len(find_all(bot, "orders")) == 2


def test_table_definition_has_its_own_id_field_and_types() -> None:
    bot = Bot()

    assert bot.do("save", "Products", id=5, row={"price": "9.90", "STOCK": "3"}) == {
        "Price": 9.9,
        "Stock": 3,
        "Sku": "5",
    }
    assert bot.do("insert", "PRODUCTS", row={"sku": "A1", "price": 2}) == {"id": "A1", "success": True}
    with pytest.raises(ScriptError, match=r"the table Products has no field prize; did you mean Price\?"):
        bot.do("save", "products", id="B", row={"prize": 1})


def test_values_without_names_are_the_fields_of_the_table_in_their_order() -> None:
    bot = Bot()

    assert bot.do("append", "products.csv", values=["A1", "9.90"]) == {"Sku": "A1", "Price": 9.9}
    with pytest.raises(ScriptError, match="SAVE has 4 values, and the table products has 3 fields"):
        bot.do("append", "products", values=[1, 2, 3, 4])


def test_values_fill_fields_in_order_and_not_by_name() -> None:
    bot = Bot()

    bot.do("append", "products", values=["A1", "9.90"], columns=["price", "column2"])

    assert bot.find("products") == [{"Sku": "A1", "Price": 9.9}]


def test_values_without_a_definition_have_the_column_names_of_the_script() -> None:
    bot = Bot()

    first = bot.do("append", "leads.csv", values=["a@x", [1]], columns=["email", "column2"])
    bot.do("append", "leads", values=["b@x", None], columns=["email", "column2"])

    assert isinstance(first, dict)
    assert first == {"email": "a@x", "column2": [1], "id": first["id"]}
    assert [row["email"] for row in find_all(bot, "LEADS.XLSX") if isinstance(row, dict)] == ["a@x", "b@x"]
    assert bot.find("leads.csv", "email=b@x") == bot.find("leads", "email=b@x") != []


def test_column_called_id_is_the_id_of_the_row() -> None:
    bot = Bot()

    bot.do("append", "cases.csv", values=[7, "new"], columns=["id", "status"])
    bot.do("append", "cases.csv", values=[7, "done"], columns=["ID", "status"])

    assert bot.find("cases") == [{"id": 7, "status": "done"}]


def test_find_accepts_a_filter_or_a_where() -> None:
    bot = Bot()
    for number in range(15):
        bot.do("save", "orders", id=number, row={"n": number, "open": number % 2 == 0})

    assert len(find_all(bot, "orders")) == 10
    assert bot.find("orders", "n=3") == [{"id": 3, "n": 3, "open": False}]
    assert bot.find("orders", (Condition("n", ">", 10), Condition("open", "=", True))) == [
        {"id": 12, "n": 12, "open": True},
        {"id": 14, "n": 14, "open": True},
    ]
    with pytest.raises(ScriptError, match="needs a comparison"):
        bot.find("orders", "open")


def test_update_does_not_change_ids() -> None:
    bot = Bot()
    for number in range(3):
        bot.do("save", "orders", id=number, row={"n": number})

    assert bot.do("update", "orders", where="n >= 1", row={"n": 9, "id": 77}) == 2
    assert find_all(bot, "orders") == [{"id": 0, "n": 0}, {"id": 1, "n": 9}, {"id": 2, "n": 9}]


def test_delete_returns_a_count() -> None:
    bot = Bot()
    bot.do("save", "orders", id=1, row={"n": 1})

    assert bot.do("delete", "orders", where="n=1") == 1
    assert bot.do("delete", "orders", where="n=1") == 0


@pytest.mark.parametrize("operation", ["update", "delete"])
@pytest.mark.parametrize("where", ["", "  ", ()])
def test_update_and_delete_require_a_condition(operation: TableOperation, where: Where) -> None:
    with pytest.raises(ScriptError, match=f"{operation.upper()} expects a condition"):
        Bot().do(operation, "orders", where=where, row={"n": 1})


def test_merge_counts_inserted_and_updated_rows() -> None:
    bot = Bot()
    bot.do("save", "people", id=1, row={"email": "a@x", "name": "Ana"})

    rows: list[Value] = [{"email": "a@x", "name": "Anna", "id": 99}, {"Email": "b@x"}, {"email": "b@x", "age": 5}]
    assert bot.do("merge", "people", rows=rows, field="email") == {"inserted": 1, "updated": 2}

    first, second = find_all(bot, "people")
    assert first == {"email": "a@x", "name": "Anna", "id": 1}
    assert isinstance(second, dict)
    assert second["age"] == 5


def test_merge_requires_the_key_in_every_row_before_writing() -> None:
    bot = Bot()

    with pytest.raises(ScriptError, match="MERGE expects sku in every row, and row 2 does not have it"):
        bot.do("merge", "things", rows=[{"sku": "a"}, {"sku": ""}], field="sku")
    assert find_all(bot, "things") == []


@pytest.mark.parametrize("name", ["orders", "Orders", " orders.csv ", "ORDERS.XLSX"])
def test_table_names_are_normalised(name: str) -> None:
    assert tables.normalize_table_name(name) == "orders"


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a#b", "x" * 101, ".csv"])
def test_invalid_table_name_is_rejected(name: str) -> None:
    with pytest.raises(ScriptError, match="is not a valid table name"):
        Bot().find(name)


def test_too_large_rows_and_ids_are_rejected() -> None:
    bot = Bot()

    with pytest.raises(ScriptError, match="a row of the table orders is larger than 256 KB"):
        bot.do("save", "orders", id=1, row={"text": "é" * 140_000})
    with pytest.raises(ScriptError, match="the id of a row must be a text or a number"):
        bot.do("save", "orders", id="x" * 501, row={})
    with pytest.raises(ScriptError, match="the id of a row must be a text or a number"):
        bot.do("save", "orders", row={"id": [1]})
