"""The responses of a chat completion, and the list of models."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field

from conversations.contract.base import ResponseModel
from conversations.contract.openai import MODEL_PREFIX
from conversations.domain import ids, timestamps
from conversations.domain.bot import BotSummary
from conversations.domain.message import Message, Suggestion, collect_suggestions

_SEPARATOR = "\n\n"
"""Between the messages of one turn, which are one message of a chat completion."""


class CompletedMessage(ResponseModel):
    """The bot's messages of one turn, separated by blank lines."""

    role: Literal["assistant"] = "assistant"
    content: str


FinishReason = Literal["stop", "length", "content_filter"]


class Choice(ResponseModel):
    """The only choice."""

    index: int = 0
    message: CompletedMessage
    finish_reason: FinishReason


class ChatCompletion(ResponseModel):
    """Response of ``POST /openai/v1/chat/completions``."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(description="seconds since 1970")
    model: str
    choices: tuple[Choice, ...]
    conversation_id: ids.ConversationId = Field(description="the conversation, which is also in the other APIs")
    suggestions: tuple[Suggestion, ...] | None = Field(default=None, description="quick replies, if there are any")


class Delta(ResponseModel):
    """The next part of the message."""

    role: Literal["assistant"] | None = None
    content: str | None = None


class ChunkChoice(ResponseModel):
    """The only choice."""

    index: int = 0
    delta: Delta
    finish_reason: FinishReason | None = None


class ChatCompletionChunk(ResponseModel):
    """One event of a stream."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: tuple[ChunkChoice, ...]
    conversation_id: ids.ConversationId
    suggestions: tuple[Suggestion, ...] | None = None


def join_messages(messages: Sequence[Message]) -> str:
    """Return the bot's messages of one turn as one text."""
    return _SEPARATOR.join(message.content for message in messages)


def build_completion(question: Message, messages: Sequence[Message], bot_id: str) -> ChatCompletion:
    """Build the response for the answer to a question."""
    return ChatCompletion(
        id=f"chatcmpl-{question.id}",
        created=timestamps.to_epoch_seconds((question, *messages)[-1].timestamp),
        model=f"{MODEL_PREFIX}{bot_id}",
        choices=(
            Choice(
                message=CompletedMessage(content=join_messages(messages)), finish_reason=_get_finish_reason(messages)
            ),
        ),
        conversation_id=ids.format_conversation_id(question.conversation_id),
        suggestions=collect_suggestions(messages) or None,
    )


def build_events(completion: ChatCompletion, messages: Sequence[Message]) -> tuple[str, ...]:
    """Build the data of all events of a stream: one for each message, then the end."""
    pieces = [message.content if index == 0 else _SEPARATOR + message.content for index, message in enumerate(messages)]
    deltas = [Delta(role="assistant", content=""), *(Delta(content=piece) for piece in pieces)]
    choices = [ChunkChoice(delta=delta) for delta in deltas]
    end = ChunkChoice(delta=Delta(), finish_reason=completion.choices[0].finish_reason)
    chunks = [
        ChatCompletionChunk(
            id=completion.id,
            created=completion.created,
            model=completion.model,
            choices=(choice,),
            conversation_id=completion.conversation_id,
            suggestions=completion.suggestions if choice is end else None,
        )
        for choice in (*choices, end)
    ]
    return (*(chunk.model_dump_json(exclude_none=True) for chunk in chunks), "[DONE]")


def _get_finish_reason(messages: Sequence[Message]) -> FinishReason:
    match messages[-1].finish_reason if messages else None:
        case "length" | "content_filter" as reason:
            return reason
        case _:
            return "stop"


class Model(ResponseModel):
    """A bot, as a model."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: Literal["conversations"] = "conversations"


class ModelList(ResponseModel):
    """Response of ``GET /openai/v1/models``."""

    object: Literal["list"] = "list"
    data: tuple[Model, ...]

    @classmethod
    def from_bots(cls, bots: tuple[BotSummary, ...]) -> Self:
        """Build the response for the bots of a caller."""
        return cls(data=tuple(Model(id=f"{MODEL_PREFIX}{bot.id}") for bot in bots))
