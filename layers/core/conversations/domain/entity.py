"""The base of every entity."""

from pydantic import BaseModel, ConfigDict


class Entity(BaseModel):
    """An immutable value that holds exactly its fields; its errors never quote what was said."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
