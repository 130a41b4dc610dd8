"""SET ANSWER MODE "sql": the language model reads the tables of the bot with SELECT statements."""

from typing import Any

import pytest

from conversations.engines.basic.table_queries import INSTRUCTION, MAX_DESCRIPTION_LENGTH, NAME
from tests.builders import a_user
from tests.fakes.crashing_scripts import CrashingScriptWorld
from tests.fakes.models import calls, says
from tests.fakes.scripts import ADA, ScriptWorld

START = """
TABLE orders
    id integer
    customer string
    total number READ BY "sales"
END TABLE
SET ANSWER MODE "SQL"
SAVE "orders", 1, "ada", 10
SAVE "orders", 2, "bob", 2.5
TALK "Ask."
"""
SUM = "SELECT customer, sum(total) FROM orders GROUP BY customer"
EVE = a_user("eve", "sales")


def a_world(script: str = START) -> ScriptWorld:
    # The bot itself writes the rows: no user may write `total` without reading it.
    return ScriptWorld(script, llm_model="small")


def get_tool_results(world: ScriptWorld) -> list[str]:
    return [
        message.content for request in world.models.requests for message in request.messages if message.role == "tool"
    ]


def test_model_reads_the_rows_that_the_user_may_read() -> None:
    world = a_world()
    world.models.answers = [calls(NAME, statement=SUM), says("Ada has bought most.")]

    assert world.chat("Who bought most?", owner=EVE) == ["Ask.", "Ada has bought most."]

    assert get_tool_results(world) == ["customer,sum(total)\nada,10.0\nbob,2.5"]
    first = world.models.requests[0]
    assert INSTRUCTION in first.messages[0].content
    (tool,) = first.tools
    assert tool.description.splitlines()[1:] == ['"orders" ("id" INTEGER, "customer" TEXT, "total" REAL)']


def test_column_that_the_user_may_not_read_does_not_exist_for_the_model() -> None:
    world = a_world()
    world.models.answers = [
        calls(NAME, statement=SUM),
        calls(NAME, statement="SELECT count(*) AS n FROM orders"),
        says("There are two."),
    ]

    assert world.chat("Who bought most?", owner=ADA)[-1] == "There are two."

    assert get_tool_results(world)[0] == "The statement failed: no such column: total"
    assert get_tool_results(world)[-1] == "n\n2"
    assert '"total"' not in world.models.requests[0].tools[0].description


def test_table_that_the_user_may_not_read_is_no_tool() -> None:
    world = a_world('TABLE orders READ BY "board"\n    id integer\nEND TABLE\nSET ANSWER MODE "sql"\nTALK "Ask."')
    world.models.answers = [says("I cannot know.")]

    assert world.chat("Who bought most?", owner=ADA)[-1] == "I cannot know."
    assert world.models.requests[0].tools == ()


@pytest.mark.parametrize("arguments", [{}, {"statement": 7}, {"statement": "DELETE FROM orders"}])
def test_invalid_statement_is_an_error_for_the_model_and_changes_nothing(arguments: dict[str, Any]) -> None:
    world = a_world()
    world.models.answers = [
        calls(NAME, **arguments),
        calls(NAME, statement="SELECT count(*) FROM orders"),
        says("Two."),
    ]

    assert world.chat("Delete all", owner=EVE)[-1] == "Two."
    assert get_tool_results(world)[0].startswith("The statement failed: ")
    assert get_tool_results(world)[-1] == "count(*)\n2"


def test_bot_in_the_document_mode_reads_no_tables() -> None:
    world = a_world(START.replace('"SQL"', '"document"'))
    world.models.answers = [says("I cannot know.")]

    world.chat("Who bought most?", owner=EVE)

    assert world.models.requests[0].tools == ()
    assert INSTRUCTION not in world.models.requests[0].messages[0].content


def test_description_of_many_tables_is_bounded() -> None:
    tables = "".join(f"TABLE t{number}\n    {'x' * 90} string\nEND TABLE\n" for number in range(200))
    world = a_world(f'{tables}SET ANSWER MODE "sql"\nTALK "Ask."')

    world.chat("Hello")

    (tool,) = world.models.requests[0].tools
    assert MAX_DESCRIPTION_LENGTH - 200 < len(tool.description) < MAX_DESCRIPTION_LENGTH + 200


def test_turn_that_is_run_again_after_an_effect_gives_the_model_the_same_rows() -> None:
    tell = 'PARAM note\nDESCRIPTION "Tells."\nPOST "https://shop.example/notes", #{note: note}\nRETURN "told"'
    world = CrashingScriptWorld(f'{START}USE TOOL "tell"', {"tell": tell}, llm_model="small")
    world.send_message("Tell how many orders there are")
    count = calls(NAME, statement="SELECT count(*) AS n FROM orders")
    world.models.answers = [count, calls("tell", note="2"), says("Done.")] * 2

    effect = CrashingScriptWorld.run_until(world, 0, after=False).steps.index("web") + 1
    world.send_message("Tell how many orders there are")
    world.models.answers = [count, calls("tell", note="2"), says("Done.")] * 2
    assert world.run_until(effect, after=True).crashed
    world.tables.insert("orders", "3", {"id": 3})
    world.run_until(0, after=False)

    assert {*get_tool_results(world)} == {"n\n2", "told"}
    assert world.get_bot_messages(world.conversation)[-1] == "Done."
