"""Parses changes of a row that are written as a text: ``status=sent, note='on its way'``."""

import re
from collections.abc import Sequence

from basic.errors import ScriptError
from basic.filters.reader import FIELD, PLACEHOLDERS, ConditionReader
from basic.host import Bound
from basic.values import Value

_EQUALS = re.compile(r"\s*+=")
_COMPUTED = re.compile(rf"\s*+(?P<name>[^\W\d]\w*)\s*+[-+*/]\s*+(?:[\w.]++|{PLACEHOLDERS})\s*+")
_NEXT = re.compile(rf",(?={FIELD.pattern.replace('?P<name>', '?:')}\s*+=)")


def parse_changes(parts: Sequence[str | Bound]) -> dict[str, Value]:
    """Parse fields and their new values, separated by commas; a bound value is never read as part of the text.

    Raises
    ------
    ScriptError
        If the text is something else.
    """
    reader = ConditionReader(parts)
    changes: dict[str, Value] = {}
    while True:
        field = reader.accept(FIELD)
        if field is None or not reader.accept(_EQUALS):
            raise ScriptError("changes are written as `field=value`, separated by commas, or as a map")
        quoted = reader.accept_quoted()
        following = _NEXT.search(reader.text, reader.position)
        end = following.start() if following else len(reader.text)
        if quoted is None:
            _require_value(field["name"], reader.text[reader.position : end])
        value = reader.read_to(end) if quoted is None else quoted
        changes[field["name"].strip("[]")] = value
        if not reader.accept(_NEXT):
            break
    if reader.get_rest():
        raise reader.build_error("a comma or the end")
    return changes


def _require_value(field: str, text: str) -> None:
    """Raise an error if the text of a value is a computation with the field itself, such as ``n + 1``."""
    match = _COMPUTED.fullmatch(text)
    if match is not None and match["name"].lower() == field.lower():
        form = f"SET {field} = {field} + 1"
        message = f"changes in a text are values; to compute with the field, write `{form}` after UPDATE and its table"
        raise ScriptError(message)
