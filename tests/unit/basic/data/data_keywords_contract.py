"""The data keywords in scripts, on any store. A suite for a store inherits the class and says how to make one."""

from basic.data.store import TableStore
from basic.data.tables import Tables, table_name
from basic.host import EffectKey, TableRequest
from basic.values import Value
from tests.unit.basic.world import Dialog, World, program_of


class WithTables(World):
    """A host that keeps rows in a store."""

    def __init__(self, store: TableStore, script: str) -> None:
        super().__init__()
        self.kept = Tables(store, {table_name(each.name): each for each in program_of(script).tables})

    def table(self, key: EffectKey, request: TableRequest) -> Value:
        return self.kept.answer(key, request)


class DataKeywordsContract:
    """The tests. They ask for an empty store each time, so they may run against one database."""

    def new_store(self) -> TableStore:
        """Return a store of a bot of its own, without a row."""
        raise NotImplementedError

    def run(self, script: str, *answers: str) -> Dialog:
        dialog = Dialog(script, world=WithTables(self.new_store(), script))
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
