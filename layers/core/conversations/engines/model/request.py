"""One request to a model: the pieces of its answer, and retries before the first of them."""

import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import field
from typing import cast

from conversations.data_classes import dataclass
from conversations.domain.errors import UnavailableError
from conversations.domain.model import (
    Finished,
    FinishReason,
    ModelEvent,
    ModelMessage,
    ModelRefusedError,
    ModelRequest,
    ModelTool,
    ModelUnavailableError,
    TextPiece,
    ToolCall,
    Waiting,
)
from conversations.domain.turn import AppendText, SendMessage, Turn
from conversations.engines.model.record import AnswerRecord
from conversations.engines.model.settings import ModelSettings
from conversations.engines.model.writer import MessageWriter
from conversations.engines.request_retries import BACKOFF_SECONDS, MIN_SECONDS, wait_for_retry
from conversations.ports.models import LanguageModels

logger = logging.getLogger(__name__)

type Output = AppendText | SendMessage


@dataclass(slots=True)
class Reply:
    """The answer to one request.

    Attributes
    ----------
    text
        What it said.
    calls
        The tools it asks for.
    reason
        Why the model ended it; None if it did not: then it broke off, or was stopped.
    error
        Why it broke off, or why there is none.
    stopped
        Whether the user stopped it.
    """

    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    reason: FinishReason | None = None
    error: Exception | None = None
    stopped: bool = False

    @property
    def asks_for_tools(self) -> bool:
        """Whether the calls are complete and meant to be made."""
        is_complete = self.reason in (FinishReason.TOOL_CALLS, FinishReason.COMPLETE)
        return is_complete and bool(self.calls) and self.error is None and not self.stopped


def wait_for_reply(request: Generator[Output, None, Reply]) -> Reply:
    """Return the answer to a request, whose pieces are not shown."""
    while True:
        try:
            next(request)
        except StopIteration as end:
            reply: Reply = end.value
            return reply


@dataclass(slots=True)
class Requester:
    """Makes the requests of one turn.

    Attributes
    ----------
    models
        All models.
    settings
        The bot's settings.
    turn
        The turn.
    writer
        Makes messages of the text.
    record
        What is logged of the turn.
    clock, sleep
        A monotonic clock in seconds, and waiting by it.
    deadline
        When the last answer must be complete, by the clock.
    """

    models: LanguageModels
    settings: ModelSettings
    turn: Turn
    writer: MessageWriter
    record: AnswerRecord
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    deadline: float
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    @property
    def seconds_left(self) -> float:
        """The seconds that are left for the turn's answer."""
        return self.deadline - self.clock()

    def log(self, error: Exception | None) -> None:
        """Log the record of the answer, and the error that ended it."""
        if error is not None:
            self.record.error = type(error).__name__
            fields = {"bot": self.turn.bot.id, "gen_ai.request.model": self.settings.reference.model}
            logger.warning("model failed: %s", error, extra=fields)
        self.record.log(self.clock() - self._started)

    def ask(self, messages: Sequence[ModelMessage], tools: Sequence[ModelTool]) -> Generator[Output, None, Reply]:
        """Ask the model, again after a failure before its first word; yield and return its answer."""
        for backoff in (*BACKOFF_SECONDS, None):
            reply = yield from self._ask_once(messages, tools)
            # Words that were shown stay.
            # safeguard: model-retry-before-first-word
            if reply.text or not isinstance(reply.error, UnavailableError) or reply.stopped or backoff is None:
                return reply
            asked = reply.error.wait_seconds if isinstance(reply.error, ModelUnavailableError) else None
            wait = backoff if asked is None else asked
            if wait + MIN_SECONDS > self.seconds_left:
                return reply
            yield from wait_for_retry(self.turn, wait, self.clock, self.sleep)
            if self.turn.is_stopped():
                reply.stopped = True
                return reply
        raise AssertionError  # pragma: no cover - the last try returns

    def _ask_once(self, messages: Sequence[ModelMessage], tools: Sequence[ModelTool]) -> Generator[Output, None, Reply]:
        reply = Reply()
        if self.seconds_left < MIN_SECONDS:
            reply.error = ModelUnavailableError("no time is left for the model")
            return reply
        self.record.requests += 1
        request = ModelRequest(
            messages=tuple(messages),
            tools=tuple(tools),
            max_tokens=self.settings.max_tokens,
            seconds=self.seconds_left,
            temperature=self.settings.temperature,
        )
        try:
            stream = self.models.get(self.settings.reference).stream(request)
            # The port promises that its iterators can be closed, which aborts the request.
            with closing(cast("Generator[ModelEvent]", stream)):
                for event in stream:
                    yield from self._apply(event, reply)
                    # safeguard: model-stopped
                    if self.turn.is_stopped():
                        reply.stopped = True
                        break
                    # safeguard: model-time-over
                    if reply.reason is None and self.seconds_left <= 0:
                        reply.error = ModelUnavailableError("the model takes too long")
                        break
        except (UnavailableError, ModelRefusedError) as error:
            reply.error = error
        if reply.reason is None and reply.error is None and not reply.stopped:
            reply.error = ModelUnavailableError("the stream of the model ended without an end")
        return reply

    def _apply(self, event: ModelEvent, reply: Reply) -> Generator[Output]:
        match event:
            case TextPiece(text=text):
                if self.record.first_chunk_seconds is None and text:
                    self.record.first_chunk_seconds = round(self.clock() - self._started, 3)
                reply.text += text
                yield from self.writer.append(text)
            case ToolCall():
                reply.calls.append(event)
                yield AppendText("")
            case Waiting():
                yield AppendText("")
            case Finished():
                reply.reason = event.reason
                self.record.finish(event)
