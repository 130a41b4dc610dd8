"""Builds the JSON of a request for a chat completion."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from conversations.domain.model import (
    ModelMessage,
    ModelReference,
    ModelRefusedError,
    ModelRequest,
    ModelTool,
    ToolCall,
)

_KEY = re.compile(r"[\x21-\x7e]{1,4096}")


def build_headers(key: str, accept: str) -> Mapping[str, str]:
    """Return the headers of a request.

    Parameters
    ----------
    key
        The API key; empty without one.
    accept
        The media type of the response.

    Raises
    ------
    ModelRefusedError
        If the key has characters that would be more than one header.
    """
    headers = {"Content-Type": "application/json", "Accept": accept}
    if not key:
        return headers
    # safeguard: model-key-header
    if not _KEY.fullmatch(key):
        raise ModelRefusedError("the API key has characters that a header must not have")
    return {**headers, "Authorization": f"Bearer {key}"}


def build_body(reference: ModelReference, request: ModelRequest) -> bytes:
    """Return the body of a request."""
    body: dict[str, Any] = {
        "model": reference.model,
        "messages": [_build_message(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        _name_of_limit(reference.url): request.max_tokens,
    }
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.tools:
        body["tools"] = [_build_tool(tool) for tool in request.tools]
    return json.dumps(body, ensure_ascii=False).encode(errors="replace")


def _name_of_limit(url: str) -> str:
    """Return the name of the longest answer's length: OpenAI's newer models refuse the name that others know."""
    return "max_completion_tokens" if urlsplit(url).hostname == "api.openai.com" else "max_tokens"


def _build_message(message: ModelMessage) -> Mapping[str, Any]:
    built: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        # Some servers refuse an empty text beside calls.
        built["content"] = message.content or None
        built["tool_calls"] = [_build_call(call) for call in message.tool_calls]
    if message.tool_call_id is not None:
        built["tool_call_id"] = message.tool_call_id
    return built


def _build_call(call: ToolCall) -> Mapping[str, Any]:
    function = {"name": call.name, "arguments": json.dumps(parse_arguments(call.arguments), ensure_ascii=False)}
    return {"id": call.id, "type": "function", "function": function}


def parse_arguments(arguments: str) -> Mapping[str, Any]:
    """Return the arguments of a call; none if the model wrote invalid ones, which servers refuse to read again."""
    try:
        parsed = json.loads(arguments)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _build_tool(tool: ModelTool) -> Mapping[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}
