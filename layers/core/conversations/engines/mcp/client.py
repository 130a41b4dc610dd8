"""Requests to the servers that a bot's ``config.csv`` names."""

import time
from collections.abc import Callable, Mapping
from dataclasses import field
from threading import Lock
from typing import Any

from cachetools import TTLCache

from basic.errors import ScriptError
from basic.host import HttpRequest, HttpResponse
from basic.mcp_config import McpServer
from conversations.data_classes import dataclass
from conversations.domain.errors import NotFoundError
from conversations.engines.mcp.messages import McpError, build_body, build_headers, parse_response
from conversations.engines.mcp.tool import McpTool, parse_tools
from conversations.ports.secrets import SecretReader

LIST_SECONDS = 5
"""Timeout of one ``tools/list``."""

CALL_SECONDS = 20
"""Longest time of one ``tools/call``."""

CACHE_SECONDS = 300
"""How long the tools of a server are cached; a server that does not answer is not asked again for as long."""

_MAX_SERVERS = 100
_MAX_PAGES = 5
"""Pages of a list of tools."""

type Send = Callable[[HttpRequest, float], HttpResponse]
"""Makes an HTTP request within some seconds; no response is a ``ScriptError``."""


def _new_cache() -> TTLCache[McpServer, tuple[McpTool, ...] | McpError]:
    return TTLCache(_MAX_SERVERS, CACHE_SECONDS, time.monotonic)


@dataclass(frozen=True, slots=True)
class McpClient:
    """Lists and calls tools of servers.

    Attributes
    ----------
    send
        Makes HTTP requests, to addresses that the guard of scripts permits.
    secrets
        The keys of servers.
    """

    send: Send
    secrets: SecretReader
    _cache: TTLCache[McpServer, tuple[McpTool, ...] | McpError] = field(default_factory=_new_cache)
    _lock: Lock = field(default_factory=Lock)

    def list_tools(self, server: McpServer) -> tuple[McpTool, ...]:
        """Return the tools of a server.

        Raises
        ------
        McpError
            If the server does not answer.
        """
        # Turns of several conversations may run side by side.
        with self._lock:
            tools = self._cache.get(server)
        if tools is None:
            try:
                tools = self._list(server)
            except McpError as error:
                tools = error
            with self._lock:
                self._cache[server] = tools
        if isinstance(tools, McpError):
            raise tools
        return tools

    def _list(self, server: McpServer) -> tuple[McpTool, ...]:
        tools: list[McpTool] = []
        cursor: object = None
        for _ in range(_MAX_PAGES):
            params = {"cursor": cursor} if isinstance(cursor, str) else {}
            headers = build_headers("tools/list")
            result = self._request(server, headers, build_body("tools/list", params), LIST_SECONDS)
            tools += parse_tools(result)
            cursor = result.get("nextCursor")
            if not isinstance(cursor, str):
                break
        return tuple(tools)

    def call(self, server: McpServer, tool: McpTool, arguments: Mapping[str, Any], *, key: str, seconds: float) -> str:
        """Call a tool, and return its result as a text.

        Parameters
        ----------
        server, tool
            The tool.
        arguments
            Its arguments.
        key
            An idempotency key: the same if the turn is run again.
        seconds
            How long it may take.

        Raises
        ------
        McpError
            If the server does not answer, or refuses the call.
        """
        headers = build_headers("tools/call", tool.name, tool.get_headers(arguments)) | {"Idempotency-Key": key}
        body = build_body("tools/call", {"name": tool.name, "arguments": arguments})
        return read_result(self._request(server, headers, body, min(seconds, CALL_SECONDS)))

    def _request(self, server: McpServer, headers: Mapping[str, str], body: str, seconds: float) -> dict[str, Any]:
        try:
            credential = {"Authorization": f"Bearer {self.secrets.get(server.key)}"} if server.key else {}
            response = self.send(HttpRequest("POST", server.url, {**headers, **credential}, body), seconds)
        except NotFoundError:
            raise McpError("the key of the server does not exist") from None
        except McpError:
            raise
        except ScriptError as error:
            raise McpError(str(error)) from None
        return parse_response(response)


def read_result(result: Mapping[str, Any]) -> str:
    """Return the text of a result of ``tools/call``.

    Raises
    ------
    McpError
        If it has none.
    """
    if result.get("resultType", "complete") != "complete":
        raise McpError("the tool asks for input that this bot cannot give")
    content = result.get("content")
    texts = [_describe(part) for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    text = "\n".join(text for text in texts if text)
    if not text and "structuredContent" in result:
        text = str(result["structuredContent"])
    return f"The tool reports an error: {text}" if result.get("isError") is True else text or "Done."


def _describe(part: Mapping[str, Any]) -> str:
    """Return a part of a result as a text; a model gets no pictures and sounds."""
    match part:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "resource", "resource": {"text": str(text)}}:
            return text
        case {"type": "resource_link", "uri": str(uri)}:
            return uri
    return ""
