"""The bases of all models that clients see, and the types that requests and responses share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from conversations.data_classes import dataclass

MAX_PAGE_SIZE = 100
"""Messages or conversations of one page (contract, section 2)."""

Cursor = Annotated[str, StringConstraints(min_length=1, max_length=1_024)]
"""An opaque pagination cursor: ``next_cursor`` of the page before."""

RunId = Annotated[str, StringConstraints(min_length=1, max_length=256)]
"""The name of a run or a thread, which a client of AG-UI chooses."""

Seq = Annotated[int, Field(ge=1, description="1, 2, 3 … without gaps inside a conversation")]
"""The sequence number of a message."""


class RequestModel(BaseModel):
    """What a client sends; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)


class ResponseModel(BaseModel):
    """What a client receives; absent fields are left out."""

    model_config = ConfigDict(frozen=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class EventStream:
    """A complete stream of server-sent events.

    Attributes
    ----------
    data
        The data of each event, without newlines.
    conversation_id
        The conversation that it is about, for the log.
    """

    data: tuple[str, ...]
    conversation_id: str | None = None

    def to_text(self) -> str:
        """Return the body of the response (WHATWG HTML, 9.2.6)."""
        return "".join(f"data: {data}\n\n" for data in self.data)
