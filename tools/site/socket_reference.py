"""The page of the WebSocket, from the committed AsyncAPI document."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tools.documents import ROOT
from tools.site.markdown import build_example, build_table
from tools.site.schema_tables import build_schema, describe, format_type

type Json = Mapping[str, Any]

_DOCUMENT = ROOT / "docs/asyncapi.yaml"


def build_socket_reference() -> str:
    """Return the Markdown of the page."""
    return "\n".join(_build_page(yaml.safe_load(_DOCUMENT.read_text(encoding="utf-8"))))


def _build_page(document: Json) -> Iterator[str]:
    yield from ("# WebSocket reference", "", document["info"]["description"], "")
    yield from ("This page is generated from the [AsyncAPI document](../asyncapi.yaml).", "", "## Opening", "")
    bindings = document["channels"]["socket"]["bindings"]["ws"]
    for part in ("query", "headers"):
        rows = [
            (f"`{name}`", format_type(schema), describe(schema))
            for name, schema in bindings.get(part, {}).get("properties", {}).items()
        ]
        yield from build_table((part, "type", "description"), rows)
    frames = document["components"]["messages"]
    for action, heading in (("receive", "From the client"), ("send", "From the server")):
        yield from (f"## {heading}", "")
        for operation in document["operations"].values():
            if operation["action"] == action:
                yield from _build_operation(operation, frames, is_summarized=action == "receive")
    yield from ("## Schemas", "")
    for name, schema in document["components"]["schemas"].items():
        yield from build_schema(name, schema)


def _build_operation(operation: Json, frames: Json, *, is_summarized: bool) -> Iterator[str]:
    replies = [f"`{_get_name(each)}`" for each in operation.get("reply", {}).get("messages", ())]
    for reference in operation["messages"]:
        frame = frames[_get_name(reference)]
        yield from (f"### Frame `{frame['title']}`", "")
        yield operation["summary"] if is_summarized else frame["summary"]
        yield from ("", f"Schema: {format_type(frame['payload'])}. {_format_replies(replies)}".rstrip(), "")
        for example in frame.get("examples", ())[:1]:
            yield from build_example(example["payload"])


def _format_replies(names: list[str]) -> str:
    return f"The server answers with {' or '.join(names)}." if names else ""


def _get_name(reference: Json) -> str:
    return str(reference["$ref"].rpartition("/")[2])
