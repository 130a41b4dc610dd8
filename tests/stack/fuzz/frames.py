"""The grammar of the frames that a fuzzed client sends."""

import json
from typing import Any

from hypothesis import strategies as st

_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_json = st.recursive(_scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
_types = st.sampled_from(["message", "upload", "ping", "pong", "resume", "stop", "typing", "status", "error", ""])
_routes = st.sampled_from(["$connect", "$disconnect", "$default", "$request.body.type", "Message", "message "])
_ids = st.from_regex(r"(conv|session|msg)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", fullmatch=True)
_texts = st.text(st.characters(codec="utf-8"), max_size=300)
_attachment = st.fixed_dictionaries(
    {},
    optional={
        "name": _texts | _json,
        "content_type": st.sampled_from(["image/png", "image", ""]) | _json,
        "url": st.sampled_from(["https://files.example/cat.png", "http://files.example/", "https://[", "//"]) | _json,
        "size": _json,
        "file_id": st.just("0" * 40) | _json,
    },
)
_fields: dict[str, st.SearchStrategy[Any]] = {
    "content": _texts | _json | st.just("x" * 8_001),
    "session_id": _ids | _json,
    "client_message_id": st.sampled_from(["a", "b"]) | _texts | _json,
    "attachments": st.lists(_attachment, max_size=12) | _json,
    "after": _ids | _json,
    "name": _texts | _json,
    "content_type": st.sampled_from(["image/png", "image"]) | _json,
    "size": st.integers(0, 11_000_000) | _json,
    "client_upload_id": _texts | _json,
    "colour": _json,
}
_objects = st.fixed_dictionaries({}, optional={"type": _types | _routes | _json, **_fields})
_said = st.sampled_from(["Hello", "What does it cost?", "\N{GRINNING FACE}", "\n two\nlines "])
_messages = st.fixed_dictionaries(
    {"type": st.just("message"), "content": _said | _texts},
    optional={"client_message_id": st.sampled_from("abc") | _texts},
)
_pings = st.just({"type": "ping"})
# JSON that parsers disagree about: deep nesting, halves of surrogate pairs, numbers without a binary representation.
_depths = st.integers(1, 15_000)
_half_characters = st.text(st.characters(categories=["Cs"]) | st.characters(codec="ascii"), min_size=1, max_size=20)
_extreme_values = (
    _depths.map(lambda depth: "[" * depth + "]" * depth)
    | _depths.map(lambda depth: '{"a":' * (depth // 3) + "0" + "}" * (depth // 3))
    | _depths.map(lambda depth: "[" * depth)
    | _half_characters.map(json.dumps)
    | st.integers(1, 30_000).map(lambda digits: "9" * digits)
    | st.sampled_from(["1e999", "-1e999", "1e-999", "-0", "1.0", "Infinity", "-NaN", "0x1", "1_0", "01"])
)
_extreme_frames = _extreme_values | st.builds(
    lambda kind, field, value: f'{{"type":{json.dumps(kind)},"content":"a","client_message_id":"a","{field}":{value}}}',
    _types,
    st.sampled_from(["type", "content", "session_id", "client_message_id", "attachments", "after", "colour"]),
    _extreme_values,
)
FRAMES = (
    st.sampled_from(["", " ", "{", "[]", '{"type": "ping", "type": "message"}', "\ufeff{}", "NaN"])
    | _texts
    | _json.map(json.dumps)
    | _objects.map(json.dumps)
    | (_messages | _pings).map(lambda frame: json.dumps(frame, ensure_ascii=False))
    | _messages.map(json.dumps)
    | _extreme_frames
)
