"""Webhook deliveries: parsing of the request, and conversion of the script's result to a response."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import ScriptError
from basic.values import Value
from conversations.domain.errors import InvalidRequestError
from conversations.domain.webhooks import WebhookRequest, WebhookResponse
from conversations.engines.basic import webhook_responses
from conversations.engines.basic.webhook_responses import build_response
from conversations.entrypoints import webhook_requests
from tests import events
from tests.builders import MORNING

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


def a_call(text: str = "", content_type: str | None = JSON, **headers: str) -> WebhookRequest:
    """Return a parsed delivery."""
    sent = {"X-Webhook-Secret": "hidden", **({} if content_type is None else {"Content-Type": content_type}), **headers}
    event = events.event("webhook") | {"headers": sent}
    return webhook_requests.parse_webhook_request(event, text, MORNING)


# ------------------------------------------------------------------------------------------------------ requests


def test_headers_have_names_a_script_can_use_and_exclude_the_secret() -> None:
    call = a_call(**{"X-Shop-Event": "paid", "authorization": "Basic abc"})

    assert call.headers == {"content_type": JSON, "x_shop_event": "paid", "authorization": "Basic abc"}


def test_query_has_strings_and_arrays_for_repeated_names() -> None:
    event = events.event("webhook") | {"multiValueQueryStringParameters": {"source": ["shop"], "tag": ["a", "b"]}}

    assert webhook_requests.parse_webhook_request(event, "", MORNING).params == {"source": "shop", "tag": ["a", "b"]}
    assert (
        webhook_requests.parse_webhook_request(event | {"multiValueQueryStringParameters": None}, "", MORNING).params
        == {}
    )


@pytest.mark.parametrize(
    ("content_type", "text", "body"),
    [
        (JSON, '{"order": 7, "tags": ["a"]}', {"order": 7, "tags": ["a"]}),
        ("application/json; charset=utf-8", "[1, 2.5]", [1, 2.5]),
        ("application/vnd.shop.v2+json", "null", None),
        (JSON, "", None),
        (JSON, "  \n", None),
        (
            "application/x-www-form-urlencoded",
            "name=Ana+B&age=&tag=a&tag=b",
            {"name": "Ana B", "age": "", "tag": ["a", "b"]},
        ),
        ("text/plain", '{"a": 1}', '{"a": 1}'),
        ("application/xml", "<a/>", "<a/>"),
        (None, '{"a": 1}', {"a": 1}),
        (None, "hello", "hello"),
    ],
)
def test_body_is_parsed_by_its_content_type(content_type: str | None, text: str, body: object) -> None:
    assert a_call(text, content_type).body == body


@pytest.mark.parametrize("text", ["{", "{'a': 1}", "NaN", "[1e]", '"\\ud83d"', "[" * 100_000])
def test_invalid_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="body: invalid JSON") as refused:
        a_call(text)
    assert refused.value.field == "body"


def test_form_with_too_many_fields_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="at most 1000 fields"):
        a_call("&".join(f"a{n}=1" for n in range(1_001)), "application/x-www-form-urlencoded")


def test_delivery_id_is_the_idempotency_key_or_the_request_id() -> None:
    named, other, unnamed = a_call(**{"Idempotency-Key": "a"}), a_call(**{"idempotency-key": "b"}), a_call()

    assert (named.repeatable, other.repeatable, unnamed.repeatable) == (True, True, False)
    assert len({named.turn_id, other.turn_id, unnamed.turn_id}) == 3
    assert named.turn_id == a_call("{}", **{"Idempotency-Key": "a"}).turn_id
    assert named.turn_id.startswith("default:webhook:")


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256, "a\n"])
def test_invalid_idempotency_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidRequestError, match="Idempotency-Key: must be 1 to 255 ASCII characters"):
        a_call(**{"Idempotency-Key": key})


def test_fingerprint_identifies_the_content() -> None:
    first = a_call('{"a": 1, "b": 2}')

    assert a_call('{"b": 2, "a": 1}', **{"X-Attempt": "2"}).fingerprint == first.fingerprint
    assert a_call('{"a": 1, "b": 3}').fingerprint != first.fingerprint


# ------------------------------------------------------------------------------------------------------ responses


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        (None, WebhookResponse(204)),
        ("Olá ☃", WebhookResponse(200, "Olá ☃", {"Content-Type": TEXT})),
        ("", WebhookResponse(200, "", {"Content-Type": TEXT})),
        ({"received": 7}, WebhookResponse(200, '{"received": 7}', {"Content-Type": JSON})),
        ([1, None], WebhookResponse(200, "[1, null]", {"Content-Type": JSON})),
        (True, WebhookResponse(200, "true", {"Content-Type": JSON})),
        (2.5, WebhookResponse(200, "2.5", {"Content-Type": JSON})),
        ({}, WebhookResponse(200, "{}", {"Content-Type": JSON})),
        # Data that happens to have a status.
        ({"status": "ok"}, WebhookResponse(200, '{"status": "ok"}', {"Content-Type": JSON})),
        ({"status": 1, "id": 2}, WebhookResponse(200, '{"status": 1, "id": 2}', {"Content-Type": JSON})),
        ({"body": "x"}, WebhookResponse(200, '{"body": "x"}', {"Content-Type": JSON})),
        # A complete response.
        ({"status": 201, "body": {"id": 1}}, WebhookResponse(201, '{"id": 1}', {"Content-Type": JSON})),
        ({"status": "404", "body": "no"}, WebhookResponse(404, "no", {"Content-Type": TEXT})),
        ({"status": 202.0}, WebhookResponse(202)),
        ({"status": 204, "body": "lost"}, WebhookResponse(204)),
        (
            {"status": 200, "body": "<a/>", "headers": {"content-type": "application/xml", "X-N": 1}},
            WebhookResponse(200, "<a/>", {"content-type": "application/xml", "X-N": "1"}),
        ),
        (
            {"status": 200, "headers": None, "body": "half \ud83d"},
            WebhookResponse(200, "half ?", {"Content-Type": TEXT}),
        ),
    ],
)
def test_result_becomes_a_response(result: Value, answer: WebhookResponse) -> None:
    assert build_response(result) == answer


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        ({"status": 99}, "the status of a webhook's result is 200 to 599, not 99"),
        ({"status": 101}, "200 to 599"),
        ({"status": 600}, "200 to 599"),
        ({"status": 200, "headers": "X-A: 1"}, "the headers of a webhook's result are a map, not text"),
        (
            {"status": 200, "headers": {"X-A": "1\r\nSet-Cookie: a=b"}},
            "the value of the header X-A contains a line break",
        ),
        ({"status": 200, "headers": {"X-A: 1\r\nX-B": "1"}}, "is not a valid header name"),
        ({"status": 200, "headers": {"Content-Length": 1}}, "the header Content-Length is reserved"),
        ({"status": 200, "headers": {"Set-Cookie": "a=b"}}, "a webhook cannot set the header Set-Cookie"),
        ({"status": 200, "headers": {"access-control-allow-origin": "*"}}, "a webhook cannot set the header"),
        ({"status": 200, "headers": {"X-A": "1", "x-a": "2"}}, "a webhook's result has the same header twice"),
        ({"status": 200, "headers": {"X-A": "a" * 5_000, "X-B": "a" * 5_000}}, "are larger than 8 KB"),
        ("é" * (128 * 1024 + 1), "the body of a webhook's result is larger than 256 KB"),
    ],
)
def test_invalid_result_is_a_fault(result: Value, sentence: str) -> None:
    with pytest.raises(ScriptError, match=sentence.replace("(", r"\(")):
        build_response(result)


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["status", "body", "headers"]) | st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values)
def test_any_result_becomes_a_valid_response_or_a_fault(result: Value) -> None:
    """HTTP headers cannot be injected."""
    try:
        answer = build_response(result)
    except ScriptError:
        return

    assert 200 <= answer.status <= 599
    assert len(answer.body.encode()) <= webhook_responses.MAX_BODY_BYTES
    assert not answer.body or answer.status != 204
    for name, value in answer.headers.items():
        assert not {*"\r\n\0"} & {*name, *value}
    json.dumps(answer.body)
