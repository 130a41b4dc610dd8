"""The base class of all entities."""

from pydantic import BaseModel, ConfigDict


class Entity(BaseModel):
    """An immutable value with exactly its declared fields; its validation errors never quote the input."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)
