"""The search in knowledge bases as a tool of the language model: it finds more than the user's own words do."""

import json
from collections.abc import Callable, Sequence
from dataclasses import field

from conversations.data_classes import dataclass
from conversations.domain.knowledge import FoundPassage
from conversations.domain.model import ModelTool, ToolCall
from conversations.engines.knowledge.passages import MAX_TOKENS, describe_passages, select_passages
from conversations.engines.model.tools import CallLimits, ToolResult, ToolSource

NAME = "search_documents"

_TOOL = ModelTool(
    NAME,
    "Searches the documents of the bot. Use it if the passages that you were given do not answer the question.",
    {
        "type": "object",
        "properties": {"query": {"type": "string", "description": "what to search for, in the language of the user"}},
        "required": ["query"],
    },
)


@dataclass(slots=True)
class KnowledgeTool(ToolSource):
    """``ToolSource`` with the search as its only tool.

    Attributes
    ----------
    find
        Returns the passages that match a question.
    found
        All passages that the model was given.
    """

    find: Callable[[str], Sequence[FoundPassage]]
    found: list[FoundPassage] = field(default_factory=list)

    def list_tools(self) -> Sequence[ModelTool]:
        """Return the tool."""
        return (_TOOL,)

    def has_tool(self, name: str) -> bool:
        """Return whether it is the tool."""
        return name == NAME

    def call(self, call: ToolCall, limits: CallLimits) -> ToolResult:
        """Search; see ``ToolSource.call``."""
        del limits  # a search sends no message
        passages = select_passages(self.find(_parse_query(call.arguments)), MAX_TOKENS)
        self.found += passages
        return ToolResult(describe_passages(passages) or "Nothing was found.")


def _parse_query(arguments: str) -> str:
    try:
        parsed = json.loads(arguments)
    except (ValueError, RecursionError):
        return ""
    query = parsed.get("query") if isinstance(parsed, dict) else None
    return query if isinstance(query, str) else ""
