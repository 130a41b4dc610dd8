"""The messages and headers of MCP, as its specification of 2026-07-28 has them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.host import HttpResponse
from conversations.engines.mcp.messages import McpError, build_body, build_headers, encode_header, parse_response


def a_response(body: object, kind: str = "application/json", status: int = 200) -> HttpResponse:
    return HttpResponse(status, "", {"content-type": kind}, body if isinstance(body, str) else json.dumps(body))


def test_request_has_the_headers_and_the_metadata_of_the_protocol() -> None:
    assert build_headers("tools/call", "get_weather", {"Region": "us-west1"}) == {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": "get_weather",
        "Mcp-Param-Region": "us-west1",
    }
    body = json.loads(build_body("tools/call", {"name": "get_weather", "arguments": {"city": "Rome"}}))
    assert body["jsonrpc"] == "2.0"
    assert body["params"]["arguments"] == {"city": "Rome"}
    assert body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
    assert body["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] == {}


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ("us-west1", "us-west1"),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
    ],
)
def test_values_of_headers_are_encoded_as_in_the_specification(value: str, encoded: str) -> None:
    assert encode_header(value) == encoded


@given(st.text(st.characters(codec="utf-8")))
def test_encoded_header_is_plain_ascii_on_one_line(value: str) -> None:
    encoded = encode_header(value)

    assert encoded.isascii()
    assert not {*encoded} & {*"\r\n\x00\x7f"}


RESULT = {"jsonrpc": "2.0", "id": 1, "result": {"resultType": "complete", "tools": []}}


@pytest.mark.parametrize(
    "response",
    [
        a_response(RESULT),
        a_response(RESULT, "application/json; charset=utf-8"),
        a_response(f"event: message\ndata: {json.dumps(RESULT)}\n\n", "text/event-stream"),
        a_response(
            ": keep-alive\r\n\r\n"
            'data: {"jsonrpc": "2.0", "method": "notifications/progress", "params": {}}\r\n\r\n'
            f"id: 7\r\ndata: {json.dumps(RESULT, indent=1).replace('\n', '\r\ndata: ')}\r\n\r\n",
            "text/event-stream",
        ),
    ],
    ids=["json", "charset", "event", "progress"],
)
def test_result_is_read_from_one_message_or_from_events(response: HttpResponse) -> None:
    assert parse_response(response) == RESULT["result"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"jsonrpc": "2.0", "id": 1, "error": {"code": -32020, "message": "Header mismatch"}}, "Header mismatch"),
        ({"jsonrpc": "2.0", "error": {"code": -32600, "message": "Bad"}}, "the server refused the request: Bad"),
        ({"jsonrpc": "2.0", "id": 2, "result": {}}, "the server responded with 400 and no result"),
        ({"jsonrpc": "2.0", "id": 1, "result": []}, "no result"),
        ("<html>", "no result"),
        ("", "no result"),
        ("[" * 100_000, "no result"),
    ],
)
def test_response_without_a_result_is_an_error(body: Any, message: str) -> None:  # noqa: ANN401 - JSON
    with pytest.raises(McpError, match=message):
        parse_response(a_response(body, status=400))
