"""The bases of all models that clients see, and the types that requests and responses share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MAX_PAGE_SIZE = 100
"""Messages or conversations of one page (contract, section 2)."""

Cursor = Annotated[str, StringConstraints(min_length=1, max_length=1_024)]
"""An opaque pagination cursor: ``next_cursor`` of the page before."""

Seq = Annotated[int, Field(ge=1, description="1, 2, 3 … without gaps inside a conversation")]
"""The sequence number of a message."""


class RequestModel(BaseModel):
    """What a client sends; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ResponseModel(BaseModel):
    """What a client receives; absent fields are left out."""

    model_config = ConfigDict(frozen=True)
