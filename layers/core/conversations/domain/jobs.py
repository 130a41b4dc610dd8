"""Queued work: the bots' jobs, which run one at a time and in order per conversation, and those of other workers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from conversations.data_classes import dataclass
from conversations.domain.entity import Entity

_QUEUED_NAMES = {"conversation_id": "session_id", "first_delayed_id": "untold"}
"""Names in the bodies of queued jobs that differ from the fields' names; jobs of earlier versions have them too."""


def _get_queued_name(field: str) -> str:
    return _QUEUED_NAMES.get(field, field)


class _Job(Entity):
    """A job whose JSON has the queued names."""

    model_config = ConfigDict(alias_generator=_get_queued_name, validate_by_name=True, serialize_by_alias=True)


class GreetJob(_Job):
    """Let the bot of a new conversation speak first."""

    kind: Literal["open"] = "open"
    conversation_id: str


class WelcomeJob(_Job):
    """Send the ``connected`` frame to a new connection, and let the bot greet if it has not done so yet."""

    kind: Literal["welcome"] = "welcome"
    conversation_id: str
    connection_id: str
    owner: str | None = Field(default=None, description="owner of the connection; None in jobs of earlier versions")
    token_hash: str | None = Field(default=None, description="hash of the session token that a visitor returned with")
    agent: bool | None = Field(default=None, description="whether the connection has the format of AG-UI")


class AnswerJob(_Job):
    """Let the bot answer a stored message. Its content is not in the job, so that it can be erased in one place."""

    kind: Literal["answer"] = "answer"
    conversation_id: str
    message_id: str
    connection_id: str | None = Field(default=None, description="the connection it came from, which needs no copy")
    in_order: bool = Field(default=False, description="whether the job was queued after those of all earlier messages")


class DeliverJob(_Job):
    """Send a stored message of the bot, which answers nothing, to the owner's connections."""

    kind: Literal["deliver"] = "deliver"
    conversation_id: str
    message_id: str


class ErasureJob(_Job):
    """Erase an owner's data, in as many steps as it takes."""

    owner: str
    conversation_id: str | None = Field(default=None, description="one conversation; None for all of the owner's data")
    requested_at: datetime = Field(description="conversations that were started later are not erased")


class ExpiryCheckJob(_Job):
    """Check whether a visitor's conversation has ended."""

    conversation_id: str


class OutboxCheckJob(_Job):
    """Check whether stored messages were queued, and queue those that were not."""

    messages: tuple[tuple[str, str], ...] = Field(
        min_length=1, max_length=100, description="users' messages: bare ids of conversation and message"
    )


class DelayedPart(Entity):
    """Some of a bot's messages, delivered together."""

    seconds: int = Field(description="delay after the previous part")
    first: str = Field(description="bare id of the first message")
    last: str = Field(description="bare id of the last message")


class DelayedDeliveryJob(_Job):
    """Deliver the messages that follow a pause, and those after further pauses later."""

    conversation_id: str
    first_delayed_id: str = Field(description="id of the first message after the turn's first pause, as in ``Dialog``")
    parts: tuple[DelayedPart, ...] = Field(min_length=1)


TurnJob = GreetJob | WelcomeJob | AnswerJob | DeliverJob


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a job to a worker.

    Attributes
    ----------
    job_id
        The queue's id of the job, the same in each delivery.
    receipt
        Identifies this delivery to the queue.
    receives
        How often the queue has delivered the job, including this time. Deliveries that never started a function count
        too: SQS also counts a receive after which Lambda was throttled.
    first_received_at
        When the job was delivered for the first time.
    """

    job_id: str
    receipt: str
    receives: int
    first_received_at: datetime


_turn_job: TypeAdapter[TurnJob] = TypeAdapter(
    # Validation errors are logged, and a union does not ask its members whether to quote the input.
    Annotated[TurnJob, Field(discriminator="kind")],
    config=ConfigDict(hide_input_in_errors=True, defer_build=True),
)


def to_json(job: TurnJob) -> str:
    """Serialize a job for the queue."""
    return job.model_dump_json(exclude_none=True)


def from_json(text: str) -> TurnJob:
    """Parse a job from the queue."""
    return _turn_job.validate_json(text)
