"""The bodies of REST responses, as the contract defines them."""

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field

from conversations.contract.base import MAX_PAGE_SIZE, ResponseModel, Seq
from conversations.contract.messages import AttachmentView, MessageView, get_message_fields
from conversations.domain import ids
from conversations.domain.bot import BotSummary
from conversations.domain.conversation import Conversation, ConversationStatus, ConversationSummary
from conversations.domain.message import Message, Rating
from conversations.domain.page import Page
from conversations.domain.timestamps import Timestamp
from conversations.domain.upload import StartedUpload


class ConversationStarted(ResponseModel):
    """Response of ``POST /conversations/start``."""

    conversation_id: ids.ConversationId
    session_id: ids.SessionId
    status: ConversationStatus

    @classmethod
    def from_conversation(cls, conversation: Conversation) -> Self:
        """Build the response for a new conversation."""
        return cls(
            conversation_id=ids.format_conversation_id(conversation.id),
            session_id=ids.format_session_id(conversation.id),
            status=conversation.status,
        )


class MessageAccepted(ResponseModel):
    """Response of ``POST /conversations/{id}/messages``."""

    message_id: ids.MessageId
    timestamp: Timestamp
    status: Literal["delivered"] = Field(
        default="delivered", description="stored, and answered or durably queued for the bot"
    )
    seq: Seq

    @classmethod
    def from_message(cls, message: Message) -> Self:
        """Build the acknowledgement of a stored message."""
        return cls(message_id=ids.format_message_id(message.id), timestamp=message.timestamp, seq=message.seq)


class UploadFormView(ResponseModel):
    """A form that uploads a file: `multipart/form-data` with its fields in any order, and then the part `file`."""

    url: str = Field(description="where the form is sent to with POST, without credentials")
    fields: dict[str, str] = Field(description="the fields of the form, which are signed")
    expires_at: Timestamp = Field(description="when the form expires; until then it can be sent again")


class UploadView(ResponseModel):
    """A file that can be uploaded now, and then sent with a message."""

    file_id: str = Field(description='names the file in `attachments` of a message: `{"file_id": …}`')
    attachment: AttachmentView = Field(description="the file as the message will show it; the link works from then on")
    upload: UploadFormView

    @classmethod
    def from_upload(cls, started: StartedUpload) -> Self:
        """Build the view of an upload."""
        form = started.form
        return cls(
            file_id=started.upload.id,
            attachment=AttachmentView.from_attachment(started.attachment),
            upload=UploadFormView(url=form.url, fields=form.fields, expires_at=form.expires_at),
        )


class UploadCreated(UploadView):
    """Response of ``POST /conversations/{id}/files``."""


class HistoryMessage(MessageView):
    """One message of a history."""

    @classmethod
    def from_message(cls, message: Message) -> Self:
        """Build the view of a stored message."""
        return cls(**get_message_fields(message))


class History(ResponseModel):
    """Response of ``GET /conversations/{id}/history``."""

    messages: tuple[HistoryMessage, ...] = Field(max_length=MAX_PAGE_SIZE, description="oldest first")
    has_more: bool = Field(description="whether there are more messages in the direction of travel")

    @classmethod
    def from_page(cls, page: Page[Message]) -> Self:
        """Build the response for a page of messages."""
        return cls(messages=tuple(map(HistoryMessage.from_message, page.items)), has_more=page.has_more)


class ListedConversation(ResponseModel):
    """One conversation of a list."""

    id: ids.ConversationId
    bot_id: str
    bot_name: str
    title: str | None = Field(default=None, description="the name that the user has given it; absent if none")
    last_message: str = Field(description="start of the last message; empty for a conversation without messages")
    last_activity: Timestamp
    status: ConversationStatus

    @classmethod
    def from_summary(cls, summary: ConversationSummary) -> Self:
        """Build the view of a conversation."""
        return cls(
            id=ids.format_conversation_id(summary.id),
            bot_id=summary.bot_id,
            bot_name=summary.bot_name,
            title=summary.title or None,
            last_message=summary.last_message,
            last_activity=summary.last_activity,
            status=summary.status,
        )


class ConversationList(ResponseModel):
    """Response of ``GET /conversations``."""

    conversations: tuple[ListedConversation, ...] = Field(max_length=MAX_PAGE_SIZE, description="latest activity first")
    total: int = Field(ge=0, description="number of conversations that match the filters")
    next_cursor: str | None = Field(default=None, description="absent on the last page")

    @classmethod
    def from_summaries(cls, summaries: Iterable[ConversationSummary], total: int, next_cursor: str | None) -> Self:
        """Build the response for a page of conversations."""
        return cls(
            conversations=tuple(map(ListedConversation.from_summary, summaries)), total=total, next_cursor=next_cursor
        )


class ConversationDetails(ListedConversation):
    """Response of ``GET`` and ``PATCH /conversations/{id}`` and of a claim."""

    conversation_id: ids.ConversationId
    session_id: ids.SessionId
    created_at: Timestamp
    updated_at: Timestamp
    last_seq: int = Field(ge=0, description="`seq` of the last message; 0 without a message")

    @classmethod
    def from_conversation(cls, conversation: Conversation) -> Self:
        """Build the view of a conversation."""
        return cls(
            id=ids.format_conversation_id(conversation.id),
            conversation_id=ids.format_conversation_id(conversation.id),
            session_id=ids.format_session_id(conversation.id),
            bot_id=conversation.bot_id,
            bot_name=conversation.bot_name,
            title=conversation.title or None,
            status=conversation.status,
            created_at=conversation.created_at,
            updated_at=conversation.updated_at,
            last_activity=conversation.last_activity,
            last_message=conversation.last_message,
            last_seq=conversation.last_seq,
        )


class MessageRating(ResponseModel):
    """Response of ``PUT /conversations/{id}/messages/{message_id}/rating``."""

    message_id: ids.MessageId
    rating: Rating | None = Field(default=None, description="absent if the rating was removed")

    @classmethod
    def from_message(cls, message: Message) -> Self:
        """Build the response for a rated message."""
        return cls(message_id=ids.format_message_id(message.id), rating=message.rating)


class ListedBot(ResponseModel):
    """One bot that the caller may talk to."""

    id: str
    name: str
    description: str
    default: bool = Field(description="whether it is the bot of requests that name none")


class BotList(ResponseModel):
    """Response of ``GET /bots``."""

    bots: tuple[ListedBot, ...]

    @classmethod
    def from_bots(cls, bots: Iterable[BotSummary], default_bot_id: str) -> Self:
        """Build the response for the bots of a caller."""
        return cls(
            bots=tuple(
                ListedBot(id=bot.id, name=bot.name, description=bot.description, default=bot.id == default_bot_id)
                for bot in bots
            )
        )


class Ticket(ResponseModel):
    """Response of ``POST /tickets``."""

    ticket: str
    expires_in: int = Field(description="seconds until the ticket expires")
    ws_url: str = Field(description="address of the WebSocket; append `?ticket=` and the ticket")


class Health(ResponseModel):
    """Response of ``GET /health``."""

    status: Literal["ok"] = "ok"
