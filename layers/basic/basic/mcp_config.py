"""The keys of ``config.csv`` that name MCP servers, whose tools the bot's language model may call."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from basic.model_config import check_reference, check_url, get_reference

MCP_SERVER_PREFIX = "mcp-server-"
MCP_KEY_PREFIX = "mcp-key-"

MAX_MCP_SERVERS = 5
"""Servers of one bot; each is asked for its tools."""

MCP_KEYS: Mapping[str, str] = {
    f"{MCP_SERVER_PREFIX}NAME": "the URL of an MCP server whose tools the model may call, as `NAME__tool`",
    f"{MCP_KEY_PREFIX}NAME": "where the key of that server is stored, like `llm-key`; it is sent as a bearer token",
}
"""The keys of MCP servers and what they mean; ``NAME`` is the name that the bot gives the server."""


class McpServer(NamedTuple):
    """An MCP server of a bot.

    Parameters
    ----------
    name
        The name that the bot gives it.
    url
        Its endpoint.
    key
        Reference to its key; empty if it needs none.
    """

    name: str
    url: str
    key: str


def list_mcp_servers(config: Mapping[str, str]) -> list[McpServer]:
    """Return the MCP servers of a configuration, in order."""
    names = [key.removeprefix(MCP_SERVER_PREFIX) for key in config if key.startswith(MCP_SERVER_PREFIX)]
    return [
        McpServer(name, config[f"{MCP_SERVER_PREFIX}{name}"], get_reference(config, f"{MCP_KEY_PREFIX}{name}"))
        for name in names[:MAX_MCP_SERVERS]
    ]


def is_mcp_key(key: str) -> bool:
    """Return whether a key configures an MCP server."""
    return key.startswith((MCP_SERVER_PREFIX, MCP_KEY_PREFIX))


def check_mcp_entry(key: str, value: str, config: Mapping[str, str]) -> str:
    """Return why an entry for an MCP server is invalid, after the other values; empty if it is valid."""
    prefix = MCP_SERVER_PREFIX if key.startswith(MCP_SERVER_PREFIX) else MCP_KEY_PREFIX
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,19}", key.removeprefix(prefix)):
        return f"`{key}`: the name of the server must have 1 to 20 letters, digits and hyphens"
    if prefix == MCP_KEY_PREFIX:
        return check_reference(key, value)
    if len(list_mcp_servers(config)) >= MAX_MCP_SERVERS:
        return f"a bot has at most {MAX_MCP_SERVERS} MCP servers"
    return check_url(key, value)
