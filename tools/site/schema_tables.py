"""The schemas of the OpenAPI and AsyncAPI documents as tables of fields."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tools.site.markdown import build_table

type Json = Mapping[str, Any]

_LONGEST_PATTERN = 60
"""Characters. Longer patterns list the invisible characters of Unicode; descriptions say the same in words."""


def build_schema(name: str, schema: Json) -> Iterator[str]:
    """Yield the section of a schema: its description, and a table of its fields."""
    yield f"### {name}"
    yield ""
    if text := schema.get("description"):
        yield text
        yield ""
    if "properties" in schema:
        required = schema.get("required", ())
        rows = [
            (f"`{field}`" if field in required else f"`{field}?`", format_type(model), describe(model))
            for field, model in schema["properties"].items()
        ]
        yield from build_table(("field", "type", "description"), rows)
    else:
        yield f"Type: {format_type(schema)}."
        yield ""


def format_type(schema: Json) -> str:
    """Return the type of a value, with links to the sections of named schemas."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(format_type(each) for each in schema[key])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(each)}`" for each in schema["enum"])
    if schema.get("type") == "array":
        return f"array of {format_type(schema.get('items', {}))}"
    kind = schema.get("type", "any JSON")
    name = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{name} ({schema['format']})" if "format" in schema else name


def describe(schema: Json) -> str:
    """Return the description of a value with its bounds."""
    bounds = list(_list_bounds(schema))
    return "; ".join(filter(None, (str(schema.get("description", "")), ", ".join(bounds))))


def _list_bounds(schema: Json) -> Iterator[str]:
    for choice in schema.get("anyOf", ()):
        yield from _list_bounds(choice)
    for key, text in _BOUNDS.items():
        if key in schema:
            yield text.format(schema[key])
    if "pattern" in schema and len(schema["pattern"]) <= _LONGEST_PATTERN:
        yield f"`{schema['pattern']}`"
    if schema.get("default") is not None:
        yield f"default `{json.dumps(schema['default'])}`"


_BOUNDS = {
    "minimum": "at least {:,}",
    "maximum": "at most {:,}",
    "minLength": "at least {:,} characters",
    "maxLength": "at most {:,} characters",
    "minItems": "at least {:,} items",
    "maxItems": "at most {:,} items",
}
