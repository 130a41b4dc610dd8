"""Builds requests of Bedrock's Converse API, which is stricter than others about the order of messages."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conversations.adapters.models.openai_request import parse_arguments
from conversations.domain.model import ModelMessage, ModelReference, ModelRequest

_OPENING = "(The conversation begins.)"
"""The user's message before a greeting: a conversation must begin with the user."""


def build_request(reference: ModelReference, request: ModelRequest) -> dict[str, Any]:
    """Return the parameters of ConverseStream."""
    limits: dict[str, Any] = {"maxTokens": request.max_tokens}
    if request.temperature is not None:
        # Bedrock allows at most 1, other providers 2.
        limits["temperature"] = min(request.temperature, 1.0)
    built: dict[str, Any] = {
        "modelId": reference.model,
        "messages": _build_messages(request.messages),
        "inferenceConfig": limits,
    }
    system = [{"text": message.content} for message in request.messages if _is_system(message) and message.content]
    if system:
        built["system"] = system
    tools = _build_tools(request)
    if tools:
        built["toolConfig"] = {"tools": tools}
    return built


def _is_system(message: ModelMessage) -> bool:
    return message.role == "system"


def _build_messages(messages: Iterable[ModelMessage]) -> list[dict[str, Any]]:
    """Return messages of the user and the assistant in turn, beginning with the user; blank texts are not allowed."""
    built: list[dict[str, Any]] = []
    for message in messages:
        content = [] if _is_system(message) else _build_content(message)
        role = "assistant" if message.role == "assistant" else "user"
        if content and not built and role == "assistant":
            built.append({"role": "user", "content": [{"text": _OPENING}]})
        if content and built and built[-1]["role"] == role:
            built[-1]["content"].extend(content)
        elif content:
            built.append({"role": role, "content": content})
    return built


def _build_content(message: ModelMessage) -> list[dict[str, Any]]:
    if message.role == "tool":
        # A result may be blank, a text may not.
        text = message.content if message.content.strip() else "(no result)"
        return [{"toolResult": {"toolUseId": message.tool_call_id, "content": [{"text": text}]}}]
    content: list[dict[str, Any]] = [{"text": message.content}] if message.content.strip() else []
    for call in message.tool_calls:
        use = {"toolUseId": call.id, "name": call.name, "input": parse_arguments(call.arguments)}
        content.append({"toolUse": use})
    return content


def _build_tools(request: ModelRequest) -> Sequence[Mapping[str, Any]]:
    """Return the tools; those that were called must be described, even if they may not be called again."""
    tools = {
        tool.name: {
            "name": tool.name,
            "inputSchema": {"json": dict(tool.parameters)},
            **({"description": tool.description} if tool.description.strip() else {}),
        }
        for tool in request.tools
    }
    for message in request.messages:
        for call in message.tool_calls:
            tools.setdefault(call.name, {"name": call.name, "inputSchema": {"json": {"type": "object"}}})
    return [{"toolSpec": tool} for tool in tools.values()]
