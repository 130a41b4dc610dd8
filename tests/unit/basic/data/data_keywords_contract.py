"""The data keywords in scripts, on any store. A suite for a store inherits the class and creates the store."""

import json

import pytest

from basic.data.permissions import Groups
from basic.data.store import TableStore
from basic.data.tables import TableExecutor, normalize_table_name
from basic.filters.filter import MATCH_ALL
from basic.host import EffectKey, TableRequest
from basic.values import Value
from tests.unit.basic.fake_host import Dialog, FakeHost, compile_scripts

NOBODY: Groups = frozenset()


class WithTables(FakeHost):
    """A host that stores rows in a table store."""

    def __init__(self, store: TableStore, script: str, groups: Groups) -> None:
        super().__init__()
        self.executor = TableExecutor(
            store, {normalize_table_name(item.name): item for item in compile_scripts(script).tables}, groups
        )

    def table(self, key: EffectKey, request: TableRequest) -> Value:
        return self.executor.execute(key, request)


class DataKeywordsContract:
    """The tests. Each uses an empty store, so they may share a database."""

    def new_store(self) -> TableStore:
        """Return the empty store of a new bot."""
        raise NotImplementedError

    def run(self, script: str, *answers: str, store: TableStore | None = None, groups: Groups = NOBODY) -> Dialog:
        dialog = Dialog(script, host=WithTables(store or self.new_store(), script, groups))
        dialog.hear(*answers)
        return dialog

    def messages(self, script: str, *answers: str) -> list[str]:
        """Return the messages of a script that does not fail."""
        dialog = self.run(script, *answers)
        assert dialog.outcome.fault is None, dialog.fault
        return dialog.messages

    def fault(self, script: str) -> str:
        """Return the error of a script that fails."""
        return self.run(script).fault.partition(": ")[2]

    # -------------------------------------------------------------------------------------- AGGREGATE of a table

    def test_aggregate_reads_the_rows_of_a_table_that_match(self) -> None:
        script = """
        FOR n = 1 TO 15
            INSERT INTO orders (id, total, item) VALUES (n, n, IIF(n > 12, "milk", "tea"))
        NEXT
        wanted = "tea"
        TALK AGGREGATE "orders", "COUNT", "id"
        TALK AGGREGATE "orders", "SUM", "total", "item = milk"
        TALK AGGREGATE("orders", "MAX", "total", "item = ${wanted}")
        least = AGGREGATE TABLE orders, "min", "total", "total > 3 AND item = " + wanted
        TALK least
        TALK AGGREGATE "COUNT", FIND("orders", "item = milk"), "id"
        """
        assert self.messages(script) == ["15", "42", "12", "4", "3"]

    def test_value_of_a_user_in_the_filter_of_an_aggregate_stays_a_value(self) -> None:
        script = """
        SAVE "orders", "7", #{item: "tea"}
        SAVE "orders", "8", #{item: "milk"}
        HEAR wanted
        TALK AGGREGATE "orders", "COUNT", "id", "item = " + wanted
        """
        assert self.messages(script, "x OR item = milk") == ["0"]

    # -------------------------------------------------------------------------------------------- forms of SQL

    def test_find_sorts_and_limits_all_matching_rows(self) -> None:
        script = """
        FOR n = 1 TO 15
            INSERT INTO orders (id, total, item) VALUES (n, n MOD 10, "tea")
        NEXT
        FUNCTION ids(rows)
            text = ""
            FOR EACH row IN rows
                text = text + row.id + " "
            NEXT
            RETURN text
        END FUNCTION
        TALK ids(FIND "orders" WHERE item = "tea" ORDER BY total DESC, id LIMIT 3)
        TALK ids(FIND "orders", "total < 3 ORDER BY id LIMIT 2 OFFSET 1")
        TALK UBOUND(FIND "orders" ORDER BY id)
        TALK UBOUND(FIND "orders" LIMIT 12) + " " + UBOUND(FIND "orders" LIMIT 0) + " " + UBOUND(FIND orders)
        """

        assert self.messages(script) == ["9 8 7 ", "2 10 ", "10", "12 0 10"]

    def test_changes_in_the_forms_of_sql(self) -> None:
        script = """
        evil = "open' OR '1'='1"
        INSERT INTO "orders" VALUES {"id": 1, "state": "open"}
        INSERT INTO orders (id, state) VALUES (2, evil)
        again = INSERT INTO orders (id, state) VALUES (2, "other")
        TALK again.success
        TALK UPDATE orders SET state = "sent", note = "${evil}" WHERE state = evil
        TALK UPDATE("orders", "id=1", "state=packed, note='a, b'")
        SET "orders", "state=packed", "note=" + evil
        MERGE orders WITH #{id: 1, total: 5} BY "id"
        TALK FIND "orders" WHERE id IN (1, 2) ORDER BY id
        TALK DELETE FROM orders WHERE state = evil OR note LIKE "%OR%" AND total = 5
        """

        messages = self.messages(script)

        assert messages[:3] == ["false", "1", "1"]
        assert json.loads(messages[3]) == [
            {"id": 1, "state": "packed", "note": "open' OR '1'='1", "total": 5},
            {"id": 2, "state": "sent", "note": "open' OR '1'='1"},
        ]
        assert messages[4] == "1"

    def test_insert_of_values_follows_the_fields_of_the_table(self) -> None:
        table = "TABLE t\nid string key\nn integer\nEND TABLE\n"

        assert self.messages(table + 'INSERT INTO t VALUES ("a", 5)\nrow = FIND t\nTALK row.id + row.n') == ["a5"]
        script = table + 'r = INSERT "t", "a", 5, 6\nTALK r.error'
        assert self.messages(script) == ["INSERT has 3 values, and the table t has 2 fields"]

    def test_order_needs_permission_to_read_its_field(self) -> None:
        table = 'TABLE t\nid string key\nsalary integer READ BY "hr"\nEND TABLE\n'

        assert self.fault(table + "x = FIND t ORDER BY salary") == "only hr may read salary of t"

    # -------------------------------------------------------------------------------------------- SAVE

    def test_update_computes_with_the_fields_of_each_row(self) -> None:
        script = """
        TABLE stock
            id string key
            n integer
            price number(10,2)
            due date
            note string
        END TABLE
        SAVE "stock", "a", #{n: 5, price: 10, due: "2026-01-31", note: "x"}
        SAVE "stock", "b", #{n: 1, price: 0.1}
        taken = 2
        sold = UPDATE stock SET n = n - taken, price = price * 1.1 / 3, due = due + 1, note = note & "!" WHERE n > 1
        TALK sold
        TALK UPDATE stock SET n = n - taken WHERE id = "b" AND n >= taken
        TALK UPDATE stock SET n = n + 1, id = id & "x" WHERE id = "b"
        FOR EACH row IN FIND "stock" ORDER BY id
            TALK row
        NEXT
        """

        assert self.messages(script) == [
            "1",
            "0",
            "1",
            '{"n": 3, "price": 3.67, "due": "2026-02-01", "note": "x!", "id": "a"}',
            '{"n": 2, "price": 0.1, "id": "b"}',
        ]

    def test_id_stands_for_the_condition_of_a_change(self) -> None:
        script = """
        TABLE stock
            sku string key
            n integer
        END TABLE
        SAVE "stock", [#{sku: "a-1", n: 1}, #{sku: "7", n: 2}]
        row = FIND "stock", "n=1"
        TALK UPDATE "stock", row.sku, #{n: 3}
        TALK UPDATE "stock", 7, "n", 4
        other = "b"
        TALK DELETE "stock", other
        TALK FIND "stock" ORDER BY n
        TALK DELETE "stock", row.sku
        """

        assert self.messages(script) == ["1", "1", "0", '[{"sku": "a-1", "n": 3}, {"sku": "7", "n": 4}]', "1"]

    def test_computed_field_may_be_missing_or_a_text_of_digits(self) -> None:
        script = """
        SAVE "stock", "a", #{n: "5"}
        UPDATE stock SET n = n + 1, m = m + 1, t = n & "x" WHERE id = "a"
        TALK FIND "stock"
        """

        assert self.messages(script) == ['[{"n": 6, "id": "a", "m": 1, "t": "5x"}]']
        assert self.fault('SAVE "t", "a", #{n: "many"}\nUPDATE t SET n = n - 1 WHERE id = "a"') == (
            'n cannot be computed from n: "many" is not a number'
        )

    def test_computed_field_needs_permissions(self) -> None:
        table = """
        TABLE staff
            id string key
            pay number READ BY hr
            bonus number WRITE BY hr
            open number
        END TABLE
        """

        assert "read" in self.fault(table + 'UPDATE staff SET open = pay + 0, pay = 1 WHERE id = "a"')
        assert "write" in self.fault(table + 'UPDATE staff SET bonus = bonus + 1 WHERE id = "a"')

    def test_save_of_an_array_saves_each_row(self) -> None:
        script = """
        SAVE "stock", #{id: "b", n: 1, note: "kept"}
        rows = [#{id: "a", n: 2}, #{id: "b", n: 3}, #{n: 4}]
        saved = SAVE "stock", rows
        TALK saved
        FOR EACH row IN FIND "stock" ORDER BY n
            TALK row.n & row.note & LEN(row.id)
        NEXT
        none = SAVE "stock", []
        TALK none & UBOUND(FIND "stock")
        """

        assert self.messages(script) == ["3", "21", "3kept1", "436", "03"]

    def test_save_of_an_array_saves_no_row_if_one_is_invalid(self) -> None:
        script = """
        TABLE stock
            id string key
            n integer
        END TABLE
        ON ERROR RESUME NEXT
        SAVE "stock", [#{id: "a", n: 1}, #{id: "b", n: "many"}]
        ON ERROR GOTO 0
        TALK UBOUND(FIND "stock")
        """

        assert self.messages(script) == ["0"]
        big = 'rows = []\nFOR i = 1 TO 501\nPUSH(rows, #{id: i})\nNEXT\nSAVE "stock", rows'
        assert self.fault(big) == "SAVE has 501 rows, and saves at most 500 at once"

    def test_save_of_values_appends_rows_with_columns_called_like_the_variables(self) -> None:
        script = """
        order = #{total: 12.5, lines: ["tea"]}
        FOR EACH email IN ["ana@x", "bia@x"]
            SAVE "leads.csv", email, order.total, order.lines[0], email + "!"
        NEXT
        FOR EACH row IN FIND("leads.csv")
            TALK row.email + " " + row.total + " " + row.column3 + " " + row.column4
        NEXT
        TALK UBOUND(FIND("leads")) + " " + UBOUND(FIND("LEADS.xlsx", "email=bia@x"))
        """

        messages = self.messages(script)

        assert sorted(messages[:2]) == ["ana@x 12.5 tea ana@x!", "bia@x 12.5 tea bia@x!"]
        assert messages[2:] == ["2 1"]

    def test_save_of_an_id_and_a_map_updates_the_row_of_that_id(self) -> None:
        script = """
        details = #{item: "tea", n: 1}
        first = SAVE "orders.csv", 7, details
        SAVE "orders", "7", #{n: 2}
        rows = FIND "orders"
        TALK first.id + " " + UBOUND(rows) + " " + rows[0].item + " " + rows[0].n
        """

        assert self.messages(script) == ["7 1 tea 2"]

    def test_two_values_without_a_map_are_a_row(self) -> None:
        assert self.messages(
            'name = "Ana"\nage = 30\nSAVE "people", name, age\nrows = FIND "people"\nTALK rows[0].name + rows[0].age'
        ) == ["Ana30"]

    def test_save_of_values_fills_the_fields_of_a_table_in_their_order(self) -> None:
        script = """
        TABLE leads
            email string(20) key
            score integer
        END TABLE
        score = "b@x"
        other = "7"
        SAVE "leads.csv", score, other
        rows = FIND leads
        TALK rows[0].email + " " + (rows[0].score + 1)
        """

        assert self.messages(script) == ["b@x 8"]
        assert self.fault(script + 'SAVE "leads", 1, 2, 3') == "SAVE has 3 values, and the table leads has 2 fields"
        assert self.fault(script + 'SAVE "leads", "c@x", "many"').startswith("score of leads expects a whole number")

    @pytest.mark.parametrize(
        ("statement", "fault"),
        [
            ('SAVE "", 1', "the table is empty"),
            ('SAVE "a#b", 1, #{}', '"a#b" is not a valid table name'),
            ('SAVE "t", [1], #{a: 1}', "the id of a row must be a text or a number of at most 500 characters"),
            (
                'id = "x"\nFOR i = 1 TO 9\nid = id + id\nNEXT\nSAVE "t", id, 1, 2',
                "the id of a row must be a text or a number of at most",
            ),
            ('x = "é"\nFOR i = 1 TO 16\nx = x + x\nNEXT\nSAVE "t", x, x', "a row of the table t is larger than 256 KB"),
        ],
    )
    def test_save_of_invalid_values_has_an_error(self, statement: str, fault: str) -> None:
        assert fault in self.fault(statement)

    # -------------------------------------------------------------------------------------------- INSERT

    def test_insert_returns_the_id_of_the_new_row(self) -> None:
        script = """
        made = INSERT "orders", #{item: "tea"}
        given = INSERT orders, #{id: 7, item: "milk"}
        rows = FIND "orders", "id=" + made.id
        TALK made.success + " " + rows[0].item + " " + LEN(made.id)
        TALK given.success + " " + given.id + " " + UBOUND(FIND "orders")
        """

        assert self.messages(script) == ["true tea 36", "true 7 2"]

    def test_insert_returns_its_error(self) -> None:
        script = """
        TABLE orders
            id integer key
            item string(3)
        END TABLE
        x = INSERT "orders", #{id: 7, item: "tea"}
        x = INSERT "orders", #{id: "7", item: "oat"}
        TALK x.success + " " + x.error
        x = INSERT "orders", #{item: "milk"}
        TALK x.error
        x = INSERT "orders", #{id: "seven"}
        TALK x.error
        x = INSERT "orders", #{itme: "tea"}
        TALK x.error
        x = INSERT "orders", #{id: [1]}
        TALK x.error
        rows = FIND orders
        TALK TOJSON(rows)
        """

        assert self.messages(script) == [
            'false the table orders already has a row "7"',
            "item of orders holds at most 3 characters, not 4",
            'id of orders expects a whole number such as 12, not "seven"',
            "the table orders has no field itme; did you mean item?",
            "id of orders expects a whole number such as 12, not an array",
            '[{"id": 7, "item": "tea"}]',
        ]

    # -------------------------------------------------------------------------------------------- UPDATE, DELETE

    PEOPLE = """
    FOR EACH name IN ["Ana", "Bia", "Caio"]
        SAVE "people.csv", name, #{name: name, age: 30 + LEN(name)}
    NEXT
    """

    def test_update_returns_the_number_of_changed_rows(self) -> None:
        script = f"""{self.PEOPLE}
        TALK UPDATE("people", "age = 33 AND name != Bia", #{{AGE: 40, id: "other"}})
        limit = 33
        changed = UPDATE people, "age > " + limit, #{{old: TRUE}}
        TALK changed + " " + UPDATE("people", "name = nobody", #{{age: 0}})
        FOR EACH row IN SORT(FIND("people"), "name")
            TALK row.id + " " + row.age + " " + row.old
        NEXT
        """

        assert self.messages(script) == ["1", "2 0", "Ana 40 true", "Bia 33 ", "Caio 34 true"]

    def test_delete_returns_the_number_of_deleted_rows(self) -> None:
        script = f"""{self.PEOPLE}
        TALK DELETE("people", "name like 'a%'") + DELETE("people", "name like 'a%'")
        DELETE "people.xlsx", "age >= 34"
        rows = FIND people
        TALK UBOUND(rows) + rows[0].name
        """

        assert self.messages(script) == ["1", "1Bia"]

    @pytest.mark.parametrize("keyword", ['UPDATE "people", {}, #{{age: 0}}', 'DELETE "people", {}'])
    def test_empty_condition_changes_nothing(self, keyword: str) -> None:
        store = self.new_store()
        script = self.PEOPLE + 'empty = ""\n' + keyword.format("empty")

        assert self.run(script, store=store).fault.endswith("the filter is empty")
        assert len(store.find("people", MATCH_ALL)) == 3
        assert self.fault(self.PEOPLE + 'x = "age 5"\n' + keyword.format("x")).startswith('the condition "age 5" needs')

    def test_update_converts_values_to_their_fields(self) -> None:
        table = "TABLE t\nid string key\nn number(5,2)\nEND TABLE\nSAVE t, 1, #{n: 1}\n"

        assert self.messages(table + 'TALK UPDATE("t", "id=1", #{n: "2.345"})\nrows = FIND t\nTALK rows[0].n') == [
            "1",
            "2.35",
        ]
        assert self.fault(table + 'UPDATE t, "id=1", #{n: "x"}') == 'n of t expects a number such as 12.50, not "x"'
        assert (
            self.fault(table + 'UPDATE t, "id=1", #{n: 1000}')
            == "n of t holds at most 3 digits before the point, not 4"
        )
        assert self.fault(table + 'UPDATE t, "id=1", #{m: 1}') == "the table t has no field m"

    # -------------------------------------------------------------------------------------------- MERGE

    def test_merge_inserts_or_updates_by_a_key_and_counts_both(self) -> None:
        script = f"""{self.PEOPLE}
        done = MERGE "people", [#{{name: "Ana", age: 1}}, #{{name: "Davi"}}, #{{NAME: "Davi", age: 2}}], "name"
        TALK done.inserted + " " + done.updated
        FOR EACH row IN SORT(FIND("people"), "name")
            TALK row.name + " " + row.age
        NEXT
        again = MERGE "people", FIND("people"), "name"
        TALK again.inserted + " " + again.updated
        """

        assert self.messages(script) == ["1 2", "Ana 1", "Bia 33", "Caio 34", "Davi 2", "0 4"]

    @pytest.mark.parametrize(
        ("statement", "fault"),
        [
            ('MERGE "t", 5, "a"', "the rows must be an array, not a number"),
            ('MERGE "t", [1], "a"', "the rows of a MERGE must be maps"),
            ('MERGE "t", [#{a: 1}, #{b: 1}], "a"', "MERGE expects a in every row, and row 2 does not have it"),
            ('MERGE "t", [#{a: 1}], ""', "the key is empty"),
        ],
    )
    def test_invalid_merge_has_an_error_and_writes_nothing(self, statement: str, fault: str) -> None:
        store = self.new_store()

        assert self.run(statement, store=store).fault.endswith(fault)
        assert store.find("t", MATCH_ALL) == []

    # -------------------------------------------------------------------------------------------- FIND

    @pytest.mark.parametrize(
        ("find", "names"),
        [
            ("FIND people", "Ana,Bia,Caio"),
            ('FIND "PEOPLE.CSV"', "Ana,Bia,Caio"),
            ('FIND("people", "age=33")', "Ana,Bia"),
            ('FIND "people", "age != 33"', "Caio"),
            ('FIND "people.csv" WHERE name = "Ana" AND age < 40', "Ana"),
            ("FIND people WHERE age >= 33 AND name <> who", "Bia,Caio"),
            ('FIND people WHERE "name=" + who', "Ana"),
            ('FIND "people", "name like %a AND NOT name = \'" + who + "\'"', "Bia"),
            ('FIND "people", "(name = Bia OR age > 33) AND id IS NOT NULL"', "Bia,Caio"),
            ('FIND "people", ""', "Ana,Bia,Caio"),
            ('FIND "nobody"', ""),
        ],
    )
    def test_find_returns_the_rows_that_match(self, find: str, names: str) -> None:
        script = f'{self.PEOPLE}\nwho = "Ana"\nfound = {find}\nTALK JOIN(SORT(MAP(found, "name")), ",")'

        assert self.messages(script) == [names]

    def test_find_returns_at_most_ten_rows(self) -> None:
        script = """
        FOR i = 1 TO 25
            SAVE "numbers", i, #{n: i}
        NEXT
        TALK UBOUND(FIND numbers) + " " + UBOUND(FIND("numbers", "n > 20")) + " " + UBOUND(FIND("numbers", "n > 2"))
        """

        assert self.messages(script) == ["10 5 10"]

    def test_find_fails_for_an_invalid_filter_or_table(self) -> None:
        assert self.fault('x = "(age > 1"\ny = FIND "people", x').endswith('needs ")" at its end')
        assert self.fault('x = "open"\ny = FIND "people", x').startswith('the condition "open" needs a comparison')
        assert self.fault('y = FIND ""') == "the table is empty"

    # -------------------------------------------------------------------------------------------- what is found

    @pytest.mark.parametrize(
        ("expression", "messages"),
        [
            ('UBOUND(FILTER(rows, "total > " + least))', "2"),
            ('JOIN(MAP(FILTER(rows, "region = north"), "item"), ",")', "tea,milk"),
            ('KEYS(FIRST(MAP(rows, "region->area")))[1]', "area"),
            ('FILL(FIRST(rows), "{{item}} in the {{region}}")', "tea in the north"),
            ('AGGREGATE("SUM", rows, "total")', "60"),
            ('AGGREGATE("AVG", rows, "total")', "20"),
            ('AGGREGATE("MIN", rows, "total") + AGGREGATE("MAX", rows, "total")', "40"),
            ('AGGREGATE("COUNT", rows)', "3"),
            ('UBOUND(GROUP BY(rows, "region").north)', "2"),
            ('PIVOT(rows, "region", "total")[0].total', "40"),
            ('UBOUND(JOIN(rows, [#{region: "north", boss: "Ana"}], "region"))', "2"),
            ('JOIN(rows, [#{region: "south", boss: "Ana"}], "region")[0].boss', "Ana"),
            ('LAST(rows).item + " " + FIRST("two words")', "rice two"),
        ],
    )
    def test_functions_of_rows_accept_found_rows(self, expression: str, messages: str) -> None:
        script = """
        SAVE "sales", "1", #{item: "tea", region: "north", total: 10}
        SAVE "sales", "2", #{item: "milk", region: "north", total: 30}
        SAVE "sales", "3", #{item: "rice", region: "south", total: 20}
        rows = SORT(FIND("sales"), "id")
        least = 15
        """

        assert self.messages(f"{script}TALK {expression}") == [messages]

    # -------------------------------------------------------------------------------------------- TABLE

    def test_table_of_a_connection_has_its_name_with_and_without_it(self) -> None:
        script = """
        TABLE Orders ON maria
            Code number key
            Total double(6,2)
        END TABLE
        SAVE "maria.Orders", #{code: 1, total: "9.999"}
        SAVE ".orders", #{code: 2, total: 5}
        SAVE "other.orders", #{code: 3, total: 7}
        TALK AGGREGATE("COUNT", FIND("Orders"), "code") + " " + FIND("orders", "code=1").total
        """

        assert self.messages(script) == ["2 10"]

    def test_table_converts_every_value_to_its_field(self) -> None:
        script = """
        TABLE Visits ON maria
            Code number key
            Name string(10)
            FIELD Paid AS BOOLEAN
            On date
            At datetime
            Price double(6,2)
            Guest number references Guests
            Tags object
        END TABLE
        SAVE "visits", 1, #{name: 5, paid: "yes", on: "31/12/2024", at: "2024-12-31 9:30", price: "9.999", tags: [1]}
        rows = FIND visits
        TALK TOJSON(rows[0])
        """

        [messages] = self.messages(script)
        assert json.loads(messages) == {
            "Code": 1,
            "Name": "5",
            "Paid": True,
            "On": "2024-12-31",
            "At": "2024-12-31 09:30:00",
            "Price": 10.0,
            "Tags": [1],
        }

    # -------------------------------------------------------------------------------------------- READ BY, WRITE BY

    STAFF = """
    TABLE staff READ BY "hr;managers" WRITE BY "hr"
        id string(10) key
        name string(50)
        salary number READ BY "hr" WRITE BY "payroll"
    END TABLE
    """

    def staff(self) -> TableStore:
        """Return a store with two people."""
        store = self.new_store()
        for row_id, name, salary in (("1", "Ana", 5_000), ("2", "Bia", 6_000)):
            store.insert("staff", row_id, {"id": row_id, "name": name, "salary": salary})
        return store

    def run_as(self, statement: str, *groups: str, store: TableStore | None = None) -> str:
        """Return the message or the error of a statement about the staff, for a member of some groups."""
        script = f"{self.STAFF}\n{statement}"
        dialog = self.run(script, store=store or self.staff(), groups=frozenset(groups))
        return "".join(dialog.messages) if dialog.outcome.fault is None else dialog.fault.partition(": ")[2]

    def test_read_without_permission_is_an_error_and_not_empty(self) -> None:
        refused = "only hr and managers may read the table staff"

        assert self.run_as("TALK UBOUND(FIND staff)", "hr") == "2"
        assert self.run_as("TALK UBOUND(FIND staff)", "sales", "managers") == "2"
        for find in ("FIND staff", 'FIND "staff.csv"', 'FIND "STAFF", "name=Ana"', "FIND staff WHERE id = 1"):
            assert self.run_as(f"x = {find}") == refused
            assert self.run_as(f"x = {find}", "sales", "HR") == refused

    def test_unreadable_field_is_left_out(self) -> None:
        statement = 'rows = FIND staff WHERE id = 1\nTALK JOIN(KEYS(rows[0]), ",") + ">" + rows[0].salary'

        assert self.run_as(statement, "managers") == "id,name>"
        assert self.run_as(statement, "hr") == "id,name,salary>5000"

    @pytest.mark.parametrize(
        "statement",
        [
            'rows = FIND "staff", "salary > 5500"',
            "rows = FIND staff WHERE SALARY > 5500",
            'rows = FIND "staff", "name = Ana OR NOT (id = 1 AND salary.x = 1)"',
        ],
    )
    def test_unreadable_field_cannot_be_used_in_a_filter(self, statement: str) -> None:
        assert self.run_as(statement, "managers") == "only hr may read salary of staff"
        assert self.run_as(f"{statement}\nTALK UBOUND(rows) > 0", "hr") == "true"

    @pytest.mark.parametrize(
        "statement",
        [
            'SAVE "staff", 1, #{name: "Eve"}',
            'SAVE "staff", "3", "Eve"',
            'UPDATE "staff", "id=1", #{name: "Eve"}',
            'DELETE "staff", "id=1"',
            'MERGE "staff", [#{id: 1, name: "Eve"}], "id"',
        ],
    )
    def test_write_of_a_table_without_permission_is_an_error(self, statement: str) -> None:
        store = self.staff()
        before = store.find("staff", MATCH_ALL)

        assert self.run_as(statement, "managers", store=store) == "only hr may write the table staff"
        assert store.find("staff", MATCH_ALL) == before
        assert self.run_as(statement, "hr", store=store) == ""
        assert store.find("staff", MATCH_ALL) != before

    @pytest.mark.parametrize(
        "statement",
        [
            'SAVE "staff", 1, #{salary: 9000}',
            'SAVE "staff", "3", "Eve", 9000',
            'UPDATE "staff", "id=1", #{Salary: 9000}',
            'MERGE "staff", [#{id: 2, name: "Bea"}, #{id: 1, salary: 9000}], "id"',
        ],
    )
    def test_write_of_a_field_without_permission_is_an_error(self, statement: str) -> None:
        store = self.staff()
        before = store.find("staff", MATCH_ALL)

        assert self.run_as(statement, "hr", store=store) == "only payroll may write salary of staff"
        assert store.find("staff", MATCH_ALL) == before
        assert self.run_as(statement, "hr", "payroll", store=store) == ""
        assert store.find("staff", MATCH_ALL) != before

    def test_insert_without_permission_returns_its_error(self) -> None:
        statement = 'x = INSERT "staff", #{id: 3, salary: 1}\nTALK x.success + " " + x.error'

        assert self.run_as(statement) == "false only hr may write the table staff"
        assert self.run_as(statement, "hr") == "false only payroll may write salary of staff"
        assert self.run_as(statement, "hr", "payroll") == "true "

    def test_update_and_delete_by_a_filter_require_permission_to_read(self) -> None:
        unread = "only hr and managers may read the table logs"
        table = 'TABLE logs READ BY "hr;managers"\nid string key\nsecret string READ BY "hr"\nEND TABLE\n'

        for statement in (
            'x = UPDATE "logs", "id=1", #{id: 1, secret: "x"}',
            'x = DELETE "logs", "id=1"',
            'x = MERGE "logs", [#{id: 1, secret: "a"}], "id"',
        ):
            assert self.fault(table + statement) == unread
        for statement in ('x = UPDATE "logs", "secret=1", #{secret: "x"}', 'x = DELETE "logs", "secret=1"'):
            fault = self.run(table + statement, groups=frozenset(["managers"])).fault
            assert fault.endswith("only hr may read secret of logs")

    def test_written_fields_are_returned_without_permission_to_read(self) -> None:
        script = """
        TABLE logs READ BY "hr"
            id string key
            text string
            seen boolean
        END TABLE
        row = SAVE "logs", 1, #{text: "new"}
        TALK TOJSON(row)
        """
        store = self.new_store()
        store.insert("logs", "1", {"id": "1", "text": "old", "seen": True})

        assert self.run(script, store=store).messages == ['{"id": "1", "text": "new"}']

    def test_bot_itself_has_all_permissions(self) -> None:
        script = (
            self.STAFF + 'SAVE "staff", 1, #{salary: 9000}\nrows = FIND staff WHERE salary > 8000\nTALK rows[0].salary'
        )

        assert self.run(script, store=self.staff(), groups=None).messages == ["9000"]
