"""What a socket is told: the server-to-client frames of the contract, section 3."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from conversations.domain import ids
from conversations.domain.conversation import Conversation
from conversations.domain.message import Attachment, Message, Sender, Suggestion
from conversations.domain.timestamps import Timestamp


class ServerFrame(BaseModel):
    """One JSON text frame; absent fields are left out."""

    model_config = ConfigDict(frozen=True)

    def to_json(self) -> str:
        """Write the frame as it goes over the wire."""
        return self.model_dump_json(exclude_none=True)


class MessageFrame(ServerFrame):
    """A chat message, from the bot or from another device of the user."""

    type: Literal["message"] = "message"
    session_id: ids.SessionId
    conversation_id: ids.ConversationId
    id: ids.MessageId
    seq: int = Field(ge=1, description="1, 2, 3 … without gaps inside a conversation")
    sender: Sender
    content: str
    timestamp: Timestamp
    suggestions: tuple[Suggestion, ...] | None = Field(default=None, description="quick replies, where there are any")
    attachments: tuple[Attachment, ...] | None = None
    client_message_id: str | None = Field(default=None, description="the id its sender chose, if it chose one")

    @classmethod
    def of(cls, message: Message) -> "MessageFrame":
        """Show ``message`` to a device."""
        return cls(
            session_id=ids.format_session_id(message.session_id),
            conversation_id=ids.format_conversation_id(message.session_id),
            id=ids.format_message_id(message.id),
            seq=message.seq,
            sender=message.sender,
            content=message.content,
            timestamp=message.timestamp,
            suggestions=message.suggestions or None,
            attachments=message.attachments or None,
            client_message_id=message.client_message_id,
        )


class TypingFrame(ServerFrame):
    """The bot is at work on an answer."""

    type: Literal["typing"] = "typing"
    session_id: ids.SessionId
    sender: Literal[Sender.BOT] = Sender.BOT


class SuggestionFrame(ServerFrame):
    """Quick replies to what the bot has just said."""

    type: Literal["suggestion"] = "suggestion"
    session_id: ids.SessionId
    suggestions: tuple[Suggestion, ...]


class ConnectedFrame(ServerFrame):
    """The socket is open, and this is its own session."""

    type: Literal["status"] = "status"
    status: Literal["connected"] = "connected"
    session_id: ids.SessionId
    conversation_id: ids.ConversationId
    bot_id: str
    bot_name: str
    anonymous: bool = Field(description="whether this is a visitor's")
    session_token: str | None = Field(default=None, description="a visitor's way back: `?session_token=` opens it")
    expires_in: int | None = Field(
        default=None, ge=0, description="seconds until a visitor's conversation ends if nothing is said"
    )

    @classmethod
    def of(cls, conversation: Conversation, *, session_token: str | None, expires_in: int | None) -> "ConnectedFrame":
        """Tell a socket which conversation is its own; a visitor also how to come back to it."""
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
    """A message is stored and queued for the bot."""

    type: Literal["status"] = "status"
    status: Literal["delivered"] = "delivered"
    session_id: ids.SessionId
    message_id: ids.MessageId
    seq: int = Field(ge=1, description="1, 2, 3 … without gaps inside a conversation")
    timestamp: Timestamp
    client_message_id: str | None = Field(default=None, description="the id the message came with")

    @classmethod
    def of(cls, message: Message) -> "DeliveredFrame":
        """Acknowledge ``message`` to the socket it came from."""
        return cls(
            session_id=ids.format_session_id(message.session_id),
            message_id=ids.format_message_id(message.id),
            seq=message.seq,
            timestamp=message.timestamp,
            client_message_id=message.client_message_id,
        )


class PongFrame(ServerFrame):
    """The answer to a ping."""

    type: Literal["status"] = "status"
    status: Literal["pong"] = "pong"


class ExpiredFrame(ServerFrame):
    """The visitor's conversation has ended; a new socket begins a new one."""

    type: Literal["status"] = "status"
    status: Literal["expired"] = "expired"
    session_id: ids.SessionId


class ClaimedFrame(ServerFrame):
    """The visitor's conversation belongs to a user now; the way back to it as a visitor is closed."""

    type: Literal["status"] = "status"
    status: Literal["claimed"] = "claimed"
    session_id: ids.SessionId


class ResumedFrame(ServerFrame):
    """Everything that was missed has been sent; what comes now is new."""

    type: Literal["status"] = "status"
    status: Literal["resumed"] = "resumed"
    session_id: ids.SessionId
    last_seq: int = Field(ge=0, description="seq of the conversation's last message; 0 where nothing was said")
    limited: Literal[True] | None = Field(
        default=None, description="more was missed than is sent at once: these were the newest, history has the rest"
    )


class ErrorFrame(ServerFrame):
    """Something went wrong with a frame or with an answer."""

    type: Literal["error"] = "error"
    error: str = Field(description="the word of the table of errors")
    message: str = Field(description="a sentence for people who write clients")
    session_id: str | None = Field(default=None, description="as the frame to blame has it")
    client_message_id: str | None = Field(default=None, description="as the frame to blame has it")
    message_id: ids.MessageId | None = Field(default=None, description="the message that will not be answered")
    retry_after: int | None = Field(default=None, ge=0, description="seconds to wait before it is tried again")
