"""Scripts as tools of a language model."""

import json
import logging
from typing import Any

import pytest

from basic.filters.filter import MATCH_ALL
from conversations.domain.model import Finished, FinishReason, ToolCall
from conversations.engines.model.answer import MAX_CALLS, MAX_ROUNDS
from tests.fakes.models import Step, calls, says
from tests.fakes.scripts import ScriptWorld, a_bundle

BOOK = """
PARAM day AS DATE DESCRIPTION "The day"
PARAM guests AS INTEGER
DESCRIPTION "Books a table."
INSERT "bookings", #{id: day, guests: guests}
RETURN "Booked for " + guests
"""
LONG = 'text = "tea "\nFOR i = 1 TO 11\ntext = text + text\nNEXT\n'
"""A script that begins with a text of 8,192 characters."""

START = 'USE TOOL "book"\nTALK "Welcome."'


def a_world(others: dict[str, str] | None = None, start: str = START, **config: Any) -> ScriptWorld:  # noqa: ANN401 - texts
    return ScriptWorld(start, {"book": BOOK} | (others or {}), llm_model="small", **config)


def rows(world: ScriptWorld, table: str = "bookings") -> list[Any]:
    return list(world.tables.find(table, MATCH_ALL))


def test_attached_scripts_are_tools() -> None:
    world = a_world({"hours": 'DESCRIPTION "Says when we are open."\nRETURN "9 to 5"', "other": "TALK 1"})
    world.publish(
        a_bundle(
            {
                "start": 'USE TOOL "book"\nADD SUGGESTION TOOL "hours" AS "Hours"',
                "book": BOOK,
                "hours": 'RETURN "9 to 5"',
                "other": "TALK 1",
            },
            llm_model="small",
        )
    )
    world.chat("Hello")

    (request,) = world.models.requests
    assert [(tool.name, tool.description) for tool in request.tools] == [("book", "Books a table."), ("hours", "hours")]
    assert request.tools[0].parameters["required"] == ["day", "guests"]


def test_scripts_with_a_description_are_tools_of_a_bot_without_a_start_script() -> None:
    world = a_world()
    sources = {"book": BOOK, "tables": "x = 1", "hook": 'DESCRIPTION "A webhook."\nWEBHOOK "hook"'}
    world.publish(a_bundle(sources, llm_model="small", param_room="Red"))
    world.models.answers = [calls("book", day="2026-12-24", guests=2), says("Done.")]

    assert world.chat("Book") == ["Done."]
    assert [tool.name for tool in world.models.requests[0].tools] == ["book"]
    assert [row["guests"] for row in rows(world)] == [2]


def test_tool_runs_with_converted_arguments_and_its_result_goes_to_the_model() -> None:
    world = a_world()
    world.models.answers = [calls("book", text="One moment.", day="24/12/2026", guests="4"), says("See you!")]

    assert world.chat("A table for 4 on 24 December") == ["Welcome.", "One moment.", "See you!"]
    assert [(row["id"], row["guests"]) for row in rows(world)] == [("2026-12-24", 4)]
    *_, asked, result = world.models.requests[1].messages
    assert (asked.role, asked.content, asked.tool_calls[0].name) == ("assistant", "One moment.", "book")
    assert (result.role, result.content, result.tool_call_id) == ("tool", "Booked for 4", "call-book")


def test_tool_does_not_run_without_what_it_requires() -> None:
    world = a_world()
    world.models.answers = [calls("book", day="2026-12-24", guests=""), says("How many are you?")]

    assert world.chat("A table please") == ["Welcome.", "How many are you?"]
    assert rows(world) == []
    result = world.models.list_prompts()[1][-1][1]
    assert result == "The tool has not run. missing: guests. Ask the user for what you do not know."


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (ToolCall("1", "rm", "{}"), "There is no tool rm."),
        (ToolCall("1", "book", "{"), "The tool has not run. the arguments are not a JSON object."),
        (ToolCall("1", "book", '{"day": "soon", "guests": 2}'), "The tool has not run. day: must be a date"),
    ],
)
def test_invalid_call_is_an_error_for_the_model(call: ToolCall, result: str) -> None:
    world = a_world()
    world.models.answers = [[call, Finished(FinishReason.TOOL_CALLS)], says("Sorry.")]

    assert world.chat("Go") == ["Welcome.", "Sorry."]
    assert world.models.list_prompts()[1][-1][1].startswith(result)


def test_messages_of_a_tool_come_before_the_text_of_the_model() -> None:
    tool = 'TALK "Menu:"\nWAIT 5\nTALK "Tea"\nADD SUGGESTION "Tea"\nRETURN 7'
    world = a_world({"book": tool})
    world.models.answers = [calls("book"), says("Which one?")]
    conversation = world.start_conversation()
    world.send(conversation, "Menu")

    messages = world.list_messages(conversation.id)
    assert [message.content for message in messages[2:]] == ["Menu:", "Tea", "Which one?"]
    assert [len(message.suggestions) for message in messages[2:]] == [0, 0, 1]
    assert world.models.list_prompts()[1][-1][1] == "7\nThe user has been shown: Menu:\nTea"


def test_tool_that_has_said_everything_needs_no_text_of_the_model() -> None:
    world = a_world({"book": 'TALK "Booked."'})
    world.models.answers = [calls("book"), says()]

    assert world.chat("Book") == ["Welcome.", "Booked."]


def test_tool_without_a_result_is_done() -> None:
    world = a_world({"book": "x = 1"})
    world.models.answers = [calls("book"), says("Right.")]
    world.chat("Book")

    assert world.models.list_prompts()[1][-1][1] == "Done."


def test_tool_that_hears_waits_for_the_user_and_goes_on_with_the_answer() -> None:
    tool = 'HEAR sure AS BOOLEAN WITH "Sure?"\nIF sure THEN\nINSERT "bookings", #{id: 1}\nTALK "Booked."\nEND IF'
    world = a_world({"book": tool})
    world.models.answers = [calls("book", text="Let me see."), says("Anything else?")]

    assert world.chat("Book", "yes", "Hm") == ["Welcome.", "Let me see.", "Sure?", "Booked.", "Anything else?"]
    assert len(rows(world)) == 1


def test_variables_and_memories_of_a_tool_are_kept() -> None:
    tool = 'n = n + 1\nSET USER MEMORY "n", n\nRETURN n'
    world = a_world({"book": tool})
    world.models.answers = [calls("book"), calls("book"), says("Twice."), calls("book"), says("Again.")]
    world.chat("Go", "Go")

    assert [part[-1][1] for part in world.models.list_prompts() if part[-1][0] == "tool"] == ["1", "2", "3"]
    assert list(world.memory.remembered.values()) == ["3"]


def test_failed_tool_is_an_error_for_the_model_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    world = a_world({"book": 'TALK "Half."\nx = GET "ftp://a.example"'})
    world.models.answers = [calls("book"), says("It did not work.")]

    with caplog.at_level(logging.INFO):
        assert world.chat("Go") == ["Welcome.", "Half.", "It did not work."]
    assert world.models.list_prompts()[1][-1][1] == "The tool failed. Explain that it did not work."
    assert "script failed: book.bas:2:5" in caplog.text
    (record,) = [record for record in caplog.records if record.getMessage() == "model turn"]
    assert (vars(record)["model_requests"], vars(record)["model_tool_calls"]) == (2, 1)
    assert vars(record)["gen_ai.usage.input_tokens"] == 32


def test_rounds_are_bounded() -> None:
    world = a_world({"book": "RETURN 1"})
    world.models.answers = [calls("book") for _ in range(20)]

    assert world.chat("Go")[1:] == ["I cannot answer that just now. Please try again later."]
    assert len(world.models.requests) == MAX_ROUNDS + 1


def test_calls_are_bounded() -> None:
    world = a_world({"book": 'INSERT "bookings", #{id: GUID()}'})
    many: list[Step] = [ToolCall(f"{number}", "book", "{}") for number in range(40)]
    world.models.answers = [[*many, Finished(FinishReason.TOOL_CALLS)], says("Enough.")]

    assert world.chat("Go")[1:] == ["Enough."]
    assert len(rows(world)) == MAX_CALLS
    assert world.models.list_prompts()[1][-1][1] == "No more tools may be called: answer the user now."


def test_messages_of_tools_are_bounded() -> None:
    world = a_world({"book": 'FOR i = 1 TO 60\nTALK "line " + i\nNEXT'})
    world.models.answers = [*[calls("book")] * 5, says("Done.")]
    conversation = world.start_conversation()
    world.send(conversation, "Go")

    contents = world.get_bot_messages(conversation)
    assert len(contents) == 1 + 5 + 1
    assert all(content.count("line") == 60 for content in contents[1:-1])


def test_tool_that_says_more_than_fits_fails() -> None:
    world = a_world({"book": LONG + "FOR i = 1 TO 100\nTALK text\nNEXT"})
    world.models.answers = [calls("book"), says("Sorry.")]
    conversation = world.start_conversation()
    world.send(conversation, "Go")

    assert len(world.list_messages(conversation.id)) <= 2 + 65
    assert "The tool failed" in world.models.list_prompts()[1][-1][1]


def test_time_of_tools_is_bounded() -> None:
    world = a_world({"book": 'x = GET "https://slow.example/"\nRETURN 1'})
    world.web.takes = 9
    world.models.answers = [*[[15.0, *calls("book")]] * 5, says("never asked")]
    world.chat("Go")

    assert world.models.seconds + world.web.seconds <= 60 + 15
    assert len(world.models.requests) == 3


def test_long_result_is_cut_to_the_room_in_the_prompt() -> None:
    world = a_world({"book": LONG + "RETURN text"}, llm_server_ctx_size="2048")
    world.models.answers = [calls("book"), says("Much.")]
    world.chat("Go")

    result = world.models.list_prompts()[1][-1][1]
    assert 100 < len(result) < 3_000


def test_model_may_call_several_tools_at_once() -> None:
    world = a_world()
    both: list[Step] = [
        ToolCall(f"{number}", "book", json.dumps({"day": f"2026-12-0{number}", "guests": number})) for number in (1, 2)
    ]
    world.models.answers = [[*both, Finished(FinishReason.COMPLETE)], says("Both.")]

    assert world.chat("Go")[1:] == ["Both."]
    assert [row["guests"] for row in rows(world)] == [1, 2]


def test_names_of_tools_are_those_that_providers_accept() -> None:
    world = a_world()
    sources = {"start": 'USE TOOL "são paulo"\nUSE TOOL "s_o_paulo"', "são paulo": "RETURN 1", "s_o_paulo": "RETURN 2"}
    world.publish(a_bundle(sources, llm_model="small"))
    world.models.answers = [calls("s_o_paulo_2"), says("Two.")]
    world.chat("Go")

    assert [tool.name for tool in world.models.requests[0].tools] == ["s_o_paulo", "s_o_paulo_2"]
    assert world.models.list_prompts()[1][-1][1] == "2"
