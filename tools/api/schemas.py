"""JSON schemas of the models, for the OpenAPI and the AsyncAPI document."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

type Json = dict[str, Any]

REFERENCE = "#/components/schemas/"


class _Schemas(GenerateJsonSchema):
    """Generates the schemas of JSON on the wire, which differ from pydantic's own.

    Responses and server frames leave absent fields out, never contain null, and may get new fields. Requests contain
    exactly the fields of the model.
    """

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's signature
        """Omit titles, which only repeat the names."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Allow null in requests only."""
        if self.mode == "serialization":
            return self.generate_inner(schema["schema"])
        return super().nullable_schema(schema)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Include a default only if an absent field has another value than null."""
        described = super().default_schema(schema)
        if self.mode == "serialization" or described.get("default", ...) is None:
            described.pop("default", None)
        return described

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        """Require, in responses and server frames, all fields that are not None by default."""
        if self.mode == "validation":
            return super().field_is_required(field, total)
        inner = field["schema"]
        return inner["type"] != "default" or inner.get("default", ...) is not None

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Allow additional fields in responses and server frames."""
        described = super().model_schema(schema)
        described.pop("title", None)
        if self.mode == "serialization":
            described.pop("additionalProperties", None)
        return described


def components(received: Iterable[type[BaseModel]], sent: Iterable[type[BaseModel]]) -> Json:
    """Return the schemas of models by name.

    Parameters
    ----------
    received
        Models of what clients send to the API.
    sent
        Models of what clients receive. A model that is in both has the suffix ``Input`` in requests.
    """
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    models += [(model, "validation") for model in received]
    models += [(model, "serialization") for model in sent]
    _, schema = models_json_schema(models, schema_generator=_Schemas, ref_template=REFERENCE + "{model}")
    named = {_name(name): _format_node(definition) for name, definition in schema["$defs"].items()}
    return dict(sorted(named.items()))


def reference(model: type[BaseModel]) -> Json:
    """Return a reference to a model's schema."""
    return {"$ref": REFERENCE + model.__name__}


def format_prose(text: str) -> str:
    """Return a docstring as Markdown on one line."""
    return " ".join(text.replace("``", "`").split())


def _name(name: str) -> str:
    return name.removesuffix("-Output").replace("-Input", "Input")


def _format_node(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """Format descriptions as Markdown, and references with the names of ``_name``."""
    if isinstance(node, list):
        return [_format_node(each) for each in node]
    if not isinstance(node, dict):
        return node
    formatted = {key: _format_node(value) for key, value in node.items()}
    if isinstance(formatted.get("description"), str):
        formatted["description"] = format_prose(formatted["description"])
    if isinstance(formatted.get("$ref"), str):
        formatted["$ref"] = REFERENCE + _name(formatted["$ref"].removeprefix(REFERENCE))
    return formatted
