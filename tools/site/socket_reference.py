"""The page of the WebSocket, from the committed AsyncAPI document."""

from collections.abc import Iterator, Mapping, Sequence
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
    yield from ("## From the client", "")
    from_client = set()
    for operation in document["operations"].values():
        if operation["action"] == "receive":
            for name in map(_get_name, operation["messages"]):
                from_client.add(name)
                replies = [frames[_get_name(each)]["title"] for each in operation.get("reply", {}).get("messages", ())]
                yield from _build_frame(frames[name], operation["summary"], replies)
    yield from ("## From the server", "")
    for name, frame in frames.items():
        if name not in from_client:
            yield from _build_frame(frame, frame["summary"], ())
    yield from ("## Schemas", "")
    for name, schema in document["components"]["schemas"].items():
        yield from build_schema(name, schema)


def _build_frame(frame: Json, summary: str, replies: Sequence[str]) -> Iterator[str]:
    yield from (f"### Frame `{frame['title']}`", "", summary, "")
    yield from (f"Schema: {format_type(frame['payload'])}. {_format_replies(replies)}".rstrip(), "")
    for example in frame.get("examples", ())[:1]:
        yield from build_example(example["payload"])


def _format_replies(titles: Sequence[str]) -> str:
    return f"The server answers with {' or '.join(f'`{title}`' for title in titles)}." if titles else ""


def _get_name(reference: Json) -> str:
    return str(reference["$ref"].rpartition("/")[2])
