"""Whether what a stack sends is what the documents say: the OpenAPI document it serves, and the AsyncAPI document."""

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


def require_documented(answer: httpx.Response) -> None:
    """Fail if an answer is not one the document allows; what asks for no documented operation must be a problem."""
    answer.read()
    path = urlsplit(str(answer.url)).path
    responses = _operation(answer.request.method.lower(), path)
    if responses is None:
        _require_problem(answer)
        return
    where = f"{answer.request.method} {path} → {answer.status_code}"
    described = _resolved(responses.get(str(answer.status_code), responses.get("default")))
    assert described is not None, f"{where} is not documented: {answer.text}"
    _require_headers(answer, described.get("headers", {}), where)
    if "content" in described or "default" not in responses:
        _require_body(answer, described.get("content", {}), where)


def require_frame(frame: Json) -> None:
    """Fail if a frame is none of those the document says a server sends."""
    name = frame.get("status", frame.get("type"))
    message = _socket()["components"]["messages"].get(name)
    assert message is not None, f"no such frame is documented: {frame}"
    model = message["payload"]["$ref"].rpartition("/")[2]
    faults = [error.message for error in _frame_validator(model).iter_errors(frame)]
    assert not faults, f"{frame}: {faults}"


def _require_headers(answer: httpx.Response, headers: Json, where: str) -> None:
    for name, reference in headers.items():
        header: Json = _resolved(reference) or {}
        value = answer.headers.get(name)
        # Of a limited endpoint, only the gateway's own refusals do not say where the caller stands.
        assert value is not None or not header["required"], f"{where} has no {name}"
        if value is not None:
            told: object = int(value) if header["schema"]["type"] == "integer" else value
            faults = [error.message for error in Draft202012Validator(header["schema"]).iter_errors(told)]
            assert not faults, f"{where}: {name}: {faults}"


def _require_body(answer: httpx.Response, content: Json, where: str) -> None:
    if not content:
        assert not answer.content, f"{where} has a body: {answer.text}"
        return
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in content, f"{where} is {kind}"
    validator = _body_validator(json.dumps(content[kind]["schema"]))
    told = answer.text if kind == "text/plain" else answer.json()
    faults = [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(told)]
    assert not faults, f"{where}: {faults}: {answer.text}"


def _require_problem(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    faults = [
        error.message
        for error in _body_validator('{"$ref": "#/components/schemas/Problem"}').iter_errors(answer.json())
    ]
    assert not faults, f"{answer.url}: {faults}"


@cache
def _rest() -> Json:
    return dict(json.loads(OPENAPI.read_text(encoding="utf-8")))


@cache
def _socket() -> Json:
    return dict(yaml.safe_load(ASYNCAPI.read_text(encoding="utf-8")))


def _operation(method: str, path: str) -> Json | None:
    """Return the documented responses of an operation; a path without parameters goes before one with them."""
    for template, operations in sorted(_rest()["paths"].items(), key=lambda item: item[0].count("{")):
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(f"/api{pattern}", path) and method in operations:
            return dict(operations[method]["responses"])
    return None


def _resolved(node: Json | None) -> Json | None:
    if node is None or "$ref" not in node:
        return node
    found: Any = _rest()
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


@cache
def _body_validator(schema: str) -> Draft202012Validator:
    return _validator(json.loads(schema), _rest())


@cache
def _frame_validator(model: str) -> Draft202012Validator:
    return _validator({"$ref": f"#/components/schemas/{model}"}, _socket())


def _validator(schema: Json, document: Json) -> Draft202012Validator:
    """Return a validator that knows no field but the documented ones, though clients must bear others."""
    schemas = {name: _closed(each) for name, each in document["components"]["schemas"].items()}
    whole = {**schema, "components": {"schemas": schemas}}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _closed(schema: Json) -> Json:
    return {"additionalProperties": False, **schema} if "properties" in schema else schema
