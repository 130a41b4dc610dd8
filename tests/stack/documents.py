"""Checks of everything that a stack sends against the OpenAPI document it serves, and the AsyncAPI document."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parent.parent.parent
OPENAPI = ROOT / "functions/rest/get_openapi/openapi.json"
ASYNCAPI = ROOT / "docs/asyncapi.yaml"
PROBLEM_JSON = "application/problem+json"

type Json = dict[str, Any]


def check_response(response: httpx.Response) -> None:
    """Fail if a response is not documented. The response to an undocumented operation must be a problem."""
    response.read()
    path = urlsplit(str(response.url)).path
    responses = _find_responses(response.request.method.lower(), path)
    if responses is None:
        _check_problem(response)
        return
    label = f"{response.request.method} {path} → {response.status_code}"
    documented = _resolve(responses.get(str(response.status_code), responses.get("default")))
    assert documented is not None, f"{label} is not documented: {response.text}"
    _check_headers(response, documented.get("headers", {}), label)
    if "content" in documented or "default" not in responses:
        _check_body(response, documented.get("content", {}), label)
    if response.headers.get("content-type") == PROBLEM_JSON:
        check_code(response.request.method, path, response.status_code, response.json())


def check_code(method: str, path: str, status: int, problem: Json) -> None:
    """Fail if a problem has another status or code than the operation's, whose examples have all its codes."""
    documented = _resolve((_find_responses(method.lower(), path) or {}).get(str(status)))
    examples = (documented or {}).get("content", {}).get(PROBLEM_JSON, {}).get("examples", {})
    label = f"{method} {path} → {status}: {problem}"
    assert problem["status"] == status, label
    assert not examples or problem["error"] in examples, label


def check_frame(frame: Json) -> None:
    """Fail if a frame is not a documented server frame."""
    name = frame.get("status", frame.get("type"))
    message = _load_asyncapi()["components"]["messages"].get(name)
    assert message is not None, f"no such frame is documented: {frame}"
    model = message["payload"]["$ref"].rpartition("/")[2]
    faults = [error.message for error in _frame_validator(model).iter_errors(frame)]
    assert not faults, f"{frame}: {faults}"


def _check_headers(response: httpx.Response, headers: Json, label: str) -> None:
    for name, reference in headers.items():
        header: Json = _resolve(reference) or {}
        value = response.headers.get(name)
        # Only the gateway's own refusals of a limited endpoint lack the rate limit headers.
        assert value is not None or not header["required"], f"{label} has no {name}"
        if value is not None:
            parsed: object = int(value) if header["schema"]["type"] == "integer" else value
            faults = [error.message for error in Draft202012Validator(header["schema"]).iter_errors(parsed)]
            assert not faults, f"{label}: {name}: {faults}"


def _check_body(response: httpx.Response, content: Json, label: str) -> None:
    if not content:
        assert not response.content, f"{label} has a body: {response.text}"
        return
    kind = response.headers["content-type"].partition(";")[0]
    assert kind in content, f"{label} is {kind}"
    validator = _body_validator(json.dumps(content[kind]["schema"]))
    parsed = response.text if kind in ("text/plain", "text/event-stream") else response.json()
    faults = [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(parsed)]
    assert not faults, f"{label}: {faults}: {response.text}"


def _check_problem(response: httpx.Response) -> None:
    if response.is_success:
        return
    assert response.headers["content-type"] == "application/problem+json", response.text
    faults = [
        error.message
        for error in _body_validator('{"$ref": "#/components/schemas/Problem"}').iter_errors(response.json())
    ]
    assert not faults, f"{response.url}: {faults}"


@cache
def _load_openapi() -> Json:
    return dict(json.loads(OPENAPI.read_text(encoding="utf-8")))


@cache
def _load_asyncapi() -> Json:
    return dict(yaml.safe_load(ASYNCAPI.read_text(encoding="utf-8")))


def _find_responses(method: str, path: str) -> Json | None:
    """Return the documented responses of an operation; a path without parameters takes precedence."""
    for template, operations in sorted(_load_openapi()["paths"].items(), key=lambda item: item[0].count("{")):
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(f"/api{pattern}", path) and method in operations:
            return dict(operations[method]["responses"])
    return None


def _resolve(node: Json | None) -> Json | None:
    if node is None or "$ref" not in node:
        return node
    target: Any = _load_openapi()
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return dict(target)


@cache
def _body_validator(schema: str) -> Draft202012Validator:
    return _validator(json.loads(schema), _load_openapi())


@cache
def _frame_validator(model: str) -> Draft202012Validator:
    return _validator({"$ref": f"#/components/schemas/{model}"}, _load_asyncapi())


def _validator(schema: Json, document: Json) -> Draft202012Validator:
    """Return a validator that forbids undocumented fields, though clients must ignore them."""
    schemas = {name: _forbid_other_fields(model) for name, model in document["components"]["schemas"].items()}
    complete_schema = {**schema, "components": {"schemas": schemas}}
    return Draft202012Validator(complete_schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _forbid_other_fields(schema: Json) -> Json:
    return {"additionalProperties": False, **schema} if "properties" in schema else schema
