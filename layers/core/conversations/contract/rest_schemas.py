"""The bodies and parameters of REST, as the contract writes them."""

import json
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, WithJsonSchema

from conversations.domain import ids, visitor_token
from conversations.domain.bot import BotId, BotSummary
from conversations.domain.conversation import Conversation, ConversationStatus, ConversationSummary, ListFilter
from conversations.domain.memory import Memory
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
from conversations.domain.page import Page
from conversations.domain.timestamps import Timestamp

MAX_PAGE = 100
DEFAULT_PAGE = 50
MAX_OFFSET = 10_000

Limit = Annotated[int, Field(ge=1, le=MAX_PAGE)]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=1_024)]
SessionToken = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256),
    WithJsonSchema({"type": "string", "pattern": visitor_token.PATTERN}),
]
"""A visitor's way back: the bare id of the session and 256 random bits. The pattern is for the documents."""
Seq = Annotated[int, Field(ge=1, description="1, 2, 3 … without gaps inside a conversation")]


class RequestModel(BaseModel):
    """What a client sends; a field we do not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ResponseModel(BaseModel):
    """What a client gets; absent fields are left out."""

    model_config = ConfigDict(frozen=True)


class StartConversationRequest(RequestModel):
    """Body of ``POST /conversations/start``."""

    bot_id: BotId | None = Field(default=None, description="the default bot if there is none")
    initial_message: Content | None = Field(
        default=None, description="stored and answered like any message; without one the bot may speak first"
    )


class ConversationStarted(ResponseModel):
    """Answer of ``POST /conversations/start``."""

    conversation_id: ids.ConversationId
    session_id: ids.SessionId
    status: ConversationStatus

    @classmethod
    def of(cls, conversation: Conversation) -> Self:
        """Show a new conversation."""
        return cls(
            conversation_id=ids.format_conversation_id(conversation.id),
            session_id=ids.format_session_id(conversation.id),
            status=conversation.status,
        )


class SendMessageRequest(RequestModel):
    """Body of ``POST /conversations/{id}/messages``."""

    content: Content
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=MAX_ATTACHMENTS)] = ()
    client_message_id: ClientMessageId | None = Field(
        default=None, description="an id of the client's: sent again with the same content, it is the same message"
    )

    def draft(self) -> Draft:
        """Return what the user wants to say."""
        return Draft.model_construct(**dict(self))


class MessageAccepted(ResponseModel):
    """Answer of ``POST /conversations/{id}/messages``."""

    message_id: ids.MessageId
    timestamp: Timestamp
    status: Literal["delivered"] = Field(default="delivered", description="stored, and durably queued for the bot")
    seq: Seq

    @classmethod
    def of(cls, message: Message) -> Self:
        """Acknowledge a stored message."""
        return cls(message_id=ids.format_message_id(message.id), timestamp=message.timestamp, seq=message.seq)


class HistoryQuery(RequestModel):
    """Parameters of ``GET /conversations/{id}/history``."""

    limit: Limit = Field(default=DEFAULT_PAGE, description="how many messages at most")
    before: ids.TimestampOrMessageId | None = Field(
        default=None, description="the newest page strictly before this time or message"
    )
    after: ids.TimestampOrMessageId | None = Field(
        default=None, description="the oldest page strictly after this time or message"
    )


class HistoryMessage(ResponseModel):
    """One message of a history."""

    id: ids.MessageId
    sender: Sender
    content: str
    timestamp: Timestamp
    seq: Seq
    attachments: tuple[Attachment, ...] | None = None
    suggestions: tuple[Suggestion, ...] | None = Field(default=None, description="quick replies, where there are any")
    client_message_id: str | None = Field(default=None, description="the id its sender chose, if it chose one")

    @classmethod
    def of(cls, message: Message) -> Self:
        """Show a message."""
        return cls(
            id=ids.format_message_id(message.id),
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

    messages: tuple[HistoryMessage, ...] = Field(max_length=MAX_PAGE, description="oldest first")
    has_more: bool = Field(description="whether there are more in the direction of travel")

    @classmethod
    def of(cls, page: Page[Message]) -> Self:
        """Show a page of messages."""
        return cls(messages=tuple(map(HistoryMessage.of, page.items)), has_more=page.has_more)


class ListQuery(RequestModel):
    """Parameters of ``GET /conversations``."""

    bot_id: BotId | None = Field(default=None, description="only those with this bot")
    status: ConversationStatus | None = Field(default=None, description="only those of this status")
    limit: Limit = Field(default=DEFAULT_PAGE, description="how many conversations at most")
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = Field(
        default=0, description="how many to leave out; for jumping to a page"
    )
    cursor: Cursor | None = Field(default=None, description="`next_cursor` of the page before; for walking all of them")

    def matching(self) -> ListFilter:
        """Return which conversations are wanted."""
        return ListFilter(bot_id=self.bot_id, status=self.status)


class ListedConversation(ResponseModel):
    """One conversation of a list."""

    id: ids.ConversationId
    bot_id: str
    bot_name: str
    last_message: str = Field(description="how the last message begins; empty where nothing was said")
    last_activity: Timestamp
    status: ConversationStatus

    @classmethod
    def of(cls, summary: ConversationSummary) -> Self:
        """Show a conversation."""
        return cls(
            id=ids.format_conversation_id(summary.id),
            bot_id=summary.bot_id,
            bot_name=summary.bot_name,
            last_message=summary.last_message,
            last_activity=summary.last_activity,
            status=summary.status,
        )


class ConversationList(ResponseModel):
    """Answer of ``GET /conversations``."""

    conversations: tuple[ListedConversation, ...] = Field(max_length=MAX_PAGE, description="newest activity first")
    total: int = Field(ge=0, description="how many the filters match")
    next_cursor: str | None = Field(default=None, description="absent on the last page")

    @classmethod
    def of(cls, summaries: Iterable[ConversationSummary], total: int, next_cursor: str | None) -> Self:
        """Show a page of conversations."""
        return cls(conversations=tuple(map(ListedConversation.of, summaries)), total=total, next_cursor=next_cursor)


class ConversationDetails(ListedConversation):
    """A conversation on its own: answer of ``GET`` and ``PATCH /conversations/{id}`` and of claiming."""

    conversation_id: ids.ConversationId
    session_id: ids.SessionId
    created_at: Timestamp
    updated_at: Timestamp
    last_seq: int = Field(ge=0, description="`seq` of the last message; 0 where nothing was said")

    @classmethod
    def of_conversation(cls, conversation: Conversation) -> Self:
        """Show a conversation."""
        return cls(
            id=ids.format_conversation_id(conversation.id),
            conversation_id=ids.format_conversation_id(conversation.id),
            session_id=ids.format_session_id(conversation.id),
            bot_id=conversation.bot_id,
            bot_name=conversation.bot_name,
            status=conversation.status,
            created_at=conversation.created_at,
            updated_at=conversation.updated_at,
            last_activity=conversation.last_activity,
            last_message=conversation.last_message,
            last_seq=conversation.last_seq,
        )


class UpdateConversationRequest(RequestModel):
    """Body of ``PATCH /conversations/{id}``."""

    status: ConversationStatus


class ClaimRequest(RequestModel):
    """Body of ``POST /conversations/claim``."""

    session_token: SessionToken = Field(description="what the visitor's socket was given with `connected`")


class EmptyRequest(RequestModel):
    """Body of a request that has nothing to say; it may be left out."""


class ListedBot(ResponseModel):
    """One bot the caller may talk to."""

    id: str
    name: str
    description: str
    default: bool = Field(description="whether it is the one for those who name none")


class BotList(ResponseModel):
    """Answer of ``GET /bots``."""

    bots: tuple[ListedBot, ...]

    @classmethod
    def of(cls, bots: Iterable[BotSummary], default_bot_id: str) -> Self:
        """Show bots."""
        return cls(
            bots=tuple(
                ListedBot(id=bot.id, name=bot.name, description=bot.description, default=bot.id == default_bot_id)
                for bot in bots
            )
        )


class Ticket(ResponseModel):
    """Answer of ``POST /tickets``."""

    ticket: str
    expires_in: int = Field(description="seconds until it opens nothing any more")
    ws_url: str = Field(description="where to open the socket, with `?ticket=` and the ticket behind it")


class ExportQuery(RequestModel):
    """Parameters of ``GET /me/export``."""

    cursor: Cursor | None = Field(default=None, description="`next_cursor` of the page before")


class ExportedMemory(ResponseModel):
    """Something a bot remembers of the caller from one conversation to another."""

    bot_id: BotId = Field(description="whose memory it is")
    name: str = Field(description="what the bot's script calls it")
    value: JsonValue = Field(default=None, description="any JSON, as the script had it kept; absent where that is null")

    @classmethod
    def of(cls, memory: Memory) -> Self:
        """Show a memory. Half a pair of UTF-16, which a script can cut off, has no UTF-8; ``?`` stands for it."""
        text = json.dumps(memory.value, ensure_ascii=False).encode(errors="replace")
        return cls(bot_id=memory.key.bot_id, name=memory.key.name, value=json.loads(text))


class Export(ResponseModel):
    """Answer of ``GET /me/export``: a conversation and a piece of its history, or what bots remember."""

    conversation: ConversationDetails | None = Field(
        default=None, description="whose messages these are; absent behind the last conversation"
    )
    messages: tuple[HistoryMessage, ...] = Field(description="oldest first")
    memories: tuple[ExportedMemory, ...] | None = Field(
        default=None,
        min_length=1,
        description="what bots remember of the caller beyond conversations; on the last pages, where there is any",
    )
    next_cursor: str | None = Field(default=None, description="absent on the last page")

    @classmethod
    def of(
        cls,
        conversation: Conversation | None,
        messages: Iterable[Message],
        memories: Iterable[Memory],
        next_cursor: str | None,
    ) -> Self:
        """Show a page of an export."""
        return cls(
            conversation=None if conversation is None else ConversationDetails.of_conversation(conversation),
            messages=tuple(map(HistoryMessage.of, messages)),
            memories=tuple(map(ExportedMemory.of, memories)) or None,
            next_cursor=next_cursor,
        )


class Erasing(ResponseModel):
    """Answer of ``DELETE /me`` while there is more to erase than fits into one request."""

    status: Literal["erasing"] = "erasing"


class ConnectQuery(BaseModel):
    """Parameters of ``/ws`` that say which conversation; the authorizer reads the others."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    bot_id: BotId | None = Field(default=None, description="a bot to talk to; the default one if there is none")
    session_id: ids.ConversationReference | None = Field(
        default=None, description="a conversation to go on with; without one, the last one with the bot"
    )


class Health(ResponseModel):
    """Answer of ``GET /health``."""

    status: Literal["ok"] = "ok"
