"""Streaming: sends an answer to the owner's devices in pieces, while the bot generates it.

Nothing is stored per piece. The running turn has the complete text so far, and sends it to each device that does not
have it: a device that has just connected, or that missed a frame. If the turn dies, it is run again as a new attempt.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import datetime

from conversations.contract.ag_ui.chunks import AgentAnswer
from conversations.contract.ag_ui.events import describe_end
from conversations.contract.server_frames import DeltaFrame
from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.agent_run import Interrupt
from conversations.domain.answer_control import AnswerControls
from conversations.domain.attempt import Attempt
from conversations.domain.connection import Connection
from conversations.domain.dialog import Dialog
from conversations.domain.errors import ConversationsError
from conversations.domain.message import Message
from conversations.domain.turn import AppendText, Pause, SendMessage, TurnEvent, get_turn_id, mint_places
from conversations.domain.turn_time import ANNOUNCE_READ_SECONDS, FLUSH_SECONDS, get_script_seconds
from conversations.ports.clock import Clock
from conversations.ports.websocket import ConnectionStore
from conversations.services.agent_delivery import AgentDelivery
from conversations.services.fan_out import FanOut

FLUSH_INTERVALS = (0, 0.1, 0.2, 0.4, 0.5)
"""Seconds between a piece and the one before, piece by piece; the last one repeats.

The first piece is sent at once, and an answer of 5 seconds has about 12 pieces. Each costs a query and a frame per
device.
"""

POLL_SECONDS = 0.5
"""Seconds between two looks at devices and stop requests while no text arrives."""


@dataclass(frozen=True, slots=True)
class StreamService:
    """Streams answers. ``fan_out`` sends each frame with one try: the bot does not wait for a dead connection."""

    connections: ConnectionStore
    fan_out: FanOut
    now: Clock
    monotonic: Callable[[], float]

    def begin(self, dialog: Dialog, attempt: Attempt, time_left: Callable[[], float]) -> "AnswerStream":
        """Return the stream of the answer to a dialog's message; it sends nothing before the bot appends text.

        Parameters
        ----------
        dialog
            The dialog as loaded by the turn.
        attempt
            This run of the turn.
        time_left
            Returns the seconds that the invocation has left; in the last ones nothing is streamed.
        """
        message = dialog.message
        return AnswerStream(
            service=self,
            dialog=dialog,
            agents=AgentDelivery(get_turn_id(dialog.conversation.id, None if message is None else message.id), "turn"),
            attempt=attempt.number,
            answer_time=attempt.get_answer_time(self.now()),
            time_left=time_left,
            owner=dialog.conversation.owner,
            flushed_at=self.monotonic(),
        )


@dataclass(slots=True)
class _StreamedMessage:
    """A message of the answer; the devices that are up to date have its first ``sent`` characters."""

    text: str
    sent: int = 0


@dataclass(slots=True)
class AnswerStream:
    """The answer of one run of a turn.

    Attributes
    ----------
    agents
        Delivers it to connections in the format of AG-UI.
    answer_time
        The time of the messages, from which their ids are made.
    owner
        Whose devices receive it; a claim changes that.
    flushed_at
        When the last flush ended, on the monotonic clock.
    is_used
        Whether the bot generates its answer in pieces.
    is_stopped
        Whether the user has stopped the answer.
    has_sent
        Whether a device may show a part of the answer.
    """

    service: StreamService
    dialog: Dialog
    agents: AgentDelivery
    attempt: int
    answer_time: datetime
    time_left: Callable[[], float]
    owner: str
    flushed_at: float
    is_used: bool = False
    is_stopped: bool = False
    has_sent: bool = False
    _messages: list[_StreamedMessage] = field(default_factory=list)
    _is_open: bool = False
    _is_paused: bool = False
    _flushes: int = 0
    _up_to_date: frozenset[str] = frozenset()
    _slow: frozenset[str] = frozenset()

    def apply(self, event: TurnEvent) -> None:
        """Follow an event of the bot. Never raises because of a device or a service that does not respond."""
        match event:
            case AppendText():
                self.is_used = True
                self._append(event.text)
                if self._is_due():
                    self._flush()
            case SendMessage():
                self._complete(event.utterance.content)
            case Pause():
                # What follows is delivered after a delay, so it is not shown before.
                self._is_paused = True
            case _:
                pass

    def finish(
        self,
        fan_out: FanOut,
        connections: Sequence[Connection],
        messages: Sequence[Message],
        interrupt: Interrupt | None,
    ) -> None:
        """Send connections in the format of AG-UI the rest of the answer, as stored, and the end of the run.

        Parameters
        ----------
        fan_out
            Sends it.
        connections
            The connections of the owner, as listed after the answer was stored.
        messages
            The messages of the answer.
        interrupt
            What the bot waits for.

        Raises
        ------
        UnavailableError
            If it failed for a connection that has nothing of the answer yet. A retry is safe.
        """
        answer = AgentAnswer(tuple(each.content for each in messages), end=describe_end(messages, interrupt))
        self.agents.send(fan_out, connections, answer)

    def _append(self, text: str) -> None:
        if text and not self._is_paused:
            self._open_message().text += text

    def _complete(self, content: str) -> None:
        """End the message that is being written; its content is the truth, not the pieces."""
        if self._is_paused:
            return
        message = self._open_message()
        if not content.startswith(message.text[: message.sent]):
            self._up_to_date = frozenset()
        message.text = content
        self._is_open = False

    def _open_message(self) -> _StreamedMessage:
        if not self._is_open:
            self._messages.append(_StreamedMessage(""))
            self._is_open = True
        return self._messages[-1]

    def _is_due(self) -> bool:
        if get_script_seconds(self.time_left()) < FLUSH_SECONDS:
            return False
        interval = FLUSH_INTERVALS[min(self._flushes, len(FLUSH_INTERVALS) - 1)] if self._has_news() else POLL_SECONDS
        return self.service.monotonic() - self.flushed_at >= interval

    def _has_news(self) -> bool:
        return any(len(message.text) > message.sent for message in self._messages)

    def _flush(self) -> None:
        """Send each device what it lacks, and look at stop requests."""
        self._flushes += self._has_news()
        owner = self.owner
        # The message that is stored at the end reaches the devices in any case.
        # safeguard: stream-flush-fails
        with suppress(ConversationsError):
            controls = self.service.connections.load_controls(owner)
            self._obey(controls)
            if self.owner == owner:
                self._send(controls.connections)
        self.flushed_at = self.service.monotonic()

    def _obey(self, controls: AnswerControls) -> None:
        now, conversation = self.service.now(), self.dialog.conversation
        for request in controls.stop_requests:
            # safeguard: stream-stops
            self.is_stopped |= request.stops(self.agents.turn_id, self._mint_ids(), now)
        for transfer in controls.transfers:
            if transfer.conversation_id == conversation.id and now < transfer.expires_at:
                # safeguard: stream-claimed
                self.owner = transfer.owner

    def _send(self, connections: Sequence[Connection]) -> None:
        news, everything = self._build_frames(only_news=True), self._build_frames(only_news=False)
        deliveries = [
            # safeguard: stream-new-device
            (connection, news if connection.connection_id in self._up_to_date else everything)
            for connection in connections
            # safeguard: stream-asked-for
            if connection.streams and connection.connection_id not in self._slow
        ]
        # If this fails, each device gets everything next time.
        self._up_to_date = frozenset()
        self.has_sent |= any(frames for _, frames in deliveries)
        started_at = self.service.monotonic()
        accepted = self.service.fan_out.send_to_each([delivery for delivery in deliveries if delivery[1]])
        # safeguard: stream-missed-frame
        self._up_to_date = frozenset(
            connection.connection_id
            for connection, frames in deliveries
            if not frames or connection.connection_id in accepted
        )
        if self.service.monotonic() - started_at >= ANNOUNCE_READ_SECONDS:
            # The bot does not wait for these again: they get the message.
            # safeguard: stream-slow-device
            self._slow |= {connection.connection_id for connection, _ in deliveries} - self._up_to_date
        for message in self._messages:
            message.sent = len(message.text)
        self._send_to_agents([each for each in connections if each.connection_id not in self._slow])

    def _send_to_agents(self, connections: Sequence[Connection]) -> None:
        following = self.agents.select(connections)
        if following:
            started_at = self.service.monotonic()
            answer = AgentAnswer(tuple(message.text for message in self._messages), is_open=self._is_open)
            self.agents.send(self.service.fan_out, following, answer)
            if self.service.monotonic() - started_at >= ANNOUNCE_READ_SECONDS:
                self._slow |= {connection.connection_id for connection in following}

    def _build_frames(self, *, only_news: bool) -> Sequence[DeltaFrame]:
        session_id = ids.format_session_id(self.dialog.conversation.id)
        starts = [message.sent if only_news else 0 for message in self._messages]
        return [
            DeltaFrame(
                session_id=session_id,
                id=ids.format_message_id(message_id),
                offset=_count_utf16(message.text[:start]),
                content=message.text[start:],
                # safeguard: stream-attempt
                attempt=self.attempt,
            )
            for message_id, message, start in zip(self._mint_ids(), self._messages, starts, strict=True)
            if message.text[start:]
        ]

    def _mint_ids(self) -> Sequence[str]:
        """Return the ids that the messages will have, unless the user sends another message before they are stored."""
        dialog = self.dialog
        places = mint_places(dialog.conversation, dialog.replies_to, len(self._messages), self.answer_time)
        return [place.id for place in places]


def _count_utf16(text: str) -> int:
    """Return the number of UTF-16 code units, which is the ``length`` of a string in JavaScript."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2
