"""The OpenAPI 3.1 document of REST, from the models that validate: ``python -m tools.openapi [--check]``.

``OPERATIONS`` is the only list of endpoints there is here; what they take and give is the models', what they do is said
by the functions' own docstrings, what can go wrong is the table of ``conversations.contract.problems``.
"""

import ast
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, TypeAdapter

from conversations.contract import problems, rest_schemas
from conversations.domain import errors, ids
from conversations.domain.bot import BotId
from conversations.domain.limits import HISTORY, LIST, MESSAGES, WEBHOOK, WINDOW, Policy, Usage
from tools import documents, examples
from tools.documents import ROOT, Json, reference

FILE = ROOT / "functions/get_openapi/openapi.json"
VERSION = "1.0.0"

_JSON = "application/json"
_CONVERSATION = "/conversations/{conversation_id}"
_OF_REQUEST = {"conversation_id": "$request.path.conversation_id"}
_MINUTE = int(WINDOW.total_seconds())

type Kinds = tuple[type[errors.ConversationsError], ...]

_ALWAYS: Kinds = (errors.RateLimitedError, errors.UnavailableError)
_OF_CONVERSATION: Kinds = (errors.InvalidRequestError, errors.ForbiddenError, errors.NotFoundError)


@dataclass(frozen=True, slots=True)
class Link:
    """What a client can do next with an answer.

    Attributes
    ----------
    operation
        Name of the next operation.
    description
        What that does.
    parameters
        Where its parameters come from.
    body
        Where the fields of its body come from, if there is one.
    """

    operation: str
    description: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One endpoint.

    Attributes
    ----------
    name
        The folder of its function, and its ``operationId``.
    answers
        What it says by status; None says nothing.
    body
        What it takes.
    body_required
        Whether it must be there.
    query
        The parameters of its query string.
    errors
        What can go wrong besides what always can.
    policy
        The exact limit it counts towards.
    public
        Whether anyone may call it.
    scripted
        Whether a bot's script says what it takes and answers, and the bot's own secret lets in.
    links
        What can be done next.
    """

    method: str
    path: str
    name: str
    tag: str
    answers: Mapping[HTTPStatus, type[BaseModel] | None]
    body: type[BaseModel] | None = None
    body_required: bool = True
    query: type[BaseModel] | None = None
    errors: Kinds = ()
    policy: Policy | None = None
    public: bool = False
    scripted: bool = False
    links: Mapping[str, Link] = field(default_factory=dict)

    def kinds(self) -> Kinds:
        """Return all that can go wrong and is not a mistake of ours."""
        caller: Kinds = () if self.public else (errors.UnauthorizedError,)
        return (*self.errors, *caller, *_ALWAYS)


class _AnyObject(BaseModel):
    """An OpenAPI document."""


_READ = Link("get_history", "What was said in it.", {"conversation_id": "$response.body#/conversation_id"})
_OPERATIONS_ON_IT = {
    "send": Link("send_message", "Say something in it.", {"conversation_id": "$response.body#/conversation_id"}),
    "history": _READ,
    "get": Link("get_conversation", "See it.", {"conversation_id": "$response.body#/conversation_id"}),
    "update": Link("update_conversation", "Archive it.", {"conversation_id": "$response.body#/conversation_id"}),
    "delete": Link("delete_conversation", "Delete it.", {"conversation_id": "$response.body#/conversation_id"}),
}

OPERATIONS = (
    Operation(
        method="post",
        path="/conversations/start",
        name="start_conversation",
        tag="Conversations",
        body=rest_schemas.StartConversationRequest,
        answers={HTTPStatus.OK: rest_schemas.ConversationStarted},
        errors=(
            errors.InvalidRequestError,
            errors.InvalidMessageError,
            errors.ForbiddenError,
            errors.NotFoundError,
            errors.PayloadTooLargeError,
        ),
        links=_OPERATIONS_ON_IT,
    ),
    Operation(
        method="post",
        path=f"{_CONVERSATION}/messages",
        name="send_message",
        tag="Messages",
        body=rest_schemas.SendMessageRequest,
        answers={HTTPStatus.OK: rest_schemas.MessageAccepted},
        errors=(
            *_OF_CONVERSATION,
            errors.InvalidMessageError,
            errors.ConflictError,
            errors.PayloadTooLargeError,
        ),
        policy=MESSAGES,
        links={
            "since": Link(
                "get_history", "What was said after it.", _OF_REQUEST | {"after": "$response.body#/message_id"}
            )
        },
    ),
    Operation(
        method="get",
        path=f"{_CONVERSATION}/history",
        name="get_history",
        tag="Messages",
        query=rest_schemas.HistoryQuery,
        answers={HTTPStatus.OK: rest_schemas.History},
        errors=_OF_CONVERSATION,
        policy=HISTORY,
        links={
            "older": Link("get_history", "The page before.", _OF_REQUEST | {"before": "$response.body#/messages/0/id"}),
            "newer": Link("get_history", "The page after.", _OF_REQUEST | {"after": "$response.body#/messages/0/id"}),
        },
    ),
    Operation(
        method="get",
        path="/conversations",
        name="list_conversations",
        tag="Conversations",
        query=rest_schemas.ListQuery,
        answers={HTTPStatus.OK: rest_schemas.ConversationList},
        errors=(errors.InvalidRequestError,),
        policy=LIST,
        links={
            "next": Link("list_conversations", "The next page.", {"cursor": "$response.body#/next_cursor"}),
            "history": Link(
                "get_history",
                "What was said in the first of them.",
                {"conversation_id": "$response.body#/conversations/0/id"},
            ),
        },
    ),
    Operation(
        method="get",
        path=_CONVERSATION,
        name="get_conversation",
        tag="Conversations",
        answers={HTTPStatus.OK: rest_schemas.ConversationDetails},
        errors=_OF_CONVERSATION,
        links={"history": _READ},
    ),
    Operation(
        method="patch",
        path=_CONVERSATION,
        name="update_conversation",
        tag="Conversations",
        body=rest_schemas.UpdateConversationRequest,
        answers={HTTPStatus.OK: rest_schemas.ConversationDetails},
        errors=(*_OF_CONVERSATION, errors.PayloadTooLargeError),
        links={"history": _READ},
    ),
    Operation(
        method="delete",
        path=_CONVERSATION,
        name="delete_conversation",
        tag="Conversations",
        answers={HTTPStatus.NO_CONTENT: None},
        errors=_OF_CONVERSATION,
        links={"gone": Link("get_conversation", "It is found no more.", _OF_REQUEST)},
    ),
    Operation(
        method="post",
        path="/conversations/claim",
        name="claim_conversation",
        tag="Conversations",
        body=rest_schemas.ClaimRequest,
        answers={HTTPStatus.OK: rest_schemas.ConversationDetails},
        errors=(errors.InvalidRequestError, errors.NotFoundError, errors.PayloadTooLargeError),
        links={"history": _READ},
    ),
    Operation(
        method="get",
        path="/bots",
        name="list_bots",
        tag="Bots",
        answers={HTTPStatus.OK: rest_schemas.BotList},
        links={"start": Link("start_conversation", "Talk to the first.", body={"bot_id": "$response.body#/bots/0/id"})},
    ),
    Operation(
        method="post",
        path="/tickets",
        name="create_ticket",
        tag="Sockets",
        body=rest_schemas.EmptyRequest,
        body_required=False,
        answers={HTTPStatus.OK: rest_schemas.Ticket},
        errors=(errors.InvalidRequestError, errors.PayloadTooLargeError),
    ),
    Operation(
        method="get",
        path="/me/export",
        name="export_me",
        tag="Me",
        query=rest_schemas.ExportQuery,
        answers={HTTPStatus.OK: rest_schemas.Export},
        errors=(errors.InvalidRequestError,),
        links={"next": Link("export_me", "The next page.", {"cursor": "$response.body#/next_cursor"})},
    ),
    Operation(
        method="delete",
        path="/me",
        name="delete_me",
        tag="Me",
        answers={HTTPStatus.NO_CONTENT: None, HTTPStatus.ACCEPTED: rest_schemas.Erasing},
    ),
    Operation(
        method="post",
        path="/{bot_id}/webhook/{name}",
        name="webhook",
        tag="Webhooks",
        answers={HTTPStatus.OK: None, HTTPStatus.NO_CONTENT: None},
        errors=(
            errors.InvalidRequestError,
            errors.NotFoundError,
            errors.ConflictError,
            errors.PayloadTooLargeError,
        ),
        policy=WEBHOOK,
        scripted=True,
    ),
    Operation(
        method="get",
        path="/health",
        name="health",
        tag="Service",
        answers={HTTPStatus.OK: rest_schemas.Health},
        public=True,
    ),
    Operation(
        method="get",
        path="/openapi.json",
        name="get_openapi",
        tag="Service",
        answers={HTTPStatus.OK: _AnyObject},
        public=True,
    ),
)

_TAGS = {
    "Conversations": "Threads between one user and one bot. Their paths take `conv-<uuid>` and `session-<uuid>` alike.",
    "Messages": "What was said, in order, without gaps.",
    "Bots": "Who answers.",
    "Sockets": "How a browser opens a socket. What is said on it is in the AsyncAPI document.",
    "Me": "What is stored about the caller.",
    "Webhooks": "How other systems ask a bot.",
    "Service": "For machines; anyone may ask.",
}

_DESCRIPTION = """\
Chat conversations, message history and real-time communication.

- Times are RFC 3339, in UTC, with milliseconds. Ids are opaque.
- An unknown field or parameter is refused; unknown fields of answers must be ignored.
- Every error is a problem (RFC 9457) with one of few words in `error`.
- Limits are exact. `RateLimit` and `RateLimit-Policy` say where the caller stands (IETF httpapi draft).
"""

DETAILS: Mapping[type[errors.ConversationsError], errors.ConversationsError] = {
    errors.InvalidRequestError: errors.InvalidRequestError(
        "limit: input should be less than or equal to 100", field="limit"
    ),
    errors.InvalidMessageError: errors.InvalidMessageError(
        "content: string should have at least 1 character", field="content"
    ),
    errors.UnauthorizedError: errors.UnauthorizedError("Authentication required."),
    errors.ForbiddenError: errors.ForbiddenError("You do not have access to this conversation."),
    errors.NotFoundError: errors.NotFoundError("The conversation does not exist."),
    errors.ConflictError: errors.ConflictError("The conversation is archived."),
    errors.PayloadTooLargeError: errors.PayloadTooLargeError("The body is over 128 KB."),
    errors.RateLimitedError: errors.RateLimitedError(Usage(MESSAGES, remaining=0, reset_seconds=12)),
    errors.UnavailableError: errors.UnavailableError(),
}
"""One of each kind, to be shown."""

_MEANINGS = {
    HTTPStatus.BAD_REQUEST: "Malformed: `detail` and `field` say what.",
    HTTPStatus.UNAUTHORIZED: "No token or secret, or one that does not verify.",
    HTTPStatus.FORBIDDEN: "Somebody else's conversation, or a bot the caller may not use.",
    HTTPStatus.NOT_FOUND: "There is no such conversation, bot or webhook.",
    HTTPStatus.CONFLICT: (
        "The conversation is archived, or the `client_message_id` or `Idempotency-Key` was used with another content."
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is over 128 KB.",
    HTTPStatus.TOO_MANY_REQUESTS: "A limit is used up. Nothing was done or counted.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A mistake of ours.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Something we need does not answer. A retry is safe.",
}


def generate() -> Json:
    """Return the document."""
    shared: dict[str, Json] = {}
    paths: dict[str, Json] = {}
    components = _schemas()
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, components, shared)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Conversations API",
            "version": VERSION,
            "summary": "The REST interface of General Bots' conversations.",
            "description": _DESCRIPTION,
        },
        "servers": [{"url": "/api", "description": "This deployment"}],
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": {name: each for name, each in components.items() if not name.endswith("Query")},
            "responses": dict(sorted(shared.items())),
            "headers": _headers(),
            "securitySchemes": {
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
            },
        },
    }


def text() -> str:
    """Return the document as it is committed."""
    return json.dumps(generate(), ensure_ascii=False, indent=1) + "\n"


def _schemas() -> dict[str, Json]:
    received = [model for each in OPERATIONS for model in (each.body, each.query) if model]
    sent = [model for each in OPERATIONS for model in each.answers.values() if model and model is not _AnyObject]
    return documents.components(_unique(received), _unique([*sent, problems.Problem]))


def _unique[Item](items: Iterable[Item]) -> list[Item]:
    return list(dict.fromkeys(items))


def _operation(operation: Operation, components: Mapping[str, Json], shared: dict[str, Json]) -> Json:
    summary, description = _docstrings(operation.name)
    described: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": summary,
        "description": description + _said_of_limit(operation.policy),
    }
    if operation.public:
        described["security"] = []
    if operation.scripted:
        described["security"] = [{"webhook": []}]
    parameters = [*_path_parameters(operation), *_query_parameters(operation, components), *_headers_of(operation)]
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {
            "required": operation.body_required,
            "content": _content(_JSON, reference(operation.body), examples.REQUESTS[operation.name]),
        }
    if operation.scripted:
        described["requestBody"] = {"required": False, "content": _anything(examples.REQUESTS[operation.name])}
    described["responses"] = _answers(operation) | _problems(operation, shared)
    if operation.scripted:
        described["responses"]["default"] = {"description": "Whatever else the script says."}
    return described


def _docstrings(function: str) -> tuple[str, str]:
    """Return what a function is for and what its handler does, as they say themselves."""
    module = ast.parse((ROOT / "functions" / function / "app.py").read_text(encoding="utf-8"))
    handler = next(node for node in ast.walk(module) if isinstance(node, ast.FunctionDef) and node.name == function)
    purpose = documents.prose(ast.get_docstring(module) or "").partition(": ")[2].rstrip(".")
    return purpose[:1].upper() + purpose[1:], documents.prose(ast.get_docstring(handler) or "")


def _said_of_limit(policy: Policy | None) -> str:
    return "" if policy is None else f" At most {policy.limit} a minute per {_COUNTED.get(policy, 'user')}."


_COUNTED = {WEBHOOK: "bot"}
"""What a policy is counted over, where it is not a user."""


def _path_parameters(operation: Operation) -> list[Json]:
    known: dict[str, tuple[Json, str]] = {
        "conversation_id": (
            TypeAdapter(ids.ConversationReference).json_schema(),
            "the conversation, by either of its names",
        ),
        "bot_id": (TypeAdapter(BotId).json_schema(), "the bot"),
        "name": ({"type": "string", "minLength": 1}, "the name that the script has behind `WEBHOOK`"),
    }
    named = {name: each for name, each in known.items() if f"{{{name}}}" in operation.path}
    return [_parameter(name, "path", *each, required=True) for name, each in named.items()]


def _headers_of(operation: Operation) -> list[Json]:
    if not operation.scripted:
        return []
    schema: Json = {"type": "string", "pattern": r"^[!-~]{1,255}$"}
    return [_parameter("Idempotency-Key", "header", schema, "the name of a delivery that may come again")]


def _query_parameters(operation: Operation, components: Mapping[str, Json]) -> list[Json]:
    if operation.query is None:
        return []
    properties: dict[str, Json] = components[operation.query.__name__]["properties"]
    return [_parameter(name, "query", *_taken_apart(schema)) for name, schema in properties.items()]


def _taken_apart(schema: Json) -> tuple[Json, str]:
    """Return a parameter's schema, which cannot be null, and its description."""
    schema = dict(schema)
    description = schema.pop("description")
    choices = [each for each in schema.pop("anyOf", []) if each != {"type": "null"}]
    if len(choices) == 1:
        schema |= choices[0]
    elif choices:
        schema["anyOf"] = choices
    return schema, description


def _parameter(name: str, place: str, schema: Json, description: str, *, required: bool = False) -> Json:
    parameter: Json = {"name": name, "in": place, "required": required, "description": description, "schema": schema}
    values = examples.PARAMETERS.get(name, {})
    if values:
        parameter["examples"] = {key: {"value": value} for key, value in values.items()}
    return parameter


def _answers(operation: Operation) -> Json:
    return {
        str(status.value): _answer(operation, status, model, first=place == 0)
        for place, (status, model) in enumerate(operation.answers.items())
    }


def _answer(operation: Operation, status: HTTPStatus, model: type[BaseModel] | None, *, first: bool) -> Json:
    answer: Json = {"description": _MEANING_OF_SUCCESS[status]}
    if operation.policy is not None:
        answer["headers"] = _limit_headers(operation.policy)
    if model is _AnyObject:
        answer["content"] = {_JSON: {"schema": {"type": "object", "required": ["openapi", "info", "paths"]}}}
    elif model is not None:
        answer["content"] = _content(_JSON, reference(model), examples.ANSWERS[operation.name])
    elif operation.scripted and status != HTTPStatus.NO_CONTENT:
        answer["content"] = _anything(examples.ANSWERS[operation.name])
    if operation.links and first:
        answer["links"] = {name: _link(link) for name, link in operation.links.items()}
    return answer


def _anything(example: Json) -> Json:
    """Return what a script may take or give: JSON most of the time."""
    return {**_content(_JSON, {}, example), "text/plain": {"schema": {"type": "string"}}}


_MEANING_OF_SUCCESS = {
    HTTPStatus.OK: "Done.",
    HTTPStatus.ACCEPTED: "Begun; the rest goes on by itself.",
    HTTPStatus.NO_CONTENT: "Done; there is nothing left of it.",
}


def _link(link: Link) -> Json:
    described: Json = {"operationId": link.operation, "description": link.description}
    if link.parameters:
        described["parameters"] = dict(link.parameters)
    if link.body is not None:
        described["requestBody"] = dict(link.body)
    return described


def _problems(operation: Operation, shared: dict[str, Json]) -> Json:
    """Return references to the operation's errors by status, and put what they refer to into ``shared``."""
    by_status: dict[HTTPStatus, Kinds] = {}
    for kind in operation.kinds():
        status = problems.ERROR_TYPES[kind].status
        by_status[status] = (*by_status.get(status, ()), kind)
    answers: dict[HTTPStatus, Json] = {
        status: _shared(
            _problem_name(kinds, operation.policy, status), _problem(status, kinds, operation.policy), shared
        )
        for status, kinds in by_status.items()
    }
    status = problems.INTERNAL.status
    answers[status] = _shared(problems.INTERNAL.word, _internal(), shared)
    return {str(status.value): answers[status] for status in sorted(answers)}


def _shared(name: str, answer: Json, shared: dict[str, Json]) -> Json:
    shared[name] = answer
    return {"$ref": f"#/components/responses/{name}"}


def _problem_name(kinds: Kinds, policy: Policy | None, status: HTTPStatus) -> str:
    words = sorted(problems.ERROR_TYPES[kind].word for kind in kinds)
    suffix = [policy.name] if policy is not None and status in _LIMITED else []
    return "-".join([*words, *suffix])


# Before a request is counted somebody must be calling, and the counting itself may fail.
_LIMITED = set(_MEANINGS) - {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
}


def _problem(status: HTTPStatus, kinds: Kinds, policy: Policy | None) -> Json:
    answer = _of_status(status, [_example(kind, policy) for kind in kinds])
    headers: Json = {}
    if policy is not None and status in _LIMITED:
        # The gateway's own throttle and its own limit of a body's size know nothing of ours.
        always = status not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        headers |= _limit_headers(policy, required=always)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = {"$ref": "#/components/headers/WWW-Authenticate"}
    return {**answer, "headers": headers} if headers else answer


def _internal() -> Json:
    return _of_status(problems.INTERNAL.status, [problems.build_problem(Exception())])


def _example(kind: type[errors.ConversationsError], policy: Policy | None) -> problems.Problem:
    if kind is errors.RateLimitedError and policy is not None:
        return problems.build_problem(errors.RateLimitedError(Usage(policy, remaining=0, reset_seconds=12)))
    return problems.build_problem(DETAILS[kind])


def _of_status(status: HTTPStatus, told: list[problems.Problem]) -> Json:
    words = sorted(problem.error for problem in told)
    exact = {"properties": {"status": {"const": status.value}, "error": {"enum": words}}}
    shown = {problem.error: {"value": problem.model_dump(exclude_none=True)} for problem in told}
    content = {"schema": {"allOf": [reference(problems.Problem), exact]}, "examples": shown}
    return {"description": _MEANINGS[status], "content": {problems.PROBLEM_JSON: content}}


def _content(kind: str, schema: Json, example: Json) -> Json:
    return {kind: {"schema": schema, "examples": {"example": {"value": example}}}}


def _limit_headers(policy: Policy, *, required: bool = True) -> Json:
    suffix = "" if required else "-sometimes"
    return {
        name: {"$ref": f"#/components/headers/{name}-{policy.name}{suffix}"}
        for name in ("RateLimit", "RateLimit-Policy")
    }


def _headers() -> Json:
    headers: Json = {
        "Retry-After": _header("seconds to wait", {"type": "integer", "minimum": 0}, 12),
        "WWW-Authenticate": _header("what is asked for", {"type": "string", "const": "Bearer"}, "Bearer"),
    }
    for policy in (MESSAGES, HISTORY, LIST, WEBHOOK):
        for required, suffix in ((True, ""), (False, "-sometimes")):
            headers[f"RateLimit-{policy.name}{suffix}"] = _rate_limit(policy, required=required)
            headers[f"RateLimit-Policy-{policy.name}{suffix}"] = _rate_limit_policy(policy, required=required)
    return dict(sorted(headers.items()))


def _rate_limit(policy: Policy, *, required: bool) -> Json:
    return _header(
        "how many requests are left (`r`), and in how many seconds there are more (`t`)",
        {"type": "string", "pattern": rf'^"{policy.name}";r=\d+;t=\d+$'},
        examples.rate_limit(policy),
        required=required,
    )


def _rate_limit_policy(policy: Policy, *, required: bool) -> Json:
    value = f'"{policy.name}";q={policy.limit};w={_MINUTE}'
    described = "how many requests (`q`) any so many seconds (`w`) may hold"
    return _header(described, {"type": "string", "const": value}, value, required=required)


def _header(description: str, schema: Json, example: Any, *, required: bool = True) -> Json:  # noqa: ANN401 - JSON
    return {"description": description, "required": required, "schema": schema, "example": example}


if __name__ == "__main__":
    documents.main("the OpenAPI document", "tools.openapi", FILE, text)
