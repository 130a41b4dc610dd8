"""The request of a chat completion.

Fields that are not here are ignored: temperature, tools, response format and others are a bot's own matter.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from conversations.contract.base import RequestModel
from conversations.contract.input_errors import build_validation_error
from conversations.contract.openai import MODEL_PREFIX
from conversations.domain import errors, ids
from conversations.domain.bot import is_bot_id
from conversations.domain.texts import Content
from conversations.domain.transcript import Transcript, TranscriptMessage


class _Tolerant(RequestModel):
    model_config = ConfigDict(extra="ignore")


class ContentPart(_Tolerant):
    """A part of a message's content."""

    type: str = Field(description="`text`; other parts of the last message are refused")
    text: str | None = None


class ChatMessage(_Tolerant):
    """A message of the transcript."""

    role: str = Field(description="`user` and `assistant` make up the transcript; `system` and other roles are ignored")
    content: str | tuple[ContentPart, ...] | None = None

    def join_text(self) -> str:
        """Return the text of all parts."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        return "\n".join(part.text or "" for part in self.content if part.type == "text")

    def has_only_text(self) -> bool:
        """Return whether all parts are texts."""
        return isinstance(self.content, str | None) or all(part.type == "text" for part in self.content)


class ChatMetadata(_Tolerant):
    """What the client adds to a request."""

    conversation_id: ids.ConversationReference | None = Field(
        default=None, description="the conversation to continue; only the last message is read then"
    )


class ChatCompletionRequest(_Tolerant):
    """Body of ``POST /openai/v1/chat/completions``. Other parameters of OpenAI's are accepted and ignored."""

    model: str = Field(description="`bot:` and the id of the bot")
    messages: Annotated[tuple[ChatMessage, ...], Field(min_length=1)] = Field(
        description="the transcript; the last message is the user's new one"
    )
    stream: StrictBool | None = Field(default=None, description="whether the response is a stream of events")
    user: str | None = Field(
        default=None, max_length=512, description="the end user, if several share the account of the token"
    )
    metadata: ChatMetadata | None = None

    def to_transcript(self) -> Transcript:
        """Return the transcript.

        Raises
        ------
        NotFoundError
            If the model is not named like a bot.
        InvalidRequestError, InvalidMessageError
            If the last message is not a user's text of valid length, or the id of the conversation is invalid.
        """
        conversation_id = None if self.metadata is None else self.metadata.conversation_id
        return Transcript(
            bot_id=_parse_model(self.model),
            scope=self.user or "",
            earlier=tuple(_parse_earlier(message) for message in self.messages[:-1] if message.role in _SPEAKERS),
            question=_parse_question(self.messages[-1]),
            conversation_id=None
            if conversation_id is None
            else ids.parse_conversation_id(conversation_id, field="metadata.conversation_id"),
        )


_SPEAKERS = ("user", "assistant")


def _parse_model(name: str) -> str:
    """Return the id of the bot."""
    bot_id = name.removeprefix(MODEL_PREFIX)
    if bot_id == name or not is_bot_id(bot_id):
        raise errors.NotFoundError("The model does not exist: its name is bot: and the id of a bot.")
    return bot_id


def _parse_earlier(message: ChatMessage) -> TranscriptMessage:
    return TranscriptMessage("assistant" if message.role == "assistant" else "user", message.join_text())


class _Question(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    content: Content


def _parse_question(message: ChatMessage) -> str:
    if message.role != "user":
        raise errors.InvalidRequestError("messages: the last one must have the role user.", field="messages")
    if not message.has_only_text():
        raise errors.InvalidMessageError(
            "messages: the bot reads text only; send no images, audio or files.", field="messages"
        )
    try:
        return _Question(content=message.join_text()).content
    except ValidationError as error:
        raise build_validation_error(error, subject="messages") from None
