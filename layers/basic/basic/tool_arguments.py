"""The arguments of a script that is used as a tool: their JSON Schema, and values that are checked against it.

Arguments come from a language model or from a user, so none of them is trusted: a value that does not have the type of
its PARAM is converted or reported, and one without a PARAM is dropped, because it would become a variable.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from basic import hear
from basic.errors import InvalidAnswer, ScriptError
from basic.hear.options import find_same_option
from basic.program import Argument, Script
from basic.sizes import measure_size
from basic.turn import TurnFacts
from basic.values import Value, from_json, get_entry, parse_numeric, to_finite, to_text

MAX_ARGUMENTS_LENGTH = 64_000
"""Characters of the arguments of one call as JSON."""

_SCHEMAS: Mapping[str, Mapping[str, Value]] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    # Providers require the type of the items. A script does not declare it.
    "array": {"type": "array", "items": {"type": "string"}},
    "object": {"type": "object"},
    "date": {"type": "string", "format": "date"},
}

_EXPECTED: Mapping[str, str] = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "date": "a date as yyyy-mm-dd",
    "string": "a text",
}


class Arguments(NamedTuple):
    """The arguments of a call.

    Parameters
    ----------
    values
        The valid ones by the names of their PARAMs, with the defaults of those that are absent.
    missing
        The names of the required ones that are absent.
    faults
        What is wrong with the others, a sentence each.
    """

    values: dict[str, Value]
    missing: tuple[str, ...]
    faults: tuple[str, ...]


def build_schema(script: Script) -> dict[str, Any]:
    """Build the JSON Schema of the arguments of a script."""
    return {
        "type": "object",
        "properties": {argument.name: _build_property(argument) for argument in script.arguments},
        "required": [argument.name for argument in script.arguments if argument.required],
        "additionalProperties": False,
    }


def _build_property(argument: Argument) -> dict[str, Any]:
    schema: dict[str, Any] = {**_SCHEMAS.get(argument.type, {"type": "string"})}
    example = "" if argument.example is None else f"for example {to_text(argument.example)}"
    parts = [part for part in (argument.description, example) if part]
    if parts:
        schema["description"] = "; ".join(parts)
    if argument.options:
        schema["enum"] = list(argument.options)
    return schema


def parse_arguments(script: Script, text: str, facts: TurnFacts) -> Arguments:
    """Parse the arguments that a model wrote as JSON."""
    if len(text) > MAX_ARGUMENTS_LENGTH:
        return Arguments({}, (), (f"the arguments are longer than {MAX_ARGUMENTS_LENGTH:,} characters",))
    written = _parse_json(text or "{}")
    if not isinstance(written, dict):
        return Arguments({}, (), ("the arguments are not a JSON object",))
    return check_arguments(script, written, facts)


def check_arguments(script: Script, written: Mapping[str, Value], facts: TurnFacts) -> Arguments:
    """Check and convert the arguments of a call.

    Parameters
    ----------
    script
        The script to call.
    written
        The arguments by name, in any case.
    facts
        The facts of the turn, for dates such as ``tomorrow``.
    """
    values: dict[str, Value] = {}
    missing: list[str] = []
    faults: list[str] = []
    for argument in script.arguments:
        value = get_entry(written, argument.name)
        if _is_absent(value):
            # safeguard: tool-required
            if argument.required:
                missing.append(argument.name)
            values[argument.name] = argument.default
            continue
        try:
            values[argument.name] = convert_argument(argument, value, facts)
        except ScriptError as error:
            faults.append(f"{argument.name}: {error}")
    return Arguments(values, tuple(missing), tuple(faults))


def _is_absent(value: Value) -> bool:
    """Return whether an argument is absent: models write an empty text for what they do not know."""
    return value is None or (isinstance(value, str) and not value.strip())


def convert_argument(argument: Argument, value: Value, facts: TurnFacts) -> Value:
    """Convert a value to the type of a PARAM.

    Raises
    ------
    ScriptError
        If it has another type, or the PARAM does not allow it.
    """
    converted = _CONVERSIONS.get(argument.type, _to_string)(value, facts)
    if converted is None:
        raise ScriptError(f"must be {_EXPECTED.get(argument.type, _EXPECTED['string'])}")
    if argument.options:
        return _choose_option(argument, converted)
    return converted


def _choose_option(argument: Argument, value: Value) -> Value:
    texts = [to_text(option) for option in argument.options]
    same = find_same_option(texts, to_text(value))
    if same is not None:
        chosen: Value = argument.options[texts.index(same)]
        return chosen
    raise ScriptError(f"must be one of {', '.join(to_text(option) for option in argument.options)}")


def _to_string(value: Value, _facts: TurnFacts) -> Value:
    return None if isinstance(value, list | dict) else to_text(value)


def _to_number(value: Value, _facts: TurnFacts) -> Value:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return to_finite(value)
    return parse_numeric(value) if isinstance(value, str) else None


def _to_integer(value: Value, facts: TurnFacts) -> Value:
    number = _to_number(value, facts)
    if isinstance(number, float):
        return to_finite(int(number)) if number.is_integer() else None
    return number


def _to_boolean(value: Value, facts: TurnFacts) -> Value:
    if isinstance(value, bool):
        return value
    return _hear("BOOLEAN", value, facts) if isinstance(value, str) else None


def _to_date(value: Value, facts: TurnFacts) -> Value:
    if not isinstance(value, str):
        return None
    day = _hear("DATE", value, facts)
    if day is not None:
        return day
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=None, microsecond=0).isoformat(sep=" ")


def _hear(type_name: str, text: str, facts: TurnFacts) -> Value:
    """Return a text as HEAR reads it; None if it is invalid."""
    value = hear.normalise(type_name, text, (), facts)
    return None if isinstance(value, InvalidAnswer) else value


def _to_array(value: Value, _facts: TurnFacts) -> Value:
    parsed = _parse_json(value) if isinstance(value, str) else value
    if isinstance(parsed, list):
        return parsed
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else None


def _to_object(value: Value, _facts: TurnFacts) -> Value:
    parsed = _parse_json(value) if isinstance(value, str) else value
    return parsed if isinstance(parsed, dict) else None


def _parse_json(text: str) -> Value:
    """Return the value of a text of JSON; None if it is invalid, or too large for a script."""
    try:
        value: Value = json.loads(text)
        measure_size(value)
        return from_json(value)
    except (ValueError, RecursionError, ScriptError):
        return None


_CONVERSIONS: Mapping[str, Callable[[Value, TurnFacts], Value]] = {
    "integer": _to_integer,
    "number": _to_number,
    "boolean": _to_boolean,
    "array": _to_array,
    "object": _to_object,
    "date": _to_date,
}


def list_problems(arguments: Arguments) -> Iterator[str]:
    """Yield why a call cannot be made, a sentence each; nothing if it can."""
    if arguments.missing:
        yield f"missing: {', '.join(arguments.missing)}"
    yield from arguments.faults
