"""What a socket may say: the client-to-server frames of the contract, section 3."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from conversations.contract.rest_schemas import RequestModel
from conversations.domain import ids
from conversations.domain.message import MAX_ATTACHMENTS, Attachment, ClientMessageId, Content, Draft


class ClientMessageFrame(RequestModel):
    """The user says something."""

    type: Literal["message"]
    content: Content
    session_id: ids.ConversationReference | None = Field(
        default=None, description="the conversation; the socket's own if there is none"
    )
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=MAX_ATTACHMENTS)] = ()
    client_message_id: ClientMessageId | None = Field(
        default=None, description="an id of the client's: sent again with the same content, it is the same message"
    )

    def draft(self) -> Draft:
        """Return what the user wants to say."""
        return Draft(content=self.content, attachments=self.attachments, client_message_id=self.client_message_id)


class ResumeFrame(RequestModel):
    """The client was away and wants what it missed."""

    type: Literal["resume"]
    session_id: ids.ConversationReference
    after: ids.MessageId | None = Field(default=None, description="the last message it has; none if it has none")


class PingFrame(RequestModel):
    """The client asks whether anybody is there."""

    type: Literal["ping"]


class UnknownFrame(RequestModel):
    """A JSON object of no type we know."""

    model_config = ConfigDict(extra="allow")
