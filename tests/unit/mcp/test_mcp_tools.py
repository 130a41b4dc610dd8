"""Tools of MCP servers: their definitions, calls, failures, and turns that are run again."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from basic.errors import ScriptError
from basic.http.transport import HopResponse
from conversations.domain.model import Finished, FinishReason, ModelEvent, ModelRequest, ToolCall
from conversations.engines.mcp.client import read_result
from conversations.engines.mcp.messages import McpError
from conversations.engines.mcp.tool import parse_tools
from tests.fakes.crashes import Function
from tests.fakes.crashing_scripts import CrashingScriptWorld
from tests.fakes.models import FakeModels, calls, says
from tests.fakes.scripts import ScriptWorld, an_answer

BOOK: dict[str, Any] = {
    "name": "book.table",
    "description": "Books a table.",
    "inputSchema": {
        "type": "object",
        "properties": {"day": {"type": "string", "x-mcp-header": "Day"}, "guests": {"type": "integer"}},
        "required": ["day"],
    },
}
FIND: dict[str, Any] = {
    "name": "find",
    "inputSchema": {"type": "object"},
    "annotations": {"readOnlyHint": True},
}


def result(**fields: object) -> HopResponse:
    return an_answer({"jsonrpc": "2.0", "id": 1, "result": {"resultType": "complete", **fields}})


def tools(*definitions: object, **fields: object) -> HopResponse:
    return result(tools=list(definitions), **fields)


def text(content: str, **fields: object) -> HopResponse:
    return result(content=[{"type": "text", "text": content}], **fields)


def a_world(*answers: HopResponse | Exception, **config: Any) -> ScriptWorld:  # noqa: ANN401 - texts
    world = ScriptWorld(
        'TALK "Hi"',
        llm_model="small",
        **{"mcp_server_inn": "https://inn.example/mcp", "mcp_key_inn": "ssm:/bots/inn"} | config,
    )
    world.secrets.values["ssm:/bots/inn"] = "token"
    world.web.answers = list(answers)
    return world


def get_result(world: ScriptWorld) -> str:
    """Return what the model got as the result of its first call."""
    return world.models.list_prompts()[1][-1][1]


def test_model_calls_a_tool_of_a_server() -> None:
    world = a_world(tools(BOOK, FIND), text("Booked."))
    world.models.answers = [calls("inn__book_table", day="tomorrow", guests=2), says("See you!")]

    assert world.chat("A table") == ["Hi", "See you!"]
    assert get_result(world) == "Booked."
    assert [tool.name for tool in world.models.requests[0].tools] == ["inn__book_table", "inn__find"]
    listed, called = world.web.requests
    assert (listed.headers["Mcp-Method"], called.headers["Mcp-Method"]) == ("tools/list", "tools/call")
    assert called.headers["Authorization"] == "Bearer token"
    assert (called.headers["Mcp-Name"], called.headers["Mcp-Param-Day"]) == ("book.table", "tomorrow")
    assert called.headers["Idempotency-Key"].endswith(":mcp-1")
    params = json.loads(called.body or b"")["params"]
    assert (params["name"], params["arguments"]) == ("book.table", {"day": "tomorrow", "guests": 2})


def test_tools_of_a_server_are_cached() -> None:
    world = a_world(tools(FIND))
    world.chat("One", "Two")

    assert len(world.web.requests) == 1


def test_all_pages_of_tools_are_read() -> None:
    world = a_world(tools(BOOK, nextCursor="2"), tools(FIND))
    world.chat("Hello")

    assert len(world.models.requests[0].tools) == 2
    assert json.loads(world.web.requests[1].body or b"")["params"]["cursor"] == "2"


def test_endless_pages_are_bounded() -> None:
    world = a_world(*[tools(FIND, nextCursor="more")] * 20)
    world.chat("Hello")

    assert len(world.web.requests) == 5


@pytest.mark.parametrize(
    "answer", [ScriptError("inn.example refused the connection"), an_answer({}, 503), an_answer([], 200)]
)
def test_server_that_does_not_answer_costs_its_tools_only(
    answer: HopResponse | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    world = a_world(answer)

    assert world.chat("One", "Two") == ["Hi", "Fine, thank you.", "Fine, thank you."]
    assert list(world.models.requests[0].tools) == []
    assert len(world.web.requests) == 1
    assert "tools unavailable: " in caplog.text


def test_key_that_does_not_exist_sends_no_request(caplog: pytest.LogCaptureFixture) -> None:
    world = a_world(tools(FIND))
    world.secrets.values.clear()

    assert world.chat("One") == ["Hi", "Fine, thank you."]
    assert world.web.requests == []
    assert "the key of the server does not exist" in caplog.text


def test_server_without_a_key_gets_none() -> None:
    world = a_world(tools(FIND), mcp_key_inn="none")
    world.chat("One")

    assert "Authorization" not in world.web.requests[0].headers


@pytest.mark.parametrize(
    ("call", "answers", "expected"),
    [
        (ToolCall("1", "inn__book_table", '{"day": ""}'), [], "missing: day"),
        (ToolCall("1", "inn__book_table", "[]"), [], "the arguments are not a JSON object"),
        (ToolCall("1", "inn__swim", "{}"), [], "its server does not answer"),
        (ToolCall("1", "swim", "{}"), [], "There is no tool swim."),
        (ToolCall("1", "inn__find", "{}"), [text("No rooms", isError=True)], "The tool reports an error: No rooms"),
        (ToolCall("1", "inn__find", "{}"), [result(resultType="input_required")], "asks for input"),
        (ToolCall("1", "inn__find", "{}"), [an_answer({"error": {"message": "Busy"}}, 429)], "Busy"),
        (ToolCall("1", "inn__find", "{}"), [ScriptError("inn.example did not answer")], "did not answer"),
    ],
)
def test_call_that_fails_is_an_error_for_the_model(
    call: ToolCall, answers: list[HopResponse | Exception], expected: str
) -> None:
    world = a_world(tools(BOOK, FIND), *answers)
    world.models.answers = [[call, Finished(FinishReason.TOOL_CALLS)], says("Sorry.")]

    assert world.chat("Go") == ["Hi", "Sorry."]
    assert expected in get_result(world)
    assert len(world.web.requests) == 1 + len(answers)


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        (
            {"content": [{"type": "text", "text": "a"}, {"type": "image", "data": ""}, {"type": "text", "text": "b"}]},
            "a\nb",
        ),
        ({"content": [{"type": "resource", "resource": {"uri": "x:y", "text": "c"}}]}, "c"),
        ({"content": [{"type": "resource_link", "uri": "https://a.example"}]}, "https://a.example"),
        ({"content": [], "structuredContent": {"rooms": 2}}, "{'rooms': 2}"),
        ({"content": []}, "Done."),
        ({}, "Done."),
        ({"content": "no list"}, "Done."),
    ],
)
def test_result_is_a_text_for_the_model(fields: dict[str, Any], read: str) -> None:
    assert read_result(fields) == read


def test_unknown_kind_of_result_is_an_error() -> None:
    with pytest.raises(McpError):
        read_result({"resultType": "task"})


# ------------------------------------------------------------------------------------------------- definitions


def a_tool(name: str = "t", **properties: object) -> dict[str, Any]:
    return {"name": name, "inputSchema": {"type": "object", "properties": properties}}


@pytest.mark.parametrize(
    "definition",
    [
        "no map",
        {"inputSchema": {"type": "object"}},
        {"name": "", "inputSchema": {"type": "object"}},
        {"name": "t"},
        {"name": "t", "inputSchema": None},
        {"name": "t", "inputSchema": {"type": "string"}},
        a_tool(a={"type": "string", "description": "x" * 20_000}),
        a_tool(a={"type": "string", "x-mcp-header": ""}),
        a_tool(a={"type": "string", "x-mcp-header": "A\r\nB"}),
        a_tool(a={"type": "string", "x-mcp-header": 1}),
        a_tool(a={"type": "number", "x-mcp-header": "A"}),
        a_tool(a={"type": "object", "x-mcp-header": "A"}),
        a_tool(a={"type": "string", "x-mcp-header": "A"}, b={"type": "string", "x-mcp-header": "a"}),
        a_tool(a={"type": "array", "items": {"type": "string", "x-mcp-header": "A"}}),
        a_tool(a={"anyOf": [{"type": "string", "x-mcp-header": "A"}]}),
        a_tool(a={"anyOf": [{"type": "object", "properties": {"b": {"type": "string", "x-mcp-header": "A"}}}]}),
    ],
)
def test_invalid_definition_is_left_out(definition: object, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        listed = list(parse_tools({"tools": [definition, a_tool("valid")]}))

    assert [tool.name for tool in listed] == ["valid"]
    assert "is left out" in caplog.text


def test_arguments_are_repeated_as_headers() -> None:
    nested = {"type": "object", "properties": {"city": {"type": "string", "x-mcp-header": "City"}}}
    definition = a_tool(
        place=nested,
        count={"type": "integer", "x-mcp-header": "Count"},
        quick={"type": "boolean", "x-mcp-header": "Quick"},
        note={"type": "string", "x-mcp-header": "Note", "enum": [{"x-mcp-header": "no annotation"}]},
    )
    (tool,) = parse_tools({"tools": [definition]})

    assert tool.get_headers({"place": {"city": "Rome"}, "count": 42, "quick": True}) == {
        "City": "Rome",
        "Count": "42",
        "Quick": "true",
    }
    assert tool.get_headers({"place": None, "count": 2**60, "quick": None}) == {}


# ------------------------------------------------------------------------------------------------- run again


class Guest(FakeModels):
    """A model that books two tables, on other days whenever it is asked again."""

    def stream(self, request: ModelRequest) -> Iterator[ModelEvent]:
        self.requests.append(request)
        if request.messages[-1].role == "tool":
            return self._stream(says("Done."))
        number = len(self.requests)
        both = [ToolCall(f"{n}", "inn__book_table", f'{{"day": "{number}.{n}"}}') for n in (1, 2)]
        return self._stream([*both, Finished(FinishReason.TOOL_CALLS)])


class Inn(CrashingScriptWorld):
    """A bot whose model books twice, at a server that counts."""

    def __init__(self) -> None:
        super().__init__(
            'TALK "Hi"',
            llm_model="small",
            mcp_server_inn="https://inn.example/mcp",
        )
        self.models = Guest()
        self.send_message("Two tables")

    def run_until(self, step: int, *, after: bool) -> Function:
        self.web.answers = [tools(BOOK), *[text(f"Booking {n}") for n in range(10)]]
        return super().run_until(step, after=after)

    def list_bookings(self) -> list[tuple[str, bytes | None]]:
        requests = [hop for hop in self.web.requests if hop.headers["Mcp-Method"] == "tools/call"]
        return [(hop.headers["Idempotency-Key"], hop.body) for hop in requests]


STEPS = Inn().run_until(0, after=False).steps


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_books_twice(step: int, *, after: bool) -> None:
    inn = Inn()
    crashed = inn.run_until(step, after=after)
    assert crashed.crashed

    inn.run_until(0, after=False)

    bookings = inn.list_bookings()
    was_interrupted = (crashed.steps[-1], after) in {("web", True), ("write", False)}
    assert len({*bookings}) == 2
    assert len(bookings) == 2 or (was_interrupted and len(bookings) == 3)
    assert inn.get_bot_messages(inn.conversation) == ["Hi", "Done."]
