"""Reading the JSON and the query strings of clients: one clear answer to anything that is wrong with them."""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from conversations.contract.base import RequestModel
from conversations.contract.input_errors import build_field_error, build_validation_error
from conversations.domain.errors import InvalidRequestError

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s"\[\]{}:,]+', flags=re.DOTALL)
"""A string, a mark, or a number or name of JSON."""


def parse_json[Input: RequestModel](text: str, model: type[Input], *, subject: str) -> Input:
    """Return a JSON object of a client as ``model``.

    Parameters
    ----------
    text
        The JSON text.
    model
        The model.
    subject
        The name of the input, for faults that belong to no field.

    Raises
    ------
    InvalidRequestError
        If it is not JSON, names a field twice (RFC 8259, 4, leaves it open which one counts), or does not match the
        model. Half a surrogate pair and a number are faults of their fields.
    """
    if not text.strip():
        raise InvalidRequestError(f"{subject}: must not be empty; send a JSON object.")
    try:
        # No field is a number, and converting a very long integer would fail without the name of its field.
        value = json.loads(text, object_pairs_hook=_build_object, parse_int=float)
    except RecursionError:
        raise InvalidRequestError(f"{subject}: invalid JSON: nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise InvalidRequestError(f"{subject}: invalid JSON at character {error.pos + 1}: {error.msg}.") from None
    if not isinstance(value, dict):
        raise InvalidRequestError(f"{subject}: must be a JSON object.")
    return validate(value, model, subject)


def parse_query[Query: BaseModel](event: Mapping[str, Any], model: type[Query]) -> Query:
    """Return the query string of a request or handshake as ``model``.

    Raises
    ------
    InvalidRequestError
        If a parameter is invalid or is given twice.
    """
    for name, values in (event.get("multiValueQueryStringParameters") or {}).items():
        if len(values) > 1:
            raise build_field_error(name, "must not be given twice")
    return validate(event.get("queryStringParameters") or {}, model, "query")


def find_texts(text: str, names: Collection[str]) -> dict[str, str]:
    """Return those fields of a JSON object that are texts and have one of the names, regardless of the others.

    It reads also what ``json.loads`` refuses, such as deep nesting, so that an error can name its message.
    """
    found: dict[str, str] = {}
    depth = 0
    previous = ("", "")
    for token in _TOKEN.findall(text):
        if token in ("{", "["):
            depth += 1
        elif token in ("}", "]"):
            depth -= 1
        elif depth == 1 and previous[1] == ":" and token[0] == '"':
            name, value = _parse_text(previous[0]), _parse_text(token)
            if name is not None and name in names and value is not None:
                found[name] = value
        previous = (previous[1], token)
    return found


def validate[Model: BaseModel](value: object, model: type[Model], subject: str) -> Model:
    """Return parsed JSON of a client as ``model``.

    Raises
    ------
    InvalidRequestError
        If it does not match the model.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise build_validation_error(error, subject=subject) from None


def _parse_text(token: str) -> str | None:
    """Return the text of a JSON string, None if it is another value or not valid Unicode."""
    try:
        value = json.loads(token)
        return value if isinstance(value, str) and value.encode() is not None else None
    except ValueError:
        return None


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise build_field_error(counts.most_common(1)[0][0], "must not be given twice")
    return fields
