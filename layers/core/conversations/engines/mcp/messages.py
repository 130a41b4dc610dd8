"""The JSON-RPC messages of MCP, and the headers that repeat parts of them."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from basic.errors import ScriptError
from basic.host import HttpResponse
from basic.http.transport import MAX_BODY_BYTES

PROTOCOL_VERSION = "2026-07-28"

_META = {
    "io.modelcontextprotocol/protocolVersion": PROTOCOL_VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "conversations", "version": "1"},
    # This client answers no questions of servers.
    "io.modelcontextprotocol/clientCapabilities": {},
}

_SENTINEL = "=?base64?"
_EVENT_STREAM = "text/event-stream"


class McpError(ScriptError):
    """A server that does not answer, or not as the protocol asks for; the text is for the log and for the model."""


def build_headers(method: str, name: str | None = None, arguments: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the headers of a request, except the credential.

    Parameters
    ----------
    method
        The JSON-RPC method.
    name
        The name of the tool to call.
    arguments
        Arguments that the tool's schema wants as headers, by the names of the headers.
    """
    headers = {
        "Content-Type": "application/json",
        "Accept": f"application/json, {_EVENT_STREAM}",
        "MCP-Protocol-Version": PROTOCOL_VERSION,
        "Mcp-Method": method,
    }
    if name is not None:
        headers["Mcp-Name"] = encode_header(name)
    return headers | {f"Mcp-Param-{header}": encode_header(value) for header, value in (arguments or {}).items()}


def encode_header(value: str) -> str:
    """Encode a value of a header; one that is not plain ASCII becomes Base64 between marks."""
    is_plain = re.fullmatch(r"[\x20-\x7e\t]*", value) is not None and value == value.strip()
    if is_plain and not (value.startswith(_SENTINEL) and value.endswith("?=")):
        return value
    return f"{_SENTINEL}{base64.b64encode(value.encode()).decode()}?="


def build_body(method: str, params: Mapping[str, Any]) -> str:
    """Return the body of a request. Its id is always 1: a connection has one request."""
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": _META}})


def parse_response(response: HttpResponse) -> dict[str, Any]:
    """Return the result in a response.

    Raises
    ------
    McpError
        If there is none: an error of the server, or no response of the protocol.
    """
    for message in _list_messages(response):
        match message:
            case {"error": {"message": str(text)}}:
                raise McpError(f"the server refused the request: {text[:500]}")
            case {"result": dict(result), "id": 1}:
                return result
    raise McpError(f"the server responded with {response.status} and no result")


def _list_messages(response: HttpResponse) -> Iterator[object]:
    """Yield the messages of a response: one, or an event each."""
    if len(response.body) > MAX_BODY_BYTES:
        raise McpError("the response of the server is too large")
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    texts = _list_events(response.body) if media_type == _EVENT_STREAM else [response.body]
    for text in texts:
        try:
            yield json.loads(text)
        except (ValueError, RecursionError):
            continue


def _list_events(body: str) -> Iterator[str]:
    """Yield the data of the events of a stream, which ends with the response."""
    for event in re.split(r"\r\n\r\n|\n\n|\r\r", body):
        lines = (line for line in re.split(r"\r\n|\n|\r", event) if line.startswith("data:"))
        data = "\n".join(line.removeprefix("data:").removeprefix(" ") for line in lines)
        if data:
            yield data
