"""Parses changes of a row that are written as a text: ``status=sent, note='on its way'``."""

import re
from collections.abc import Sequence

from basic.errors import ScriptError
from basic.filters.reader import FIELD, ConditionReader
from basic.host import Bound
from basic.values import Value

_EQUALS = re.compile(r"\s*+=")
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
        value = reader.read_to(end) if quoted is None else quoted
        changes[field["name"].strip("[]")] = value
        if not reader.accept(_NEXT):
            break
    if reader.get_rest():
        raise reader.build_error("a comma or the end")
    return changes
