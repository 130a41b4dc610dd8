"""The bodies and parameters of REST, as the contract writes them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from conversations.domain import ids, moments
from conversations.domain.bot import BotId
from conversations.domain.conversation import Conversation, ConversationStatus, ConversationSummary
from conversations.domain.message import (
    MAX_ATTACHMENTS,
    Attachment,
    ClientMessageId,
    Content,
    Draft,
    Message,
    Sender,
    Suggestion,
)
from conversations.domain.ports import ListFilter, Page

MAX_PAGE = 100
DEFAULT_PAGE = 50
MAX_OFFSET = 10_000

Timestamp = Annotated[datetime, PlainSerializer(moments.to_text, return_type=str)]
Limit = Annotated[int, Field(ge=1, le=MAX_PAGE)]


class RequestModel(BaseModel):
    """What a client sends; a field we do not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ResponseModel(BaseModel):
    """What a client gets; absent fields are left out."""

    model_config = ConfigDict(frozen=True)


class StartConversationRequest(RequestModel):
    """Body of ``POST /conversations/start``."""

    bot_id: BotId | None = None
    initial_message: Content | None = None


class ConversationStarted(ResponseModel):
    """Answer of ``POST /conversations/start``."""

    conversation_id: str
    session_id: str
    status: ConversationStatus

    @classmethod
    def of(cls, conversation: Conversation) -> Self:
        """Show a new conversation."""
        return cls(
            conversation_id=ids.conversation_id(conversation.id),
            session_id=ids.public_session_id(conversation.id),
            status=conversation.status,
        )


class SendMessageRequest(RequestModel):
    """Body of ``POST /conversations/{id}/messages``."""

    content: Content
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=MAX_ATTACHMENTS)] = ()
    client_message_id: ClientMessageId | None = None

    def draft(self) -> Draft:
        """Return what the user wants to say."""
        return Draft.model_construct(**dict(self))


class MessageAccepted(ResponseModel):
    """Answer of ``POST /conversations/{id}/messages``."""

    message_id: str
    timestamp: Timestamp
    status: str = "delivered"
    seq: int

    @classmethod
    def of(cls, message: Message) -> Self:
        """Acknowledge a stored message."""
        return cls(message_id=ids.public_message_id(message.id), timestamp=message.timestamp, seq=message.seq)


class HistoryQuery(RequestModel):
    """Parameters of ``GET /conversations/{id}/history``."""

    limit: Limit = DEFAULT_PAGE
    before: str | None = None
    after: str | None = None


class HistoryMessage(ResponseModel):
    """One message of a history."""

    id: str
    sender: Sender
    content: str
    timestamp: Timestamp
    seq: int
    attachments: tuple[Attachment, ...] | None = None
    suggestions: tuple[Suggestion, ...] | None = None
    client_message_id: str | None = None

    @classmethod
    def of(cls, message: Message) -> Self:
        """Show a message."""
        return cls(
            id=ids.public_message_id(message.id),
            sender=message.sender,
            content=message.content,
            timestamp=message.timestamp,
            seq=message.seq,
            attachments=message.attachments or None,
            suggestions=message.suggestions or None,
            client_message_id=message.client_message_id,
        )


class History(ResponseModel):
    """Answer of ``GET /conversations/{id}/history``."""

    messages: tuple[HistoryMessage, ...]
    has_more: bool

    @classmethod
    def of(cls, page: Page[Message]) -> Self:
        """Show a page of messages."""
        return cls(messages=tuple(map(HistoryMessage.of, page.items)), has_more=page.has_more)


class ListQuery(RequestModel):
    """Parameters of ``GET /conversations``."""

    bot_id: BotId | None = None
    status: ConversationStatus | None = None
    limit: Limit = DEFAULT_PAGE
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = 0

    def matching(self) -> ListFilter:
        """Return which conversations are wanted."""
        return ListFilter(bot_id=self.bot_id, status=self.status)


class ListedConversation(ResponseModel):
    """One conversation of a list."""

    id: str
    bot_id: str
    bot_name: str
    last_message: str
    last_activity: Timestamp
    status: ConversationStatus

    @classmethod
    def of(cls, summary: ConversationSummary) -> Self:
        """Show a conversation."""
        return cls(
            id=ids.conversation_id(summary.id),
            bot_id=summary.bot_id,
            bot_name=summary.bot_name,
            last_message=summary.last_message,
            last_activity=summary.last_activity,
            status=summary.status,
        )


class ConversationList(ResponseModel):
    """Answer of ``GET /conversations``."""

    conversations: tuple[ListedConversation, ...]
    total: int

    @classmethod
    def of(cls, summaries: Iterable[ConversationSummary], total: int) -> Self:
        """Show a page of conversations."""
        return cls(conversations=tuple(map(ListedConversation.of, summaries)), total=total)


class ConnectQuery(BaseModel):
    """Parameters of ``/ws`` that say which conversation; the authorizer reads the others."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    bot_id: BotId | None = None
    session_id: str | None = None


class Health(ResponseModel):
    """Answer of ``GET /health``."""

    status: str = "ok"
