"""Invalid input of clients: one clear answer of bounded size, which names the field and the message it means."""

import json
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.contract import error_frames, problems
from conversations.contract.base import RequestModel
from conversations.contract.client_frames import ClientMessageFrame, PingFrame
from conversations.contract.requests import HistoryQuery, ListQuery, SendMessageRequest, StartConversationRequest
from conversations.domain import errors
from conversations.domain.texts import DIGITS, Content
from conversations.entrypoints.client_input import find_texts, parse_json, parse_query

NAMES = ("session_id", "client_message_id")
DEEP = "[" * 50_000 + "]" * 50_000
MODELS = [SendMessageRequest, StartConversationRequest, ClientMessageFrame, PingFrame]


class Body(RequestModel):
    """A body with a field of each kind."""

    content: Content
    limit: Annotated[int, DIGITS] = 1


def refuse(text: str, model: type[RequestModel] = Body) -> errors.InvalidRequestError:
    with pytest.raises(errors.InvalidRequestError) as refusal:
        parse_json(text, model, subject="body")
    return refusal.value


def get_error(text: str, model: type[RequestModel]) -> errors.InvalidRequestError:
    """Return the error about an input; one without text if there is none."""
    try:
        parse_json(text, model, subject="frame")
    except errors.InvalidRequestError as error:
        return error
    return errors.InvalidRequestError("")


@pytest.mark.parametrize(
    ("body", "kind", "field", "detail"),
    [
        ("", errors.InvalidRequestError, None, "body: must not be empty; send a JSON object."),
        (" \n", errors.InvalidRequestError, None, "body: must not be empty; send a JSON object."),
        ("{", errors.InvalidRequestError, None, "body: invalid JSON at character 2: "),
        ("\ufeff{}", errors.InvalidRequestError, None, "body: invalid JSON"),
        ("[]", errors.InvalidRequestError, None, "body: must be a JSON object."),
        ("{}", errors.InvalidMessageError, "content", "content: field required"),
        ('{"content": 1}', errors.InvalidMessageError, "content", "content: input should be a valid string"),
        ('{"content": "a", "limit": "x"}', errors.InvalidRequestError, "limit", "limit: must be a whole number"),
        ('{"content": 1, "limit": "x"}', errors.InvalidMessageError, "content", "; limit: "),
        ('{"content": "a", "more": 1}', errors.InvalidRequestError, "more", "more: extra inputs are not permitted"),
        ('{"content": "a", "content": "b"}', errors.InvalidMessageError, "content", "content: must not be given twice"),
        ('{"content": "a", "x": {"y": 1, "y": 1}}', errors.InvalidRequestError, "y", "y: must not be given twice"),
        (r'{"content": "cut off \ud83d"}', errors.InvalidMessageError, "content", "content: must not contain half a"),
        (r'{"content": "a", "\ud83d": 1}', errors.InvalidRequestError, None, "must not contain half a surrogate pair"),
        (f'{{"content": {"9" * 5_000}}}', errors.InvalidMessageError, "content", "content: input should be a valid"),
        ('{"content": 1e999}', errors.InvalidMessageError, "content", "content: input should be a valid string"),
        ('{"content": NaN}', errors.InvalidMessageError, "content", "content: input should be a valid string"),
        ('{"content": ' + "[" * 500 + "]" * 500 + "}", errors.InvalidMessageError, "content", "valid string"),
        (f'{{"content": {DEEP}}}', errors.InvalidRequestError, None, "body: invalid JSON: nested too deeply."),
    ],
)
def test_error_names_what_is_wrong(
    body: str, kind: type[errors.InvalidRequestError], field: str | None, detail: str
) -> None:
    error = refuse(body)

    assert type(error) is kind
    assert error.field == field
    assert detail in str(error)


def test_unknown_field_is_no_error_of_a_message_where_there_is_none() -> None:
    error = refuse('{"type": "ping", "content": "x"}', PingFrame)

    assert type(error) is errors.InvalidRequestError
    assert error.field == "content"


def test_many_faults_are_counted_and_long_names_are_cut() -> None:
    fields: dict[str, Any] = {f"field {number} {'x' * 1_000}": 1 for number in range(4_000)}
    error = refuse(json.dumps({"content": "a", **fields}))

    assert str(error).count("extra inputs are not permitted") == 5
    assert str(error).endswith("; and 3995 more")
    assert error.field == "field 0 " + "x" * 55 + "…"
    assert len(error.field) == 64


_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(), inner, max_size=30),
)
_NAMES = st.sampled_from(["content", "attachments", "type", *NAMES]) | st.text(max_size=500)


@given(st.dictionaries(_NAMES, _VALUES, max_size=50).map(json.dumps) | st.text(), st.sampled_from(MODELS))
def test_error_about_any_input_is_small(text: str, model: type[RequestModel]) -> None:
    error = get_error(text, model)
    echoed = {name: value for name, value in find_texts(text, NAMES).items() if len(value) <= 128}
    frame = error_frames.build_error_frame(error, **echoed).to_json().encode()
    problem = problems.build_problem(error).model_dump_json().encode()

    assert len(str(error)) <= 1_000
    assert len(error.field or "") <= 64
    # A character has at most 4 bytes, or 6 as an escape.
    assert max(len(frame), len(problem)) <= 8_000


@given(st.dictionaries(_NAMES | st.text(st.characters()), _VALUES), st.booleans())
def test_texts_of_any_object_are_found(fields: dict[str, Any], escaped: bool) -> None:
    text = json.dumps(fields, ensure_ascii=escaped, indent=2 if escaped else None)

    expected = {name: fields[name] for name in NAMES if isinstance(fields.get(name), str)}
    assert find_texts(text, NAMES) == expected


@pytest.mark.parametrize("value", [DEEP, "9" * 5_000, r'"\ud83d"', "NaN", '{"client_message_id": "inner"}', '"}{"'])
def test_message_is_found_beside_what_no_parser_accepts(value: str) -> None:
    before = f'{{"content": {value}, "client_message_id": "mine-1"}}'
    after = f'{{"client_message_id": "mine-1", "content": {value}}}'

    assert find_texts(before, NAMES) == find_texts(after, NAMES) == {"client_message_id": "mine-1"}


@pytest.mark.parametrize("text", ["", "{", '"client_message_id": "a"', '{"client_message_id": "\\ud83d"}', "[]]]{{"])
def test_nothing_is_found_where_nothing_is(text: str) -> None:
    assert find_texts(text, NAMES) == {}


def query(name: str, *values: str) -> dict[str, Any]:
    return {"queryStringParameters": {name: values[-1]}, "multiValueQueryStringParameters": {name: [*values]}}


@pytest.mark.parametrize("number", ["1_0", "5.0", "+5", "-1", " 5", "5 ", "1e1", "0x5", "", "٥", "５", "5\n", "9" * 19])  # noqa: RUF001 - other digits
@pytest.mark.parametrize(("name", "model"), [("limit", HistoryQuery), ("limit", ListQuery), ("offset", ListQuery)])
def test_number_consists_of_digits(name: str, model: type[RequestModel], number: str) -> None:
    with pytest.raises(errors.InvalidRequestError, match=f"{name}: must be a whole number") as refusal:
        parse_query(query(name, number), model)

    assert refusal.value.field == name


def test_numbers_in_digits_are_read() -> None:
    assert parse_query(query("limit", "100"), HistoryQuery).limit == 100
    assert parse_query(query("limit", "7"), ListQuery).limit == 7
    assert parse_query(query("offset", "10000"), ListQuery).offset == 10_000


@pytest.mark.parametrize("values", [("2", "3"), ("2", "2")])
def test_repeated_parameter_is_refused(values: tuple[str, ...]) -> None:
    with pytest.raises(errors.InvalidRequestError, match="limit: must not be given twice") as refusal:
        parse_query(query("limit", *values), ListQuery)

    assert refusal.value.field == "limit"


@pytest.mark.parametrize("name", ["LIMIT", "foo", "after" * 1_000])
def test_unknown_parameter_is_refused(name: str) -> None:
    with pytest.raises(errors.InvalidRequestError) as refusal:
        parse_query(query(name, "1"), ListQuery)

    assert refusal.value.field == (name if len(name) < 64 else name[:63] + "…")
