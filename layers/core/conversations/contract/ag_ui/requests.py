"""The input of a run.

Fields that are not here are ignored: tools, state, context and forwarded properties belong to agents that run in the
client.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool, StrictFloat, StrictStr, ValidationError

from conversations.contract.base import RequestModel, RunId
from conversations.contract.input_errors import build_validation_error
from conversations.domain import errors
from conversations.domain.agent_run import AgentInput, AgentMessage
from conversations.domain.bot import is_bot_id
from conversations.domain.texts import ClientMessageId, Content


class _Tolerant(RequestModel):
    model_config = ConfigDict(extra="ignore")


class InputPart(_Tolerant):
    """A part of a message's content."""

    type: str = Field(description="`text`; other parts of the last message are refused")
    text: str | None = None


class InputMessage(_Tolerant):
    """A message of the thread."""

    id: str
    role: str
    content: JsonValue | tuple[InputPart, ...] = Field(
        default=None, description="a text, or parts; those of earlier messages are not read"
    )


class ResumeEntry(_Tolerant):
    """The answer to an interrupt."""

    interrupt_id: str = Field(alias="interruptId")
    status: Literal["resolved", "cancelled"]
    payload: StrictStr | StrictBool | StrictFloat | None = Field(
        default=None, description="a text, a number or a boolean; required if the status is `resolved`"
    )


class RunAgentInput(_Tolerant):
    """Body of ``POST /agents/{bot_id}/ag-ui``. The other fields of AG-UI's input are accepted and ignored."""

    thread_id: RunId = Field(
        alias="threadId", description="the thread, named by the client, or `conv-<uuid>` of a conversation"
    )
    run_id: RunId = Field(alias="runId")
    messages: tuple[InputMessage, ...] = Field(
        default=(), description="only the last one is read, if it is the user's; its id is its idempotency key"
    )
    resume: Annotated[tuple[ResumeEntry, ...], Field(max_length=1)] | None = None

    def to_agent_input(self, bot_id: str) -> AgentInput:
        """Return what the client sends to the bot.

        Raises
        ------
        NotFoundError
            If no bot has such an id.
        InvalidRequestError, InvalidMessageError
            If the new message or the answer to the interrupt is invalid.
        """
        if not is_bot_id(bot_id):
            raise errors.NotFoundError("The bot does not exist.")
        answer = next((entry for entry in self.resume or () if entry.status == "resolved"), None)
        if answer is not None:
            message = _build_message(f"resume-{answer.interrupt_id}", _format_payload(answer.payload))
            return AgentInput(bot_id, self.thread_id, message, answer.interrupt_id)
        last = self.messages[-1] if self.messages else None
        if last is None or last.role != "user":
            return AgentInput(bot_id, self.thread_id)
        return AgentInput(bot_id, self.thread_id, _build_message(last.id, _read_text(last.content)))


class _Message(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    id: ClientMessageId
    content: Content


def _build_message(key: str, text: str) -> AgentMessage:
    try:
        message = _Message(id=key, content=text)
    except ValidationError as error:
        raise build_validation_error(error, subject="messages") from None
    return AgentMessage(message.id, message.content)


def _read_text(content: JsonValue | tuple[InputPart, ...]) -> str:
    match content:
        case str():
            return content
        case list() | tuple() if all(_is_text(part) for part in content):
            return "\n".join(str(_get(part, "text")) for part in content)
        case _:
            raise errors.InvalidMessageError(
                "messages: the bot reads text only; send no images, audio or files.", field="messages"
            )


def _is_text(part: object) -> bool:
    return _get(part, "type") == "text" and isinstance(_get(part, "text"), str)


def _get(part: object, name: str) -> object:
    return part.get(name) if isinstance(part, dict) else getattr(part, name, None)


def _format_payload(payload: str | float | None) -> str:
    """Return an answer as the user would write it."""
    if payload is None:
        raise errors.InvalidRequestError("resume: a resolved interrupt needs a payload.", field="resume")
    if isinstance(payload, bool):
        return "yes" if payload else "no"
    # The numbers of a body are parsed as floats.
    return f"{payload:.0f}" if isinstance(payload, float) and payload.is_integer() else str(payload)
