"""The OpenAPI 3.1 document of REST, from the registry of operations and the models that validate."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, TypeAdapter

from conversations.contract import problems
from conversations.contract.operation import Link, Operation
from conversations.contract.operations import GET_OPENAPI
from conversations.contract.registry import OPERATIONS
from conversations.domain import ids
from conversations.domain.bot import BotId
from conversations.domain.limits import WEBHOOK, Policy
from tools.api import examples, openapi_problems, schemas
from tools.api.openapi_headers import build_headers, build_usage_references
from tools.api.schemas import Json, reference
from tools.documents import ROOT

FILE = ROOT / "functions/rest/get_openapi/openapi.json"
VERSION = "1.0.0"
LOCAL_URL = "http://localhost:8080/api"
"""The server of the file; each deployment serves the document with its own address."""

_JSON = "application/json"
_EVENT_STREAM = "text/event-stream"

_TAGS = {
    "Conversations": "A conversation of one user with one bot. Paths accept `conv-<uuid>` and `session-<uuid>`.",
    "Messages": "The messages of a conversation, in order, without gaps.",
    "Bots": "The bots that answer.",
    "WebSocket": "How a browser opens a WebSocket. Its frames are in the AsyncAPI document.",
    "Me": "Everything that is stored about the caller.",
    "Webhooks": "How other systems call a bot.",
    "OpenAI": "The bots as models of OpenAI's API; its base URL ends with `/api/openai/v1`.",
    "AG-UI": "The bots as agents of the AG-UI protocol.",
    "Service": "For machines; needs no credential.",
}

_DESCRIPTION = """\
Chat conversations, message history and real-time communication.

- Times are RFC 3339, in UTC, with milliseconds. Ids are opaque.
- Unknown fields and parameters of requests are refused; clients must ignore unknown fields of responses.
- Every error is a problem (RFC 9457) with one of few codes in `error`.
- Rate limits are exact. `RateLimit` and `RateLimit-Policy` report the caller's usage (IETF httpapi draft).
"""

_COUNTED_PER = {WEBHOOK: "bot"}
"""What a rate limit is counted per, if not per user."""

_STATUS_DESCRIPTIONS = {
    HTTPStatus.OK: "Done.",
    HTTPStatus.CREATED: "Created.",
    HTTPStatus.ACCEPTED: "Started; it continues in the background.",
    HTTPStatus.NO_CONTENT: "Done, with an empty body.",
    HTTPStatus.FOUND: "A redirect to the content.",
}

_DOCUMENT_SCHEMA: Json = {
    "type": "object",
    "required": ["openapi", "info", "paths"],
    "properties": {"openapi": {"type": "string"}, "info": {"type": "object"}, "paths": {"type": "object"}},
    # An OpenAPI document has other fields, too.
    "additionalProperties": True,
}

_PATH_PARAMETERS: Mapping[str, tuple[Json, str]] = {
    "conversation_id": (
        TypeAdapter(ids.ConversationReference).json_schema(),
        "the conversation, as `conv-<uuid>` or `session-<uuid>`",
    ),
    "message_id": (TypeAdapter(ids.MessageId).json_schema(), "the message, as `msg-<uuid>`"),
    "file_id": ({"type": "string", "minLength": 1}, "the file"),
    "bot_id": (TypeAdapter(BotId).json_schema(), "the bot"),
    "name": ({"type": "string", "minLength": 1}, "the name in the script's `WEBHOOK` statement"),
}


def get_counted_per(policy: Policy) -> str:
    """Return what a rate limit is counted per."""
    return _COUNTED_PER.get(policy, "user")


def generate() -> Json:
    """Return the document."""
    shared: dict[str, Json] = {}
    paths: dict[str, Json] = {}
    models = _build_schemas()
    for operation in OPERATIONS:
        described = _build_operation(operation, models, shared)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Conversations API",
            "version": VERSION,
            "summary": "The REST interface of General Bots' conversations.",
            "description": _DESCRIPTION,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": LOCAL_URL, "description": "The local stack"}],
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": {name: _omit_defaults(schema) for name, schema in models.items() if not name.endswith("Query")},
            "responses": dict(sorted(shared.items())),
            "headers": build_headers(),
            "securitySchemes": _build_security_schemes(),
        },
    }


def text() -> str:
    """Return the text of the file."""
    return json.dumps(generate(), ensure_ascii=False, indent=1) + "\n"


def _build_security_schemes() -> Json:
    return {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A user's access token from the deployment's OpenID provider.",
        },
        "webhook": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Webhook-Secret",
            "description": "The secret of the bot's webhooks.",
        },
    }


def _build_schemas() -> dict[str, Json]:
    inputs = [operation.input for operation in OPERATIONS if operation.input]
    outputs = [model for operation in OPERATIONS for model in operation.responses.values() if model]
    faults = [operation.error_body for operation in OPERATIONS if operation.error_body]
    return schemas.components(_remove_duplicates(inputs), _remove_duplicates([*outputs, *faults, problems.Problem]))


def _omit_defaults(schema: Json) -> Json:
    """Return the schema of a body without defaults: generators of clients require the fields that have one."""
    if "properties" not in schema:
        return schema
    properties = {
        name: {key: value for key, value in field.items() if key != "default"}
        for name, field in schema["properties"].items()
    }
    return schema | {"properties": properties}


def _remove_duplicates[Item](items: Iterable[Item]) -> list[Item]:
    return list(dict.fromkeys(items))


def _build_operation(operation: Operation[Any], models: Mapping[str, Json], shared: dict[str, Json]) -> Json:
    described: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description + _describe_limit(operation),
    }
    described |= _build_security(operation)
    parameters = [
        *_build_path_parameters(operation),
        *_build_query_parameters(operation, models),
        *_build_header_parameters(operation),
    ]
    if parameters:
        described["parameters"] = parameters
    described |= _build_request_body(operation)
    described["responses"] = _build_responses(operation) | openapi_problems.build_problems(operation, shared)
    if operation.scripted:
        described["responses"]["default"] = {"description": "Any other response of the script."}
    return described


def _build_security(operation: Operation[Any]) -> Json:
    if operation.public:
        return {"security": []}
    return {"security": [{"webhook": []}]} if operation.scripted else {}


def _build_request_body(operation: Operation[Any]) -> Json:
    if operation.scripted:
        return {"requestBody": {"required": False, "content": _build_any_content(examples.get_request(operation))}}
    if operation.input is None or operation.method == "GET":
        return {}
    content = _build_content(reference(operation.input), examples.get_request(operation))
    return {"requestBody": {"required": operation.body_required, "content": content}}


def _describe_limit(operation: Operation[Any]) -> str:
    if operation.policy is None:
        return ""
    return f" At most {operation.policy.limit} a minute per {get_counted_per(operation.policy)}."


def _build_path_parameters(operation: Operation[Any]) -> list[Json]:
    names = operation.get_path_parameters()
    return [_build_parameter(name, "path", *_get_path_parameter(name), required=True) for name in names]


def _get_path_parameter(name: str) -> tuple[Json, str]:
    if name not in _PATH_PARAMETERS:
        raise SystemExit(
            f"The path parameter {name} has no schema: add one to _PATH_PARAMETERS in tools/api/openapi.py."
        )
    return _PATH_PARAMETERS[name]


def _build_header_parameters(operation: Operation[Any]) -> list[Json]:
    if not operation.scripted:
        return []
    schema: Json = {"type": "string", "pattern": r"^[!-~]{1,255}$"}
    return [_build_parameter("Idempotency-Key", "header", schema, "the idempotency key of the delivery")]


def _build_query_parameters(operation: Operation[Any], models: Mapping[str, Json]) -> list[Json]:
    if operation.input is None or operation.method != "GET":
        return []
    model = models[operation.input.__name__]
    properties: dict[str, Json] = model["properties"]
    required = model.get("required", [])
    return [
        _build_parameter(name, "query", *_split_description(schema), required=name in required)
        for name, schema in properties.items()
    ]


def _split_description(schema: Json) -> tuple[Json, str]:
    """Return the schema of a parameter, which cannot be null, and its description."""
    schema = dict(schema)
    description = schema.pop("description")
    choices = [choice for choice in schema.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        schema |= choices[0]
    elif choices:
        schema["anyOf"] = choices
    return schema, description


def _build_parameter(name: str, place: str, schema: Json, description: str, *, required: bool = False) -> Json:
    parameter: Json = {"name": name, "in": place, "required": required, "description": description, "schema": schema}
    values = examples.PARAMETERS.get(name, {})
    if values:
        parameter["examples"] = {key: {"value": value} for key, value in values.items()}
    return parameter


def _build_responses(operation: Operation[Any]) -> Json:
    return {
        str(status.value): _build_response(operation, status, model, is_first=index == 0)
        for index, (status, model) in enumerate(operation.responses.items())
    }


def _build_response(
    operation: Operation[Any], status: HTTPStatus, model: type[BaseModel] | None, *, is_first: bool
) -> Json:
    response: Json = {"description": _STATUS_DESCRIPTIONS[status]}
    if status == HTTPStatus.FOUND:
        schema = {"type": "string", "format": "uri"}
        response["headers"] = {"Location": {"description": "the address of the content", "schema": schema}}
    policies = operation.get_policies()
    if policies:
        response["headers"] = build_usage_references(policies)
    content = _build_response_content(operation, status, model)
    if content:
        response["content"] = content
    if operation.links and is_first:
        response["links"] = {name: _build_link(link) for name, link in operation.links.items()}
    return response


def _build_response_content(operation: Operation[Any], status: HTTPStatus, model: type[BaseModel] | None) -> Json:
    if operation is GET_OPENAPI:
        return {_JSON: {"schema": _DOCUMENT_SCHEMA}}
    if model is not None:
        content = _build_content(reference(model), examples.get_response(operation))
        return {**content, _EVENT_STREAM: {}} if operation.streams else content
    if operation.streams:
        # Without a schema: OpenAPI 3.1 does not say whether one would be that of the stream or of one event.
        return {_EVENT_STREAM: {"examples": {"example": {"value": examples.EVENTS}}}}
    if operation.scripted and status != HTTPStatus.NO_CONTENT:
        return _build_any_content(examples.get_response(operation))
    return {}


def _build_any_content(example: Json) -> Json:
    """Return the content that a script defines: usually JSON."""
    return {**_build_content({}, example), "text/plain": {"schema": {"type": "string"}}}


def _build_content(schema: Json, example: Json) -> Json:
    return {_JSON: {"schema": schema, "examples": {"example": {"value": example}}}}


def _build_link(link: Link) -> Json:
    described: Json = {"operationId": link.operation, "description": link.description}
    if link.parameters:
        described["parameters"] = dict(link.parameters)
    if link.body is not None:
        described["requestBody"] = dict(link.body)
    return described
