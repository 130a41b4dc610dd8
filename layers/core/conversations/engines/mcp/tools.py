"""Tools of MCP servers for a model, in one turn."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from basic.errors import ScriptError
from basic.mcp_config import McpServer
from conversations.data_classes import dataclass
from conversations.domain.model import ModelTool, ToolCall
from conversations.domain.turn import Turn
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.mcp.client import McpClient
from conversations.engines.mcp.messages import McpError
from conversations.engines.mcp.tool import McpTool
from conversations.engines.model.tools import CallLimits, ToolResult, ToolSource, build_tool_name

logger = logging.getLogger(__name__)

_CALL = "mcp"
"""The name of calls in the journal."""


@dataclass(slots=True)
class McpTools(ToolSource):
    """``ToolSource`` of the servers that a bot names.

    A call is an effect in the journal of the turn, unless the server says that its tool only reads. So a turn that is
    run again does not repeat a call that was completed; one that was interrupted is repeated with the same key.

    Attributes
    ----------
    turn
        The turn.
    servers
        The servers of the bot.
    client
        Makes the requests.
    journal
        The journal of the turn.
    """

    turn: Turn
    servers: Sequence[McpServer]
    client: McpClient
    journal: ReplayJournal
    _tools: dict[str, tuple[McpServer, McpTool]] = field(init=False, default_factory=dict)
    _count: int = field(init=False, default=0)

    def list_tools(self) -> Sequence[ModelTool]:
        """Return the tools of the servers that answer; their names begin with those of the servers."""
        for server in self.servers:
            try:
                tools = self.client.list_tools(server)
            except McpError as error:
                logger.warning("tools unavailable: %s", error, extra={"bot": self.turn.bot.id, "server": server.name})
                continue
            for tool in tools:
                self._tools.setdefault(build_tool_name(f"{server.name}__{tool.name}", self._tools), (server, tool))
        return [ModelTool(name, tool.description, tool.schema) for name, (_, tool) in self._tools.items()]

    def has_tool(self, name: str) -> bool:
        """Return whether the tool is of these servers, also of one that does not answer now."""
        return name in self._tools or any(name.startswith(f"{server.name}__") for server in self.servers)

    def call(self, call: ToolCall, limits: CallLimits) -> ToolResult:
        """Call a tool, or replay its result; see ``ToolSource.call``."""
        self._count += 1
        key = f"{self.turn.id}:mcp-{self._count}"

        def run() -> str:
            return self._call(call, key, limits.seconds)

        _, tool = self._tools.get(call.name, (None, None))
        try:
            if tool is not None and tool.is_read_only:
                return ToolResult(str(self.journal.run_read(_CALL, run)))
            # safeguard: mcp-journal
            return ToolResult(str(self.journal.run_effect(_CALL, run, idempotent=False)))
        except ScriptError as error:
            return ToolResult(f"The tool has not worked: {error}")

    def _call(self, call: ToolCall, key: str, seconds: float) -> str:
        server, tool = self._tools.get(call.name, (None, None))
        if server is None or tool is None:
            raise McpError("its server does not answer")
        arguments = _parse_arguments(call.arguments)
        missing = tool.list_missing(arguments)
        # safeguard: mcp-required
        if missing:
            raise McpError(f"missing: {', '.join(missing)}. Ask the user for what you do not know.")
        return self.client.call(server, tool, arguments, key=key, seconds=seconds)


def _parse_arguments(text: str) -> Mapping[str, Any]:
    try:
        arguments: object = json.loads(text or "{}")
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        raise McpError("the arguments are not a JSON object")
    return arguments
