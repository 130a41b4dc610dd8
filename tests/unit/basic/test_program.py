"""Stored programs and dialog states."""

import json

import pytest

from basic.compiler.context import BuildContext
from basic.machine.execution_state import StateError, load_state
from basic.machine.machine import Machine
from basic.package import build
from basic.program import Argument, Column, ProgramFormatError, TableDefinition, dump_program, load_program
from basic.tools import list_tools
from tests.cpu_time import takes_at_most
from tests.unit.basic.fake_host import Dialog, compile_scripts, diagnose


def test_program_is_equal_after_serialization() -> None:
    result = build({"start.bas": "PARAM x AS INT\nFUNCTION f(a)\nRETURN a\nEND FUNCTION\nTALK f(x)"})

    assert result.program is not None
    assert load_program(dump_program(result.program)) == result.program


def test_program_id_depends_on_the_scripts() -> None:
    assert compile_scripts("TALK 1").id == compile_scripts("TALK 1").id
    assert compile_scripts("TALK 1").id != compile_scripts("TALK 2").id


def test_program_of_another_format_is_refused() -> None:
    data = json.loads(dump_program(compile_scripts("TALK 1")))
    data["format"] = 99

    with pytest.raises(ProgramFormatError, match="has format 99, this machine runs 1 to 4"):
        load_program(json.dumps(data))


def test_stored_columns_without_readers_and_writers_are_loaded() -> None:
    data = json.loads(dump_program(compile_scripts("TABLE t\nid string key\nEND TABLE")))
    for name in ("readers", "writers"):
        del data["tables"][0]["columns"][0][name]

    assert load_program(json.dumps(data)).tables[0].columns == (Column("id", "string", key=True),)


@pytest.mark.parametrize("older", [1, 2, 3])
def test_program_of_an_older_format_is_loaded(older: int) -> None:
    data = json.loads(dump_program(compile_scripts('TALK UBOUND(FILTER([1, 2], "item > 1"))')))

    assert data["format"] == 4
    assert load_program(json.dumps(data | {"format": older})) == load_program(json.dumps(data))


def test_program_contains_descriptions_arguments_and_tables() -> None:
    program = compile_scripts(
        """
        DESCRIPTION "Books a table."
        PARAM day AS DATE LIKE "2026-01-31" DESCRIPTION "When?"
        PARAM seats AS INTEGER ENUM [2, 4] REQUIRED
        PARAM note AS STRING OPTIONAL
        PARAM price AS FLOAT DEFAULT -1.5
        TABLE bookings ON "crm" READ BY "guests; cooks"
          price number(10,2)
          id string(10) key READ BY staff, "hr;payroll" WRITE BY "hr"
          FIELD day AS DATE
          seats integer references rooms
          READ BY "staff", admins
          WRITE BY admins
        END TABLE
        """,
        'WEBHOOK "orders"\nresult = body',
    )
    script = program.scripts["start"]

    assert script.description == "Books a table."
    assert script.arguments == (
        Argument("day", "date", "When?", "2026-01-31"),
        Argument("seats", "integer", options=(2, 4)),
        Argument("note", "string", required=False),
        Argument("price", "number", required=False, default=-1.5),
    )
    assert program.tables == (
        TableDefinition(
            "bookings",
            "crm",
            (
                Column("price", "number", 10, 2),
                Column("id", "string", 10, key=True, readers=("staff", "hr", "payroll"), writers=("hr",)),
                Column("day", "date"),
                Column("seats", "integer", references="rooms"),
            ),
            ("guests", "cooks", "staff", "admins"),
            ("admins",),
        ),
    )
    assert load_program(dump_program(program)) == program
    assert program.find_webhook("orders") == "second"
    assert program.find_webhook("other") is None


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ("int Integer NUMBER", "integer"),
        ("FLOAT DOUBLE DECIMAL", "number"),
        ("BOOL BOOLEAN", "boolean"),
        ("ARRAY LIST", "array"),
        ("OBJECT MAP", "object"),
        ("DATE DATETIME", "date"),
        ("STRING TEXT EMAIL anything", "string"),
    ],
)
def test_parameter_types_are_json_schema_types(names: str, kind: str) -> None:
    for name in names.split():
        (argument,) = compile_scripts(f"PARAM x AS {name}").scripts["start"].arguments
        assert argument.type == kind


def test_unsupported_keywords_do_not_prevent_a_program() -> None:
    result = build({"start.bas": 'BOOK MEETING "a"\nx = LLM "b"'}, BuildContext())

    assert result.program is not None
    assert len(result.diagnostics) == 2


def test_dialog_continues_only_with_its_own_program() -> None:
    dialog = Dialog('HEAR x\nTALK "old"')
    newer = Machine(compile_scripts('HEAR x\nTALK "new"'))

    with pytest.raises(StateError, match="belongs to program"):
        newer.run(dialog.outcome.state, "hi", dialog.turn())
    dialog.hear("hi")
    assert dialog.messages == ["old"]
    assert newer.run(dialog.outcome.state, "hi", dialog.turn()).events == ()


def test_started_script_runs_in_the_same_session() -> None:
    dialog = Dialog('name = "Ana"\nHEAR x', 'TALK "Hi " + name\nHEAR y')

    outcome = dialog.machine.start("Second.bas", dialog.turn(), dialog.outcome.state)
    assert [str(event) for event in outcome.events] == ["TalkEvent(text='Hi Ana', quick_replies=(), file=None)"]
    with pytest.raises(StateError, match="the program has no script third"):
        dialog.machine.start("third", dialog.turn())


def test_state_of_another_format_is_refused() -> None:
    dialog = Dialog("HEAR x")

    with pytest.raises(StateError, match="has format 99"):
        dialog.machine.run({**dialog.outcome.state, "format": 99}, "hi", dialog.turn())


def test_program_of_a_thousand_lines_is_loaded_in_a_fifth_of_a_second() -> None:
    part = 'x = 1\nIF x = 1 AND y <> "abc" THEN\nTALK "Hello " + name + FORMAT(x, "N2")\nELSE\nx = #{a: x}\nEND IF\n'
    stored = dump_program(compile_scripts(part * 170))

    assert takes_at_most(0.2, lambda: load_program(stored))


BROKEN = {
    "start.bas": 'ADD SUGGESTION TOOL "bad" AS "Bad"\nUSE TOOL "bad"\nUSE TOOL "good"\nHEAR x\nCALL "bad"',
    "good.bas": 'DESCRIPTION "Works."\nRETURN 1',
    "bad.bas": 'DESCRIPTION "Fails."\nPARAM x AS STRING\nWEBHOOK "bad"\nTALK UBOND([1])',
}


def test_script_with_errors_is_replaced_by_one_that_fails() -> None:
    assert build(BROKEN) == (None, build(BROKEN, skip_broken=True).diagnostics, {"bad.bas": 1})
    program = build(BROKEN, skip_broken=True).program
    assert program is not None
    assert load_program(dump_program(program)) == program

    dialog = Dialog(program=program)
    assert list_tools(program, load_state(dialog.outcome.state)) == ["good"]
    assert program.find_webhook("bad") is None
    dialog.hear("go")
    assert dialog.fault == (
        "bad.bas:4:6: the script was published with an error: unknown function `UBOND`; did you mean `UBOUND`?"
    )


@pytest.mark.parametrize(
    "broken",
    [
        {"start.bas": "TALK ("},
        {"a.bas": 'TABLE t READ BY "hr"\nid string key\nEND TABLE\nTALK ('},
        {"start.bas": "TALK (", "a.bas": "TALK ("},
        {"a.bas": "TALK (", "A.BAS": "TALK 1"},
        {"a.bas": 'WEBHOOK "w"', "b.bas": 'WEBHOOK "w"', "c.bas": "TALK ("},
    ],
)
def test_error_that_concerns_the_bot_cannot_be_skipped(broken: dict[str, str]) -> None:
    result = build({"start.bas": "TALK 1", **broken}, skip_broken=True)

    assert result.program is None
    assert result.broken == {}


@pytest.mark.parametrize("scripts", [{"a.bas": "TALK ("}, {"a.bas": "TALK (", "b.bas": "TALK ("}])
def test_bot_without_any_sound_script_cannot_be_published(scripts: dict[str, str]) -> None:
    assert build(scripts).broken == {}
    assert build(scripts, skip_broken=True).program is None


def test_script_with_a_table_says_why_it_cannot_be_skipped() -> None:
    table = "TABLE orders\nid string key\nEND TABLE\n"
    sentence = (
        "the bot cannot be published without this script, because the rights to the rows of `orders` would be lost"
    )

    found = build({"start.bas": "TALK 1", "a.bas": f"{table}TALK ("}).diagnostics
    assert [(each.message, str(each.severity)) for each in found if "rights" in each.message] == [(sentence, "warning")]
    assert build({"start.bas": "TALK 1", "a.bas": table}).diagnostics == []
    assert "rights" not in str(build({"start.bas": f"{table}TALK ("}).diagnostics)


def test_table_is_the_type_of_a_field() -> None:
    script = "TABLE Orders\nid string key\ncustomer Customers\nnext AS orders\nEND TABLE"
    program = compile_scripts(script, "TABLE customers\nid integer key\nEND TABLE")

    (orders, _) = program.tables
    assert [(column.type, column.references) for column in orders.columns] == [
        ("string", ""),
        ("any", "customers"),
        ("any", "orders"),
    ]
    assert diagnose(script) == ["3:1 error: unknown field type `customers`"]
