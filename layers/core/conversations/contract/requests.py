"""The bodies and query strings of REST requests, as the contract defines them."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
    model_validator,
)

from conversations.contract.base import MAX_PAGE_SIZE, Cursor, RequestModel, RunId
from conversations.domain import ids, visitor_token
from conversations.domain.bot import BotId
from conversations.domain.conversation import ConversationStatus, ListFilter
from conversations.domain.message import MAX_ATTACHMENTS, Attachment, ContentType, Draft, Rating, UploadReference
from conversations.domain.texts import DIGITS, ClientMessageId, Content, FileName, Title
from conversations.domain.upload import MAX_UPLOAD_BYTES

DEFAULT_PAGE_SIZE = 50
MAX_OFFSET = 10_000

Limit = Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE), DIGITS]
SessionToken = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256),
    WithJsonSchema({"type": "string", "pattern": visitor_token.PATTERN}),
]
"""A visitor's token: the bare id of the conversation and 256 random bits. The pattern is for the documents."""


class EmptyRequest(RequestModel):
    """An empty body, which may be left out."""


class StartConversationRequest(RequestModel):
    """Body of ``POST /conversations/start``."""

    bot_id: BotId | None = Field(default=None, description="the bot to talk to; the default bot if absent")
    initial_message: Content | None = Field(
        default=None, description="the first message, stored and answered like any other; if absent, the bot may greet"
    )
    client_message_id: ClientMessageId | None = Field(
        default=None,
        description=(
            "idempotency key chosen by the client: a retry with the same key, bot and message returns the same"
            " conversation"
        ),
    )


def _get_kind(attachment: Any) -> str:  # noqa: ANN401 - any JSON, or a model
    is_upload = isinstance(attachment, UploadReference) or (isinstance(attachment, dict) and "file_id" in attachment)
    return ATTACHMENT_KINDS[1 if is_upload else 0]


ATTACHMENT_KINDS = ("link", "upload")
"""How pydantic names the two kinds of attachments in the locations of faults."""

AttachmentInput = Annotated[
    Annotated[Attachment, Tag(ATTACHMENT_KINDS[0])] | Annotated[UploadReference, Tag(ATTACHMENT_KINDS[1])],
    Discriminator(_get_kind),
]
"""A file of a message: a link to another place, or a file that was uploaded for it."""


class MessageInput(RequestModel):
    """The fields of a message that a client sends, over REST and over the WebSocket."""

    content: Content
    attachments: Annotated[tuple[AttachmentInput, ...], Field(max_length=MAX_ATTACHMENTS)] | None = Field(
        default=None, description="links to files, and files that were uploaded for the message"
    )
    client_message_id: ClientMessageId | None = Field(
        default=None,
        description="idempotency key chosen by the client: a retry with the same key and content is the same message",
    )

    def to_draft(self) -> Draft:
        """Return the draft to store."""
        return Draft.model_construct(
            content=self.content, attachments=self.attachments or (), client_message_id=self.client_message_id
        )


class SendMessageRequest(MessageInput):
    """Body of ``POST /conversations/{id}/messages``."""


def _require_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")  # noqa: TRY004 - a ValueError is a fault of the field
    return value


class UploadInput(RequestModel):
    """A file that a client is going to upload, over REST and over the WebSocket."""

    name: FileName
    content_type: ContentType = Field(
        description="its media type, `application/octet-stream` if it is not known; the content is checked against it"
    )
    size: Annotated[int, Field(ge=1, le=MAX_UPLOAD_BYTES), BeforeValidator(_require_number)] = Field(
        description="in bytes, exactly"
    )


class CreateUploadRequest(UploadInput):
    """Body of ``POST /conversations/{id}/files``."""


class HistoryQuery(RequestModel):
    """Query string of ``GET /conversations/{id}/history``."""

    limit: Limit = Field(default=DEFAULT_PAGE_SIZE, description="maximum number of messages")
    before: ids.TimestampOrMessageId | None = Field(
        default=None, description="return the newest page strictly before this time or message"
    )
    after: ids.TimestampOrMessageId | None = Field(
        default=None, description="return the oldest page strictly after this time or message"
    )


class ListQuery(RequestModel):
    """Query string of ``GET /conversations``."""

    bot_id: BotId | None = Field(default=None, description="only conversations with this bot")
    status: ConversationStatus | None = Field(default=None, description="only conversations with this status")
    limit: Limit = Field(default=DEFAULT_PAGE_SIZE, description="maximum number of conversations")
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET), DIGITS] = Field(
        default=0, description="number of conversations to skip, for jumping to a page"
    )
    cursor: Cursor | None = Field(
        default=None, description="`next_cursor` of the page before, for reading the complete list"
    )

    def to_filter(self) -> ListFilter:
        """Return which conversations to list."""
        return ListFilter(bot_id=self.bot_id, status=self.status)


class UpdateConversationRequest(RequestModel):
    """Body of ``PATCH /conversations/{id}``."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    status: ConversationStatus | None = Field(default=None, description="`archived` conversations accept no messages")
    title: Title | None = Field(
        default=None, description="the name of the conversation, in one line; `null` or an empty text removes it"
    )

    @model_validator(mode="after")
    def _require_change(self) -> Self:
        if "title" not in self.model_fields_set and self.status is None:
            raise ValueError("must have a status or a title")
        return self


class RateMessageRequest(RequestModel):
    """Body of ``PUT /conversations/{id}/messages/{message_id}/rating``."""

    rating: Rating | None = Field(description="`null` removes the rating")


class ClaimRequest(RequestModel):
    """Body of ``POST /conversations/claim``."""

    session_token: SessionToken = Field(description="the token of the visitor's `connected` frame")


class ConnectionCheckQuery(RequestModel):
    """Query string of ``GET /connections/check``."""

    bot_id: BotId | None = Field(default=None, description="as in the handshake; the default bot if absent")


class FileQuery(RequestModel):
    """Query string of ``GET /conversations/{id}/files/{file_id}``."""

    key: str = Field(min_length=1, max_length=100, description="the secret in the link")


class ConnectQuery(BaseModel):
    """Query string of ``/ws`` that selects the conversation; the authorizer reads the credentials in it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

    bot_id: BotId | None = Field(default=None, description="the bot to talk to; the default bot if absent")
    session_id: ids.ConversationReference | None = Field(
        default=None, description="the conversation to continue; if absent, the latest one with the bot"
    )
    stream: Literal["1"] | None = Field(
        default=None, description="`1` to receive answers in pieces (`delta`) while they are generated"
    )
    suggestions: Literal["message"] | None = Field(
        default=None, description="`message` to receive no `suggestion` frame with quick replies that a message has"
    )
    format: Literal["ag-ui"] | None = Field(
        default=None, description="`ag-ui` for runs and chunks of AG-UI events instead of the frames of this API"
    )
    run_id: RunId | None = Field(default=None, alias="runId", description="the run to resume, with `offset`")
    offset: Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{1,40}$")] | None = Field(
        default=None, description="the `id` of the last chunk that the client has; `-1` for all chunks of the run"
    )
