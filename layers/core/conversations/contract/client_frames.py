"""The frames that clients send: client-to-server frames of the contract, section 3, and the list of them."""

from typing import Literal, get_args

from pydantic import ConfigDict, Field

from conversations.contract import server_frames
from conversations.contract.base import RequestModel, RunId
from conversations.contract.requests import MessageInput, UploadInput
from conversations.contract.server_frames import ServerFrame
from conversations.data_classes import dataclass
from conversations.domain import ids, limits
from conversations.domain.limits import Policy
from conversations.domain.message import Rating
from conversations.domain.texts import ClientMessageId


class ClientMessageFrame(MessageInput):
    """The user sends a message."""

    type: Literal["message"]
    session_id: ids.ConversationReference | None = Field(
        default=None, description="the conversation; the connection's default conversation if absent"
    )


class ClientUploadFrame(UploadInput):
    """The user is going to upload a file for a message: for visitors, who have no access to REST."""

    type: Literal["upload"]
    session_id: ids.ConversationReference | None = Field(
        default=None, description="the conversation; the connection's default conversation if absent"
    )
    client_upload_id: ClientMessageId | None = Field(
        default=None, description="chosen by the client: the reply has the same, and so has an error"
    )


class ResumeFrame(RequestModel):
    """The client reconnected and asks for the messages that it missed."""

    type: Literal["resume"]
    session_id: ids.ConversationReference
    after: ids.MessageId | None = Field(default=None, description="the last message that the client has, if any")


class StopFrame(RequestModel):
    """The user stops the answer that the bot is generating."""

    type: Literal["stop"]
    session_id: ids.ConversationReference
    id: ids.MessageId | None = Field(
        default=None, description="the message to stop, as in its `delta` frames; if absent, the answer in progress"
    )


class RateFrame(RequestModel):
    """The user rates a message of the bot, or removes the rating."""

    type: Literal["rate"]
    session_id: ids.ConversationReference
    id: ids.MessageId = Field(description="the message")
    rating: Rating | None = Field(description="null removes the rating")


class AbortFrame(RequestModel):
    """The user stops a run; for connections that were opened with `?format=ag-ui`."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["abort"]
    run_id: RunId = Field(alias="runId", description="the run to stop")


class PingFrame(RequestModel):
    """Keep-alive: the client asks for a ``pong``."""

    type: Literal["ping"]


class UnknownFrame(RequestModel):
    """A JSON object of an unknown type."""

    model_config = ConfigDict(extra="allow")


@dataclass(frozen=True, slots=True)
class FrameOperation[Frame: RequestModel]:
    """A frame that clients may send.

    Attributes
    ----------
    model
        The fields of the frame.
    replies
        The frames that answer it on the same connection.
    policy
        The rate limit that it counts towards, or None.
    is_agent
        Whether it is for connections in the format of AG-UI, where chunks answer it.
    """

    model: type[Frame]
    replies: tuple[type[ServerFrame], ...]
    policy: Policy | None = None
    is_agent: bool = False

    @property
    def type(self) -> str:
        """The value of ``type``, which selects the route of the WebSocket API."""
        return str(get_args(self.model.model_fields["type"].annotation)[0])


SEND_MESSAGE = FrameOperation(
    ClientMessageFrame,
    replies=(
        server_frames.DeliveredFrame,
        server_frames.ExpiredFrame,
        server_frames.ClaimedFrame,
        server_frames.ErrorFrame,
    ),
    policy=limits.MESSAGES,
)
UPLOAD = FrameOperation(
    ClientUploadFrame,
    replies=(
        server_frames.UploadFrame,
        server_frames.ExpiredFrame,
        server_frames.ClaimedFrame,
        server_frames.ErrorFrame,
    ),
    policy=limits.ACTIONS,
)
RESUME = FrameOperation(
    ResumeFrame,
    replies=(server_frames.MessageFrame, server_frames.ResumedFrame, server_frames.ErrorFrame),
    policy=limits.HISTORY,
)
STOP = FrameOperation(
    StopFrame,
    replies=(server_frames.StoppingFrame, server_frames.IdleFrame, server_frames.ErrorFrame),
    policy=limits.ACTIONS,
)
RATE = FrameOperation(
    RateFrame,
    replies=(server_frames.RatedFrame, server_frames.ErrorFrame),
    policy=limits.ACTIONS,
)
ABORT = FrameOperation(AbortFrame, replies=(), policy=limits.ACTIONS, is_agent=True)
PING = FrameOperation(PingFrame, replies=(server_frames.PongFrame, server_frames.ErrorFrame))
UNKNOWN = FrameOperation(UnknownFrame, replies=(server_frames.ErrorFrame,))

type ClientFrameOperation = (
    FrameOperation[ClientMessageFrame]
    | FrameOperation[ClientUploadFrame]
    | FrameOperation[ResumeFrame]
    | FrameOperation[StopFrame]
    | FrameOperation[RateFrame]
    | FrameOperation[AbortFrame]
    | FrameOperation[PingFrame]
)

FRAME_OPERATIONS: tuple[ClientFrameOperation, ...]
FRAME_OPERATIONS = (SEND_MESSAGE, UPLOAD, RESUME, STOP, RATE, ABORT, PING)
"""All frames that clients may send: the routes, the documents and the error about an unknown type follow this list."""
