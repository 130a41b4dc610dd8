"""The bots' work: what is queued for the ``reply`` function, one at a time and in order per conversation."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from conversations.domain.entity import Entity


class GreetJob(Entity):
    """A conversation has begun over REST, without a first message: the bot may speak first."""

    kind: Literal["open"] = "open"
    session_id: str


class WelcomeJob(Entity):
    """A socket has opened: tell it so, and let the bot speak first if it has not spoken yet."""

    kind: Literal["welcome"] = "welcome"
    session_id: str
    connection_id: str
    token_hash: str | None = Field(default=None, description="hash of the session token a visitor came back with")


class AnswerJob(Entity):
    """A message is stored and waits for its answer. What it says stays in the table: erasing it there is enough."""

    kind: Literal["answer"] = "answer"
    session_id: str
    message_id: str
    connection_id: str | None = Field(default=None, description="the socket it came from, which needs no copy of it")
    in_order: bool = Field(default=False, description="whether it was queued behind all earlier ones")


class ErasureJob(Entity):
    """Something is to be erased, however long it takes."""

    owner: str
    session_id: str | None = Field(default=None, description="one conversation; None for everything of the owner")
    requested_at: datetime = Field(description="what the owner has begun since then stays")


class ExpiryCheckJob(Entity):
    """A visitor's conversation may have ended by now."""

    session_id: str


class DelayedPart(Entity):
    """Some of a bot's messages, told together."""

    seconds: int = Field(description="how long after what was told before")
    first: str = Field(description="bare id of the first message")
    last: str = Field(description="bare id of the last message")


class DelayedDeliveryJob(Entity):
    """What a bot said after a pause is to be told now, and the rest after further pauses."""

    session_id: str
    first_delayed_id: str = Field(
        description="id of the first message after the turn's first pause: what ``Dialog`` has"
    )
    parts: tuple[DelayedPart, ...] = Field(min_length=1)


TurnJob = GreetJob | WelcomeJob | AnswerJob

_work: TypeAdapter[TurnJob] = TypeAdapter(
    # What an error says goes to the logs, and a union does not ask its members whether to quote what was said.
    Annotated[TurnJob, Field(discriminator="kind")],
    config=ConfigDict(hide_input_in_errors=True),
)


def deduplication_id(work: TurnJob) -> str:
    """Return what is the same for the same piece of work and for no other."""
    match work:
        case AnswerJob():
            # Another id, because the queue would drop what it has handed out within five minutes.
            return f"{work.message_id}-in-order" if work.in_order else work.message_id
        case WelcomeJob():
            return f"welcome-{work.connection_id}"
        case GreetJob():
            return f"open-{work.session_id}"


def to_json(work: TurnJob) -> str:
    """Write ``work`` for the queue."""
    return work.model_dump_json(exclude_none=True)


def from_json(text: str) -> TurnJob:
    """Read what ``to_json`` wrote."""
    return _work.validate_json(text)
