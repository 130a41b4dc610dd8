"""The tools of a server, as ``tools/list`` returns them."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from conversations.data_classes import dataclass

logger = logging.getLogger(__name__)

MAX_SCHEMA_LENGTH = 16_000
"""Characters of the schema of a tool as JSON; it is part of each prompt."""

MAX_DESCRIPTION_LENGTH = 2_000
"""Characters of the description of a tool; a longer one is cut."""

_HEADER = "x-mcp-header"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_TYPES = ("integer", "string", "boolean")
_MAX_SAFE_INTEGER = 2**53 - 1

type Path = tuple[str, ...]


class InvalidToolError(ValueError):
    """A definition of a tool that a client must not use."""


@dataclass(frozen=True, slots=True)
class McpTool:
    """A tool of a server.

    Attributes
    ----------
    name
        Its name.
    description
        What it does.
    schema
        The JSON Schema of its arguments, of type ``object``.
    headers
        The arguments that are repeated as headers: their paths in the arguments, by the names of the headers.
    is_read_only
        Whether the server says that the tool changes nothing.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    headers: Mapping[str, Path]
    is_read_only: bool = False

    def list_missing(self, arguments: Mapping[str, Any]) -> list[str]:
        """Return the names of the required arguments that are absent."""
        required = self.schema.get("required")
        names = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
        return [name for name in names if arguments.get(name) in (None, "")]

    def get_headers(self, arguments: Mapping[str, Any]) -> dict[str, str]:
        """Return the arguments that are repeated as headers."""
        values = {header: _get_value(arguments, path) for header, path in self.headers.items()}
        return {header: _to_header(value) for header, value in values.items() if _fits_header(value)}


def parse_tools(result: Mapping[str, Any]) -> Iterator[McpTool]:
    """Yield the tools of a result of ``tools/list``; invalid ones are left out."""
    tools = result.get("tools")
    for tool in tools if isinstance(tools, list) else []:
        try:
            yield _parse_tool(tool)
        except InvalidToolError as error:
            name = tool.get("name") if isinstance(tool, dict) else None
            logger.warning("tool %s is left out: %s", str(name)[:128], error)


def _parse_tool(tool: object) -> McpTool:
    parts: dict[str, Any] = tool if isinstance(tool, dict) else {}
    name, schema = parts.get("name"), parts.get("inputSchema")
    if not isinstance(name, str) or not name or not isinstance(schema, dict) or schema.get("type") != "object":
        raise InvalidToolError("it needs a name, and a schema of an object")
    # safeguard: mcp-schema-size
    if len(json.dumps(schema)) > MAX_SCHEMA_LENGTH:
        raise InvalidToolError(f"its schema is longer than {MAX_SCHEMA_LENGTH:,} characters")
    description, annotations = parts.get("description"), parts.get("annotations")
    return McpTool(
        name,
        description[:MAX_DESCRIPTION_LENGTH] if isinstance(description, str) else "",
        # Some providers require the properties.
        {"properties": {}, **schema},
        _parse_headers(schema),
        isinstance(annotations, dict) and annotations.get("readOnlyHint") is True,
    )


def _parse_headers(schema: Mapping[str, Any]) -> dict[str, Path]:
    """Return the properties that are repeated as headers.

    Raises
    ------
    InvalidToolError
        If an annotation is invalid, or where the protocol does not allow it.
    """
    headers: dict[str, Path] = {}
    for path, part in _walk(schema, ()):
        if _HEADER not in part:
            continue
        name = part[_HEADER]
        if path is None or part.get("type") not in _HEADER_TYPES:
            raise InvalidToolError(f"{_HEADER} is not allowed there")
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise InvalidToolError(f"{_HEADER} is not a name of a header")
        if name.lower() in (header.lower() for header in headers):
            raise InvalidToolError(f"{_HEADER} {name} occurs twice")
        headers[name] = path
    return headers


def _walk(part: object, path: Path | None) -> Iterator[tuple[Path | None, Mapping[str, Any]]]:
    """Yield the schemas inside a schema, each with the path to its value; None if ``properties`` do not lead to it."""
    if isinstance(part, list):
        for item in part:
            yield from _walk(item, None)
    if not isinstance(part, dict):
        return
    yield path, part
    for keyword, inner in part.items():
        if keyword == "properties" and isinstance(inner, dict):
            for name, schema in inner.items():
                yield from _walk(schema, None if path is None else (*path, name))
        elif keyword not in ("enum", "const", "default", "examples"):
            yield from _walk(inner, None)


def _get_value(arguments: Mapping[str, Any], path: Path) -> object:
    value: object = arguments
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _fits_header(value: object) -> bool:
    if isinstance(value, bool | str):
        return True
    return isinstance(value, int) and abs(value) <= _MAX_SAFE_INTEGER


def _to_header(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
