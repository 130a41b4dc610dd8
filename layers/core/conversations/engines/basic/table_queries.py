"""The rows of a bot as a tool of its language model: SELECT statements, after SET ANSWER MODE "sql"."""

import json
from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import JsonValue

from basic.data.sql_tables import SqlTable
from basic.errors import ScriptError
from conversations.data_classes import dataclass
from conversations.domain.model import ModelTool, ToolCall
from conversations.engines.model.tools import CallLimits, ToolResult, ToolSource

NAME = "query_tables"

INSTRUCTION = (
    f"Questions about data are answered from the tables of the bot: read them with the tool {NAME}, and never guess a "
    "value. Show the user the result, not the statement."
)

MAX_DESCRIPTION_LENGTH = 8_000
"""Characters of the description of the tables, which is a part of every prompt: some 2,000 tokens."""


_SCHEMA: Mapping[str, JsonValue] = {
    "type": "object",
    "properties": {"statement": {"type": "string", "description": "one SELECT statement in the dialect of SQLite"}},
    "required": ["statement"],
}


class TableReader(Protocol):
    """Reads the tables of a bot: ``TurnHost``."""

    def select(self, statement: str, tables: Sequence[SqlTable], seconds: float) -> str:
        """Return the result of a SELECT statement as CSV."""
        ...


@dataclass(frozen=True, slots=True)
class TableQueries(ToolSource):
    """``ToolSource`` with a SELECT statement as its only tool.

    Attributes
    ----------
    tables
        The tables that the user may read.
    reader
        Reads them.
    """

    tables: Sequence[SqlTable]
    reader: TableReader

    def list_tools(self) -> Sequence[ModelTool]:
        """Return the tool, with the tables that have room in its description."""
        lines = ["Runs one SELECT statement of SQLite on the tables of the bot, and returns CSV. The tables:"]
        for table in map(str, self.tables):
            if sum(map(len, lines)) + len(table) <= MAX_DESCRIPTION_LENGTH:
                lines.append(table)
        return (ModelTool(NAME, "\n".join(lines), _SCHEMA),)

    def has_tool(self, name: str) -> bool:
        """Return whether it is the tool."""
        return name == NAME

    def call(self, call: ToolCall, limits: CallLimits) -> ToolResult:
        """Run the statement; the model gets the reason why it failed, and may write another one."""
        try:
            return ToolResult(self.reader.select(_parse_statement(call.arguments), self.tables, limits.seconds))
        except ScriptError as error:
            return ToolResult(f"The statement failed: {error}")


def _parse_statement(arguments: str) -> str:
    try:
        parsed = json.loads(arguments)
    except (ValueError, RecursionError):
        return ""
    statement = parsed.get("statement") if isinstance(parsed, dict) else None
    return statement if isinstance(statement, str) else ""
