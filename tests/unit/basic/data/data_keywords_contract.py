"""The data keywords in scripts, on any store. A suite for a store inherits the class and says how to make one."""

import pytest

from basic.data.filters import EVERYTHING
from basic.data.rights import Groups
from basic.data.store import TableStore
from basic.data.tables import Tables, table_name
from basic.host import EffectKey, TableRequest
from basic.values import Value
from tests.unit.basic.world import Dialog, World, program_of

NOBODY: Groups = frozenset()


class WithTables(World):
    """A host that keeps rows in a store."""

    def __init__(self, store: TableStore, script: str, groups: Groups) -> None:
        super().__init__()
        self.kept = Tables(store, {table_name(each.name): each for each in program_of(script).tables}, groups)

    def table(self, key: EffectKey, request: TableRequest) -> Value:
        return self.kept.answer(key, request)


class DataKeywordsContract:
    """The tests. They ask for an empty store each time, so they may run against one database."""

    def new_store(self) -> TableStore:
        """Return a store of a bot of its own, without a row."""
        raise NotImplementedError

    def run(self, script: str, *answers: str, store: TableStore | None = None, groups: Groups = NOBODY) -> Dialog:
        dialog = Dialog(script, world=WithTables(store or self.new_store(), script, groups))
        dialog.hear(*answers)
        return dialog

    def said(self, script: str, *answers: str) -> list[str]:
        """Return what a script says that does not fail."""
        dialog = self.run(script, *answers)
        assert dialog.outcome.fault is None, dialog.fault
        return dialog.said

    def fault(self, script: str) -> str:
        """Return the sentence of a script that fails."""
        return self.run(script).fault.partition(": ")[2]

    # -------------------------------------------------------------------------------------------- SAVE

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

        said = self.said(script)

        assert sorted(said[:2]) == ["ana@x 12.5 tea ana@x!", "bia@x 12.5 tea bia@x!"]
        assert said[2:] == ["2 1"]

    def test_save_of_an_id_and_a_map_puts_it_over_the_row_of_that_id(self) -> None:
        script = """
        details = #{item: "tea", n: 1}
        first = SAVE "orders.csv", 7, details
        SAVE "orders", "7", #{n: 2}
        rows = FIND "orders"
        TALK first.id + " " + UBOUND(rows) + " " + rows[0].item + " " + rows[0].n
        """

        assert self.said(script) == ["7 1 tea 2"]

    def test_two_values_of_which_the_second_is_no_map_are_a_row(self) -> None:
        assert self.said(
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

        assert self.said(script) == ["b@x 8"]
        assert self.fault(script + 'SAVE "leads", 1, 2, 3') == "SAVE has 3 values, and the table leads has 2 fields"
        assert self.fault(script + 'SAVE "leads", "c@x", "many"').startswith("score of leads expects a whole number")

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

    def done(self, statement: str, *groups: str, store: TableStore | None = None) -> str:
        """Return what a statement about the staff says, or how it fails, for a member of some groups."""
        script = f"{self.STAFF}\n{statement}"
        dialog = self.run(script, store=store or self.staff(), groups=frozenset(groups))
        return "".join(dialog.said) if dialog.outcome.fault is None else dialog.fault.partition(": ")[2]

    def test_who_may_not_read_a_table_is_told_so_and_does_not_find_it_empty(self) -> None:
        refused = "only hr and managers may read the table staff"

        assert self.done("TALK UBOUND(FIND staff)", "hr") == "2"
        assert self.done("TALK UBOUND(FIND staff)", "sales", "managers") == "2"
        for find in ("FIND staff", 'FIND "staff.csv"', 'FIND "STAFF", "name=Ana"', "FIND staff WHERE id = 1"):
            assert self.done(f"x = {find}") == refused
            assert self.done(f"x = {find}", "sales", "HR") == refused

    def test_a_field_that_may_not_be_read_is_left_out(self) -> None:
        statement = 'rows = FIND staff WHERE id = 1\nTALK JOIN(KEYS(rows[0]), ",") + ">" + rows[0].salary'

        assert self.done(statement, "managers") == "id,name>"
        assert self.done(statement, "hr") == "id,name,salary>5000"

    @pytest.mark.parametrize(
        "asked",
        [
            'rows = FIND "staff", "salary > 5500"',
            "rows = FIND staff WHERE SALARY > 5500",
            'rows = FIND "staff", "name = Ana OR NOT (id = 1 AND salary.x = 1)"',
        ],
    )
    def test_a_field_that_may_not_be_read_may_not_be_asked_either(self, asked: str) -> None:
        assert self.done(asked, "managers") == "only hr may read salary of staff"
        assert self.done(f"{asked}\nTALK UBOUND(rows) > 0", "hr") == "true"

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
    def test_who_may_not_write_a_table_is_told_so_and_nothing_changes(self, statement: str) -> None:
        store = self.staff()
        before = store.find("staff", EVERYTHING)

        assert self.done(statement, "managers", store=store) == "only hr may write the table staff"
        assert store.find("staff", EVERYTHING) == before
        assert self.done(statement, "hr", store=store) == ""
        assert store.find("staff", EVERYTHING) != before

    @pytest.mark.parametrize(
        "statement",
        [
            'SAVE "staff", 1, #{salary: 9000}',
            'SAVE "staff", "3", "Eve", 9000',
            'UPDATE "staff", "id=1", #{Salary: 9000}',
            'MERGE "staff", [#{id: 2, name: "Bea"}, #{id: 1, salary: 9000}], "id"',
        ],
    )
    def test_who_may_not_write_a_field_is_told_so_and_nothing_changes(self, statement: str) -> None:
        store = self.staff()
        before = store.find("staff", EVERYTHING)

        assert self.done(statement, "hr", store=store) == "only payroll may write salary of staff"
        assert store.find("staff", EVERYTHING) == before
        assert self.done(statement, "hr", "payroll", store=store) == ""
        assert store.find("staff", EVERYTHING) != before

    def test_an_insert_that_is_not_allowed_does_not_fail_but_says_so(self) -> None:
        statement = 'x = INSERT "staff", #{id: 3, salary: 1}\nTALK x.success + " " + x.error'

        assert self.done(statement) == "false only hr may write the table staff"
        assert self.done(statement, "hr") == "false only payroll may write salary of staff"
        assert self.done(statement, "hr", "payroll") == "true "

    def test_changing_and_deleting_by_a_condition_needs_the_right_to_read(self) -> None:
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

    def test_who_writes_what_they_may_not_read_sees_what_they_wrote(self) -> None:
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

        assert self.run(script, store=store).said == ['{"id": "1", "text": "new"}']

    def test_the_bot_itself_may_do_everything(self) -> None:
        script = (
            self.STAFF + 'SAVE "staff", 1, #{salary: 9000}\nrows = FIND staff WHERE salary > 8000\nTALK rows[0].salary'
        )

        assert self.run(script, store=self.staff(), groups=None).said == ["9000"]
