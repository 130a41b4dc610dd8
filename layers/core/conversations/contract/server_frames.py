"""The frames that the server sends: server-to-client frames of the contract, section 3."""

import json
from collections.abc import Sequence
from typing import Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from conversations.contract.base import Seq
from conversations.contract.messages import AttachmentView, MessageView, get_message_fields
from conversations.contract.responses import UploadFormView, UploadView
from conversations.domain import ids
from conversations.domain.conversation import Conversation
from conversations.domain.message import AnswerInput, Message, Rating, Sender, Suggestion
from conversations.domain.timestamps import Timestamp
from conversations.domain.upload import StartedUpload


class Frame(Protocol):
    """A text frame, in any format."""

    def to_json(self) -> str:
        """Serialize the frame for the wire."""
        ...


class ServerFrame(BaseModel):
    """One JSON text frame; absent fields are left out."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    type: str

    def to_json(self) -> str:
        """Serialize the frame for the wire."""
        return self.model_dump_json(exclude_none=True)


class MessageFrame(MessageView, ServerFrame):
    """A chat message, from the bot or from another device of the user, or the user's own as the bot has redacted it."""

    type: Literal["message"] = "message"
    session_id: ids.SessionId
    conversation_id: ids.ConversationId
    truncated: Literal[True] | None = Field(
        default=None,
        description="the message is too large for a frame: the content is cut off, attachments and sources are left"
        " out; the history has all of it",
    )

    @classmethod
    def from_message(cls, message: Message) -> "MessageFrame":
        """Build the frame of a stored message."""
        return cls(
            session_id=ids.format_session_id(message.conversation_id),
            conversation_id=ids.format_conversation_id(message.conversation_id),
            **get_message_fields(message),
        )


_SHORTENED_LENGTH = 4_000
"""Characters of the content of a frame that was too large: 16 KB, or twice as many with line breaks."""

_MAX_KEPT_SUGGESTIONS = 100 * 1024
"""Bytes in JSON of the quick replies that such a frame keeps: all that messages of turns can have, but not those of
messages from before they were limited (2026-11-28)."""


def shorten(frame: str) -> str:
    """Return a serialized frame without what makes it large, in a form that the contract allows."""
    fields = json.loads(frame)
    if fields["type"] == "suggestion":
        return json.dumps(fields | {"suggestions": []})
    fields.pop("attachments", None)
    fields.pop("sources", None)
    # With `?suggestions=message`, no other frame has them.
    if len(json.dumps(fields.get("suggestions"))) > _MAX_KEPT_SUGGESTIONS:
        fields.pop("suggestions")
    cut = {"content": fields["content"][:_SHORTENED_LENGTH], "truncated": True} if fields["type"] == "message" else {}
    return json.dumps(fields | cut, ensure_ascii=False)


class DeltaFrame(ServerFrame):
    """A piece of a message that the bot is generating; only for connections that were opened with `?stream=1`."""

    type: Literal["delta"] = "delta"
    session_id: ids.SessionId
    id: ids.MessageId = Field(description="the message that the piece belongs to")
    offset: int = Field(
        ge=0, description="UTF-16 code units of the message before this piece; 0 begins the message again"
    )
    content: str
    attempt: int = Field(ge=1, description="how often the answer has been begun: a higher one replaces a lower one")


class TypingFrame(ServerFrame):
    """Typing indicator: the bot is working on an answer that may take long."""

    type: Literal["typing"] = "typing"
    session_id: ids.SessionId
    sender: Literal[Sender.BOT] = Sender.BOT


class SuggestionFrame(ServerFrame):
    """Quick replies to the latest messages of the bot; with `?suggestions=message` only those that no message has."""

    type: Literal["suggestion"] = "suggestion"
    session_id: ids.SessionId
    suggestions: tuple[Suggestion, ...]
    input: AnswerInput | None = Field(
        default=None, description="the answer that the bot waits for, if its turn has no message to show it with"
    )


def repeats_message(frame: ServerFrame, frames: Sequence[ServerFrame]) -> bool:
    """Return whether a frame has nothing but the quick replies that a message of ``frames`` has too."""
    if not isinstance(frame, SuggestionFrame):
        return False
    return any(isinstance(each, MessageFrame) and each.suggestions == frame.suggestions for each in frames)


class ConnectedFrame(ServerFrame):
    """The connection is open, and this is its default conversation."""

    type: Literal["status"] = "status"
    status: Literal["connected"] = "connected"
    session_id: ids.SessionId
    conversation_id: ids.ConversationId
    bot_id: str
    bot_name: str
    anonymous: bool = Field(description="whether the connection belongs to an anonymous visitor")
    session_token: str | None = Field(
        default=None, description="a visitor's token: `?session_token=` returns to the conversation"
    )
    expires_in: int | None = Field(
        default=None, ge=0, description="seconds until a visitor's conversation expires without a message"
    )

    @classmethod
    def from_conversation(
        cls, conversation: Conversation, *, session_token: str | None, expires_in: int | None
    ) -> "ConnectedFrame":
        """Build the frame for a connection's default conversation."""
        return cls(
            session_id=ids.format_session_id(conversation.id),
            conversation_id=ids.format_conversation_id(conversation.id),
            bot_id=conversation.bot_id,
            bot_name=conversation.bot_name,
            anonymous=conversation.anonymous,
            session_token=session_token,
            expires_in=expires_in,
        )


class DeliveredFrame(ServerFrame):
    """A message is stored, and answered or queued for the bot."""

    type: Literal["status"] = "status"
    status: Literal["delivered"] = "delivered"
    session_id: ids.SessionId
    message_id: ids.MessageId
    seq: Seq
    timestamp: Timestamp
    client_message_id: str | None = Field(default=None, description="the id that the sender chose, if any")

    @classmethod
    def from_message(cls, message: Message) -> "DeliveredFrame":
        """Build the acknowledgement of a stored message."""
        return cls(
            session_id=ids.format_session_id(message.conversation_id),
            message_id=ids.format_message_id(message.id),
            seq=message.seq,
            timestamp=message.timestamp,
            client_message_id=message.client_message_id,
        )


class UploadFrame(ServerFrame):
    """A file can be uploaded now, and then sent with a message."""

    type: Literal["upload"] = "upload"
    session_id: ids.SessionId
    client_upload_id: str | None = Field(default=None, description="as in the client's `upload` frame")
    file_id: str = Field(description="names the file in `attachments` of a message")
    attachment: AttachmentView = Field(description="the file as the message will show it")
    upload: UploadFormView = Field(description="the form that uploads the file")

    @classmethod
    def from_upload(cls, started: StartedUpload, client_upload_id: str | None) -> Self:
        """Build the frame of an upload."""
        session_id = ids.format_session_id(started.upload.conversation_id)
        view = UploadView.from_upload(started)
        return cls(session_id=session_id, client_upload_id=client_upload_id, **dict(view))


class PongFrame(ServerFrame):
    """The answer to a ``ping``."""

    type: Literal["status"] = "status"
    status: Literal["pong"] = "pong"


class ExpiredFrame(ServerFrame):
    """The visitor's conversation has expired; a new connection starts a new one."""

    type: Literal["status"] = "status"
    status: Literal["expired"] = "expired"
    session_id: ids.SessionId


class ClaimedFrame(ServerFrame):
    """The visitor's conversation now belongs to a user; the visitor's token is no longer valid."""

    type: Literal["status"] = "status"
    status: Literal["claimed"] = "claimed"
    session_id: ids.SessionId


class _ConversationIds(BaseModel):
    session_id: ids.SessionId
    conversation_id: ids.ConversationId

    @classmethod
    def from_id(cls, conversation_id: str) -> Self:
        """Build the frame for a conversation with this bare id."""
        return cls(
            session_id=ids.format_session_id(conversation_id),
            conversation_id=ids.format_conversation_id(conversation_id),
        )


class ArchivedFrame(_ConversationIds, ServerFrame):
    """The conversation is archived: it accepts no messages until it is reopened."""

    type: Literal["status"] = "status"
    status: Literal["archived"] = "archived"


class ReopenedFrame(_ConversationIds, ServerFrame):
    """The conversation is active again."""

    type: Literal["status"] = "status"
    status: Literal["reopened"] = "reopened"


class DeletedFrame(_ConversationIds, ServerFrame):
    """The conversation is deleted; frames of it that arrive later are to be ignored."""

    type: Literal["status"] = "status"
    status: Literal["deleted"] = "deleted"


class RenamedFrame(_ConversationIds, ServerFrame):
    """The conversation has another title."""

    type: Literal["status"] = "status"
    status: Literal["renamed"] = "renamed"
    title: str | None = Field(default=None, description="the title; absent if it was removed")

    @classmethod
    def from_conversation(cls, conversation: Conversation) -> "RenamedFrame":
        """Build the frame with the title of a conversation."""
        return cls.from_id(conversation.id).model_copy(update={"title": conversation.title or None})


class RatedFrame(ServerFrame):
    """A message of the bot was rated, on any device of the user."""

    type: Literal["status"] = "status"
    status: Literal["rated"] = "rated"
    session_id: ids.SessionId
    id: ids.MessageId
    rating: Rating | None = Field(default=None, description="absent if the rating was removed")

    @classmethod
    def from_message(cls, message: Message) -> "RatedFrame":
        """Build the frame with the rating of a message."""
        return cls(
            session_id=ids.format_session_id(message.conversation_id),
            id=ids.format_message_id(message.id),
            rating=message.rating,
        )


class ResumedFrame(ServerFrame):
    """All missed messages have been sent. Later frames are new."""

    type: Literal["status"] = "status"
    status: Literal["resumed"] = "resumed"
    session_id: ids.SessionId
    last_seq: int = Field(ge=0, description="seq of the conversation's last message; 0 without a message")
    limited: Literal[True] | None = Field(
        default=None,
        description="more messages were missed than are sent again: these were the newest, the history has the rest",
    )
    answering: Literal[True] | None = Field(
        default=None, description="a message of the user waits for the bot's answer"
    )


class StoppingFrame(ServerFrame):
    """The answer is being stopped; `stopped` follows when it has ended."""

    type: Literal["status"] = "status"
    status: Literal["stopping"] = "stopping"
    session_id: ids.SessionId
    id: ids.MessageId | None = Field(default=None, description="as in the `stop` frame")


class StoppedFrame(ServerFrame):
    """The answer has ended early: the user stopped it. What was written is a message, which comes before this frame."""

    type: Literal["status"] = "status"
    status: Literal["stopped"] = "stopped"
    session_id: ids.SessionId
    id: ids.MessageId | None = Field(default=None, description="the last message of the answer, if it has any")


class IdleFrame(ServerFrame):
    """There is no answer to stop."""

    type: Literal["status"] = "status"
    status: Literal["idle"] = "idle"
    session_id: ids.SessionId


class ErrorFrame(ServerFrame):
    """A frame was refused, or a message cannot be answered."""

    type: Literal["error"] = "error"
    error: str = Field(description="the code of the error table")
    message: str = Field(description="a sentence for developers of clients")
    session_id: str | None = Field(default=None, description="as in the frame that caused the error")
    client_message_id: str | None = Field(default=None, description="as in the frame that caused the error")
    client_upload_id: str | None = Field(default=None, description="as in the `upload` frame that caused the error")
    message_id: ids.MessageId | None = Field(default=None, description="the message that will not be answered")
    retry_after: int | None = Field(default=None, ge=0, description="seconds to wait before a retry")
