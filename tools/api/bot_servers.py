"""The JSON Schema and the field tables of what bot servers receive and answer."""

import json
from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from conversations.contract.bot_server import EVENTS, ServerAnswer, ServerTurn
from tools.api.schemas import format_prose
from tools.documents import ROOT

FILE = ROOT / "docs/webhook-bots.schema.json"


def text() -> str:
    """Return the text of the JSON Schema: a definition for the turn, for the answer as JSON, and for each event."""
    answers: list[type[BaseModel]] = [ServerAnswer, *EVENTS.values()]
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ServerTurn, "serialization")]
    models += [(model, "validation") for model in answers]
    _, schema = models_json_schema(models)
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Turns and answers of webhook bots",
        "$defs": schema["$defs"],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def list_fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the meaning of each field, those of inner models after it."""
    for name, field in model.model_fields.items():
        inner, is_list = _find_model(field.annotation)
        path = f"{prefix}{name}{'[]' if is_list else ''}"
        optional = "" if field.is_required() or name == "type" else " (optional)"
        default = inner.__doc__ or "" if inner else ""
        yield f"`{path}`{optional}", field.description or format_prose(default).rstrip(".")
        if inner:
            yield from list_fields(inner, f"{path}.")


def _find_model(annotation: object) -> tuple[type[BaseModel] | None, bool]:
    """Return the model in a type, and whether it is in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for argument in get_args(annotation):
        model, _ = _find_model(argument)
        if model:
            return model, getattr(annotation, "__origin__", None) is tuple
    return None, False
