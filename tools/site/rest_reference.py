"""The page of the REST API, from the committed OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tools.documents import ROOT
from tools.site.markdown import build_example, build_table
from tools.site.schema_tables import build_schema, describe, format_type

type Json = Mapping[str, Any]

_DOCUMENT = ROOT / "functions/rest/get_openapi/openapi.json"


def build_rest_reference() -> str:
    """Return the Markdown of the page."""
    return "\n".join(_build_page(json.loads(_DOCUMENT.read_text(encoding="utf-8"))))


def _build_page(document: Json) -> Iterator[str]:
    yield from ("# REST reference", "", document["info"]["description"], "")
    yield "All paths begin with the URL of the API, such as `https://chat.example.com/api`."
    yield "Codes and their meaning are in [Errors](../api.md#errors). This page is generated from the OpenAPI document."
    yield ""
    for tag in document["tags"]:
        yield from (f"## {tag['name']}", "", tag["description"], "")
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    yield from _build_operation(document, method, path, operation)
    yield from ("## Schemas", "")
    for name, schema in document["components"]["schemas"].items():
        yield from build_schema(name, schema)


def _build_operation(document: Json, method: str, path: str, operation: Json) -> Iterator[str]:
    yield from (f"### {operation['summary']}", "", f"`{method.upper()} {path}`", "", operation["description"], "")
    rows = [
        (
            f"`{each['name']}`" if each["required"] else f"`{each['name']}?`",
            each["in"],
            format_type(each["schema"]),
            describe({**each["schema"], "description": each.get("description", "")}),
        )
        for each in (_resolve(document, parameter) for parameter in operation.get("parameters", ()))
    ]
    yield from build_table(("parameter", "in", "type", "description"), rows)
    if "requestBody" in operation:
        for kind, content in operation["requestBody"]["content"].items():
            yield from (f"Body (`{kind}`): {format_type(content['schema'])}", "")
            yield from _build_examples(content)
    responses = {status: _resolve(document, each) for status, each in operation["responses"].items()}
    yield from build_table(
        ("status", "body", "codes", "description"),
        [(status, _format_body(each), _format_codes(each), each["description"]) for status, each in responses.items()],
    )
    for status, response in responses.items():
        if status.startswith("2"):
            for content in response.get("content", {}).values():
                yield from _build_examples(content)


def _build_examples(content: Json) -> Iterator[str]:
    for example in list(content.get("examples", {}).values())[:1]:
        yield from build_example(example["value"])


def _format_body(response: Json) -> str:
    bodies = [
        format_type(content["schema"]) if "schema" in content else f"`{kind}`"
        for kind, content in response.get("content", {}).items()
    ]
    return " or ".join(dict.fromkeys(bodies))


def _format_codes(response: Json) -> str:
    examples = [
        example.get("value")
        for content in response.get("content", {}).values()
        for example in content.get("examples", {}).values()
    ]
    codes = [each["error"] for each in examples if isinstance(each, dict) and isinstance(each.get("error"), str)]
    return ", ".join(f"`{code}`" for code in dict.fromkeys(codes))


def _resolve(document: Json, node: Json) -> Json:
    if "$ref" not in node:
        return node
    target: Any = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return dict(target)
