"""Functions that encode values as JSON or YAML, and ids."""

import json
from uuid import UUID

from basic.errors import ScriptError
from basic.functions import costs
from basic.functions.builtin import BuiltinFunction, describe, with_turn, without_turn
from basic.json_texts import decode_json
from basic.sizes import measure_size
from basic.turn import TurnFacts
from basic.values import Value, to_text


def to_json(value: Value) -> str:
    """Encode a value as JSON."""
    measure_size(value)
    return json.dumps(value, ensure_ascii=False)


def parse_json(value: Value) -> Value:
    """Decode a JSON text; an array or a map is decoded already.

    Raises
    ------
    ScriptError
        If it is no JSON.
    """
    if isinstance(value, list | dict):
        return value
    try:
        return decode_json(to_text(value))
    except ValueError:
        raise ScriptError(f"JSON_PARSE expects JSON, not {describe(value)}") from None


def to_yaml(value: Value) -> str:
    """Encode a value as YAML, for a prompt."""
    import yaml  # noqa: PLC0415 - 15 ms that most bots never need

    measure_size(value)
    encoded: str = yaml.safe_dump(value, allow_unicode=True, sort_keys=False)
    return encoded.removesuffix("\n...\n").rstrip("\n")


def guid(turn: TurnFacts) -> str:
    """Return a random UUID (version 4), the same when the turn is retried."""
    return str(UUID(int=turn.random.getrandbits(128), version=4))


FUNCTIONS = (
    BuiltinFunction("TOJSON", without_turn(to_json), 1, 1, "A value as JSON", 'TOJSON([1, NULL]) = "[1, null]"'),
    BuiltinFunction(
        "JSON_PARSE",
        without_turn(parse_json),
        1,
        1,
        "The value of a JSON text, also written `JSON.parse(text)`",
        'JSON_PARSE("[1, null]") = [1, NULL]',
        cost=costs.encoding,
    ),
    BuiltinFunction(
        "TOYAML",
        without_turn(to_yaml),
        1,
        1,
        "A value as YAML, for a prompt",
        'TOYAML({"name": "Ana"}) = "name: Ana"',
        cost=costs.encoding,
    ),
    BuiltinFunction("GUID", with_turn(guid), 0, 0, "A new id: a random UUID", "LEN(GUID()) = 36", cost=costs.constant),
)
