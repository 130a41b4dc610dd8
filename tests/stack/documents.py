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

type Json = dict[str, Any]


def check_response(answer: httpx.Response) -> None:
    """Fail if a response is not documented. The response to an undocumented operation must be a problem."""
    answer.read()
    path = urlsplit(str(answer.url)).path
    responses = _find_responses(answer.request.method.lower(), path)
    if responses is None:
        _check_problem(answer)
        return
    where = f"{answer.request.method} {path} → {answer.status_code}"
    described = _resolve(responses.get(str(answer.status_code), responses.get("default")))
    assert described is not None, f"{where} is not documented: {answer.text}"
    _check_headers(answer, described.get("headers", {}), where)
    if "content" in described or "default" not in responses:
        _check_body(answer, described.get("content", {}), where)


def check_frame(frame: Json) -> None:
    """Fail if a frame is not a documented server frame."""
    name = frame.get("status", frame.get("type"))
    message = _load_asyncapi()["components"]["messages"].get(name)
    assert message is not None, f"no such frame is documented: {frame}"
    model = message["payload"]["$ref"].rpartition("/")[2]
    faults = [error.message for error in _frame_validator(model).iter_errors(frame)]
    assert not faults, f"{frame}: {faults}"


def _check_headers(answer: httpx.Response, headers: Json, where: str) -> None:
    for name, reference in headers.items():
        header: Json = _resolve(reference) or {}
        value = answer.headers.get(name)
        # Only the gateway's own refusals of a limited endpoint lack the rate limit headers.
        assert value is not None or not header["required"], f"{where} has no {name}"
        if value is not None:
            told: object = int(value) if header["schema"]["type"] == "integer" else value
            faults = [error.message for error in Draft202012Validator(header["schema"]).iter_errors(told)]
            assert not faults, f"{where}: {name}: {faults}"


def _check_body(answer: httpx.Response, content: Json, where: str) -> None:
    if not content:
        assert not answer.content, f"{where} has a body: {answer.text}"
        return
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in content, f"{where} is {kind}"
    validator = _body_validator(json.dumps(content[kind]["schema"]))
    told = answer.text if kind == "text/plain" else answer.json()
    faults = [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(told)]
    assert not faults, f"{where}: {faults}: {answer.text}"


def _check_problem(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    faults = [
        error.message
        for error in _body_validator('{"$ref": "#/components/schemas/Problem"}').iter_errors(answer.json())
    ]
    assert not faults, f"{answer.url}: {faults}"


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
    found: Any = _load_openapi()
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


@cache
def _body_validator(schema: str) -> Draft202012Validator:
    return _validator(json.loads(schema), _load_openapi())


@cache
def _frame_validator(model: str) -> Draft202012Validator:
    return _validator({"$ref": f"#/components/schemas/{model}"}, _load_asyncapi())


def _validator(schema: Json, document: Json) -> Draft202012Validator:
    """Return a validator that forbids undocumented fields, though clients must ignore them."""
    schemas = {name: _forbid_other_fields(each) for name, each in document["components"]["schemas"].items()}
    whole = {**schema, "components": {"schemas": schemas}}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _forbid_other_fields(schema: Json) -> Json:
    return {"additionalProperties": False, **schema} if "properties" in schema else schema
