"""The answers that a waiting HEAR accepts, as JSON Schema."""

from collections.abc import Mapping

from pydantic import JsonValue

from basic.hear import TYPES
from basic.machine.execution_state import StateError, load_state
from basic.machine.outcome import StoredState
from conversations.domain.bot import AnswerSchema

_SCHEMAS: Mapping[str, Mapping[str, JsonValue]] = {
    "INTEGER": {"type": "integer"},
    "FLOAT": {"type": "number"},
    "MONEY": {"type": "number"},
    "BOOLEAN": {"type": "boolean"},
    "EMAIL": {"type": "string", "format": "email"},
    "URL": {"type": "string", "format": "uri"},
    "DATE": {"type": "string", "format": "date"},
    "UUID": {"type": "string", "format": "uuid"},
    "PASSWORD": {"type": "string", "format": "password"},
}
"""The types of HEAR that have a JSON type or a format."""

_TEXTS = frozenset({"MOBILE", "ZIPCODE", "HOUR", "CPF", "CNPJ", "CREDITCARD", "NAME", "LANGUAGE", "COLOR"})
"""The other types of HEAR that do not accept any text. The answer to those of files is an attachment, not a text."""


def build_answer_schema(state: StoredState | None) -> AnswerSchema | None:
    """Return the answers that a dialog waits for; None if it accepts any text, or waits for a file."""
    if state is None:
        return None
    try:
        session = load_state(state)
    except StateError:
        return None
    hear, form = session.pending, session.form
    if hear is None:
        return {"type": "string", "enum": list(form.options)} if form is not None and form.options else None
    if hear.menu:
        return None if hear.any else {"type": "string", "enum": list(hear.options)}
    hear_type = TYPES.get(hear.type.upper())
    name = "" if hear_type is None else hear_type.name
    return {"type": "string"} if name in _TEXTS else _SCHEMAS.get(name)
