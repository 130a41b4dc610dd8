"""Reading JSON into values that scripts can have."""

import json
from typing import NoReturn

from basic.values import Value


def decode_json(text: str) -> Value:
    """Return the value of a JSON text.

    Raises
    ------
    ValueError
        If it is no JSON, or has a value that a script cannot have: numbers that are not finite, lone surrogates, or
        too deep nesting.
    """
    try:
        value: Value = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
