"""Requests and results of the HTTP keywords."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import ScriptError
from basic.host import HttpRequest, HttpResponse
from basic.http import requests, responses
from basic.values import Value

URL = "https://api.test/users"


def answer(body: str, content_type: str = "application/json", status: int = 200, reason: str = "OK") -> HttpResponse:
    return HttpResponse(status, reason, {"content-type": content_type}, body)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (URL, True),
        (" HTTP://x", True),
        ("ftp://x", True),
        ("role", False),
        ("data/file.json", False),
        ("session.user_id", False),
        ("C:\\x", False),
    ],
)
def test_url_is_distinguished_from_file_and_variable(text: str, expected: bool) -> None:
    assert requests.is_url(text) is expected


def test_get_sends_the_headers_of_the_script() -> None:
    assert requests.build_get(f" {URL} ", {"X-Key": "1"}) == HttpRequest("GET", URL, {"X-Key": "1"})


@pytest.mark.parametrize(
    ("data", "content_type", "body"),
    [
        ({"name": "José", "n": [1, None]}, "application/json", '{"name": "José", "n": [1, null]}'),
        ([1], "application/json", "[1]"),
        (5, "application/json", "5"),
        (True, "application/json", "true"),
        ('{"name": "x"}', "application/json", '{"name": "x"}'),
        ("plain text", "text/plain; charset=utf-8", "plain text"),
        ("", "text/plain; charset=utf-8", ""),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_data_is_sent_with_its_content_type(method: str, data: Value, content_type: str, body: str) -> None:
    assert requests.build_send(method, URL, data, {"X-Key": "1"}) == HttpRequest(
        method, URL, {"X-Key": "1", "Content-Type": content_type}, body
    )


def test_nothing_sends_no_body() -> None:
    assert requests.build_send("DELETE", URL, None, {}) == HttpRequest("DELETE", URL)


def test_content_type_of_the_script_has_precedence_and_forms_are_encoded() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}

    assert requests.build_send("POST", URL, {"a": "x y&z", "b": 2}, form) == HttpRequest(
        "POST", URL, form, "a=x+y%26z&b=2"
    )
    assert requests.build_send("POST", URL, "a=1", form).body == "a=1"
    assert requests.build_send("POST", URL, {"a": 1}, {"Content-Type": "application/vnd.api+json"}).body == '{"a": 1}'


def test_graphql_sends_its_query_with_variables() -> None:
    request = requests.build_graphql(
        URL, "query { me }", {"id": 7}, {"Authorization": "x", "content-type": "text/plain"}
    )

    assert request.method == "POST"
    assert request.headers == {"Authorization": "x", "Content-Type": "application/json"}
    assert json.loads(request.body or "") == {"query": "query { me }", "variables": {"id": 7}}
    assert json.loads(requests.build_graphql(URL, "{ me }", None, {}).body or "")["variables"] == {}


@pytest.mark.parametrize(
    ("body", "content_type", "value"),
    [
        ('{"data": {"x": [1.5]}}', "application/json", {"data": {"x": [1.5]}}),
        ("[1, 2]", "text/plain", [1, 2]),
        (' {"a": 1}\n', "", {"a": 1}),
        ('{"a": 1}', "application/problem+json; charset=utf-8", {"a": 1}),
        ("42", "application/json", 42),
        ("null", "application/json", None),
        ('"text"', "application/json", "text"),
        ("42", "text/plain", "42"),
        ("true", "text/html", "true"),
        ("<p>Hello</p>", "text/html", "<p>Hello</p>"),
        ("{broken", "application/json", "{broken"),
        ('{"a": NaN}', "application/json", '{"a": NaN}'),
        ('{"a": 1e999}', "application/json", '{"a": 1e999}'),
        ('{"a": "\\ud800"}', "application/json", '{"a": "\\ud800"}'),
        ("", "application/json", ""),
    ],
)
def test_json_response_is_parsed(body: str, content_type: str, value: Value) -> None:
    assert responses.build_get_result(answer(body, content_type)) == value


def test_too_deeply_nested_json_is_text() -> None:
    body = "[" * 200_000 + "]" * 200_000

    assert responses.build_get_result(answer(body)) == body


@pytest.mark.parametrize("status", [199, 300, 301, 404, 500])
def test_get_is_an_error_for_any_status_but_success(status: int) -> None:
    with pytest.raises(ScriptError, match=f"GET failed with status {status} Reason"):
        responses.build_get_result(answer("{}", status=status, reason="Reason"))


@pytest.mark.parametrize("status", [200, 201, 404, 500])
def test_send_result_has_any_status(status: int) -> None:
    assert responses.build_send_result(answer('{"id": 7}', status=status, reason="Said")) == {
        "status": status,
        "statusText": "Said",
        "headers": {"content-type": "application/json"},
        "data": {"id": 7},
    }


def test_graphql_result_has_data_and_errors() -> None:
    good = responses.build_graphql_result(answer('{"data": {"user": {"name": "Ana"}}}'))
    bad = responses.build_graphql_result(answer('{"errors": [{"message": "no"}], "data": null}', status=400))
    other = responses.build_graphql_result(answer("<p>gone</p>", "text/html", 502))

    assert (good["status"], good["data"], good["errors"]) == (200, {"user": {"name": "Ana"}}, None)
    assert (bad["status"], bad["data"], bad["errors"]) == (400, None, [{"message": "no"}])
    assert (other["status"], other["data"]) == (502, "<p>gone</p>")


@given(st.text())
def test_every_body_is_a_valid_value(body: str) -> None:
    json.dumps(responses.build_get_result(answer(body)), allow_nan=False).encode()
