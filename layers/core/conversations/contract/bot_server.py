"""The contract of bot servers: the turn that is sent to one, and the answer that it returns (docs/webhook-bots.md)."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from conversations.contract.base import ResponseModel
from conversations.domain import ids
from conversations.domain.message import Attachment, IncompleteReason, Sender
from conversations.domain.texts import MAX_CONTENT_LENGTH
from conversations.domain.timestamps import Timestamp

MAX_MESSAGES = 64
"""Messages of one answer: with its memories and the conversation they fit into one transaction (AWS quota)."""

MAX_SUGGESTIONS = 100
"""Quick replies of one message."""

MAX_ANSWER_BYTES = 1024 * 1024
"""Bytes of an answer, as JSON or as a stream."""

MAX_STATE_BYTES = 64 * 1024
"""Bytes of the state as JSON: it is an item of a table (AWS quota: 400 KB), and part of each request."""


# ------------------------------------------------------------------------------------------------ the turn


class TurnBot(ResponseModel):
    """The bot that is to answer."""

    id: str
    name: str


class TurnUser(ResponseModel):
    """Who talks to the bot."""

    id: str | None = Field(description="the subject of the user's token; null for a visitor")
    anonymous: bool = Field(description="whether it is a visitor, who has not signed in")
    groups: tuple[str, ...] = Field(description="the groups in the user's token, sorted")


class TurnMessage(ResponseModel):
    """The message to answer."""

    id: ids.MessageId
    content: str
    attachments: tuple[Attachment, ...] = Field(description="links to files")
    timestamp: Timestamp


class EarlierMessage(TurnMessage):
    """An earlier message of the conversation."""

    sender: Sender
    finish_reason: IncompleteReason | None = Field(
        description="why a message of the bot is incomplete, such as `stopped` by the user; null if it is complete"
    )


class TurnData(ResponseModel):
    """What the server needs to answer."""

    bot: TurnBot
    conversation_id: ids.ConversationId
    message: TurnMessage | None = Field(description="null for the greeting, in which the bot speaks first")
    history: tuple[EarlierMessage, ...] = Field(description="the newest messages before `message`, oldest first")
    user: TurnUser
    state: Mapping[str, JsonValue] = Field(description="the state that the last complete answer set; `{}` at first")


class ServerTurn(ResponseModel):
    """The body of the request: one turn of a conversation."""

    type: Literal["turn"] = "turn"
    timestamp: Timestamp = Field(description="when the message was sent, or the conversation was started")
    data: TurnData


# ------------------------------------------------------------------------------------------------ the answer


class AnswerModel(BaseModel):
    """What a server sends; unknown fields are refused, so that a misspelled one is found."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


Label = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class AnswerSuggestion(AnswerModel):
    """A quick reply: a button that sends a message for the user."""

    text: Label = Field(description="label of the button")
    value: Annotated[str, StringConstraints(min_length=1, max_length=MAX_CONTENT_LENGTH)] = Field(
        description="content of the message that pressing it sends"
    )


Suggestions = Annotated[tuple[AnswerSuggestion | Label, ...], Field(max_length=MAX_SUGGESTIONS)]
"""Quick replies, each as an object, or as a text that is both its ``text`` and its ``value``."""

State = Mapping[str, JsonValue]


class AnswerMessage(AnswerModel):
    """A message of the bot."""

    content: str = Field(min_length=1, description="its text; one that is too long for a message becomes several")
    suggestions: Suggestions = Field(
        default=(), description="quick replies below it: `{text, value}`, or one text for both"
    )


class ServerAnswer(AnswerModel):
    """The body of an answer with the content type ``application/json``."""

    messages: tuple[AnswerMessage, ...] = Field(
        max_length=MAX_MESSAGES, description="the messages, in order; `[]` if the bot says nothing"
    )
    state: State | None = Field(default=None, description="the new state; null or absent leaves it as it is")


class DeltaEvent(AnswerModel):
    """Event ``delta``: the next piece of a message."""

    content: str


class MessageEvent(AnswerModel):
    """Event ``message``: ends a message; the next ``delta`` begins another one."""

    content: str | None = Field(
        default=None, min_length=1, description="the complete text; absent if it is the pieces so far"
    )
    suggestions: Suggestions = Field(
        default=(), description="quick replies below it: `{text, value}`, or one text for both"
    )


class SuggestionsEvent(AnswerModel):
    """Event ``suggestions``: quick replies below the last message of the answer."""

    suggestions: Suggestions


class DoneEvent(AnswerModel):
    """Event ``done``: ends the answer, and a message that was not ended yet. Without it the answer was cut off."""

    state: State | None = Field(default=None, description="the new state; null or absent leaves it as it is")


class ErrorEvent(AnswerModel):
    """Event ``error``: the server cannot continue. Before the first word the turn is sent again."""

    message: str = Field(default="", description="for the log of the server's author; it is not logged or shown")


EVENTS: Mapping[str, type[AnswerModel]] = {
    "delta": DeltaEvent,
    "message": MessageEvent,
    "suggestions": SuggestionsEvent,
    "done": DoneEvent,
    "error": ErrorEvent,
}
"""The events of an answer with the content type ``text/event-stream``, by name; others are ignored."""
