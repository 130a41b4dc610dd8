"""A message as clients see it: the fields that the history and the ``message`` frame share."""

from typing import Any, Self

from pydantic import Field

from conversations.contract.base import ResponseModel, Seq
from conversations.domain import ids
from conversations.domain.knowledge import Source
from conversations.domain.message import AnswerInput, Attachment, IncompleteReason, Message, Rating, Sender, Suggestion
from conversations.domain.timestamps import Timestamp


class AttachmentView(ResponseModel):
    """A file of a message: one that the user has linked to or uploaded, or one that a bot has sent."""

    name: str = Field(description="its name")
    content_type: str = Field(description="its media type")
    url: str = Field(
        pattern="^[Hh][Tt][Tt][Pp][Ss]?://",
        description=(
            "where it is: of a bot's file a link that is valid for a week, of an uploaded file one that is valid"
            " as long as the conversation exists. An https URL, except on a local stack"
        ),
    )

    @classmethod
    def from_attachment(cls, attachment: Attachment) -> Self:
        """Build the view of an attachment."""
        return cls(name=attachment.name, content_type=attachment.content_type, url=attachment.url)


class MessageView(ResponseModel):
    """One message."""

    id: ids.MessageId
    sender: Sender
    content: str
    timestamp: Timestamp
    seq: Seq
    attachments: tuple[AttachmentView, ...] | None = None
    suggestions: tuple[Suggestion, ...] | None = Field(default=None, description="quick replies, if there are any")
    client_message_id: str | None = Field(default=None, description="the id that the sender chose, if any")
    finish_reason: IncompleteReason | None = Field(
        default=None, description="why a message of the bot is incomplete; absent if it is complete"
    )
    input: AnswerInput | None = Field(
        default=None,
        description="the answer that the bot waits for; it is over when the conversation has a newer message",
    )
    rating: Rating | None = Field(default=None, description="how the user has rated this message of the bot, if at all")
    sources: tuple[Source, ...] | None = Field(
        default=None, description="the documents that the bot has answered from, if any: files or web pages"
    )


def get_message_fields(message: Message) -> dict[str, Any]:
    """Return the fields of ``MessageView`` for a stored message."""
    return {
        "id": ids.format_message_id(message.id),
        "sender": message.sender,
        "content": message.content,
        "timestamp": message.timestamp,
        "seq": message.seq,
        "attachments": tuple(map(AttachmentView.from_attachment, message.attachments)) or None,
        "suggestions": message.suggestions or None,
        "client_message_id": message.client_message_id,
        "finish_reason": message.finish_reason,
        "input": message.input,
        "rating": message.rating,
        "sources": message.sources or None,
    }
