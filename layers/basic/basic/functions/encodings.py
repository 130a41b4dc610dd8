"""Functions that encode values as JSON or YAML, and ids."""

import json
from uuid import UUID

from basic.functions import costs
from basic.functions.builtin import BuiltinFunction, with_turn, without_turn
from basic.sizes import measure_size
from basic.turn import TurnFacts
from basic.values import Value


def to_json(value: Value) -> str:
    """Encode a value as JSON."""
    measure_size(value)
    return json.dumps(value, ensure_ascii=False)


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
