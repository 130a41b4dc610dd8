"""Values as text for other programs and for language models, and ids."""

import json
from uuid import UUID

from basic.functions.function import Function, pure, turning
from basic.turn import TurnFacts
from basic.values import Value, measure_size


def to_json(value: Value) -> str:
    """Write a value as JSON."""
    measure_size(value)
    return json.dumps(value, ensure_ascii=False)


def to_yaml(value: Value) -> str:
    """Write a value as YAML, for a prompt."""
    import yaml  # noqa: PLC0415 - 15 ms that most bots never need

    measure_size(value)
    written: str = yaml.safe_dump(value, allow_unicode=True, sort_keys=False)
    return written.removesuffix("\n...\n").rstrip("\n")


def guid(turn: TurnFacts) -> str:
    """Make a version 4 UUID; a turn that is run again makes the same."""
    return str(UUID(int=turn.random.getrandbits(128), version=4))


FUNCTIONS = (
    Function("TOJSON", pure(to_json), 1, 1, "A value as JSON", 'TOJSON([1, NULL]) = "[1, null]"'),
    Function("TOYAML", pure(to_yaml), 1, 1, "A value as YAML, for a prompt", 'TOYAML({"name": "Ana"}) = "name: Ana"'),
    Function("GUID", turning(guid), 0, 0, "A new id: a random UUID", "LEN(GUID()) = 36"),
)
