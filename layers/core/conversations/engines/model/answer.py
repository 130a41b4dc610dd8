"""The answer of a model to a user's message: its text, the tools it calls, and what the user gets if it fails."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import field

from conversations.data_classes import dataclass
from conversations.domain.knowledge import Source
from conversations.domain.message import IncompleteReason, Suggestion, Utterance
from conversations.domain.model import FinishReason, ModelMessage, ModelTool, ToolCall
from conversations.domain.turn import AppendText, SendMessage, SendSuggestions, Turn, TurnEvent
from conversations.domain.turn_time import get_answer_seconds
from conversations.engines.model.record import AnswerRecord
from conversations.engines.model.request import Output, Reply, Requester
from conversations.engines.model.settings import ModelSettings
from conversations.engines.model.tokens import estimate_tokens, estimate_tools, shorten
from conversations.engines.model.tools import CallLimits, NoTools, Toolbox, ToolResult, ToolRound
from conversations.engines.model.writer import MessageWriter
from conversations.engines.output_text import MAX_MESSAGES
from conversations.engines.request_retries import MIN_SECONDS
from conversations.ports.models import LanguageModels

MAX_ROUNDS = 5
"""How often the model may ask for tools in one turn; what it asks for after that is ignored."""

MAX_CALLS = 10
"""Calls of tools in one turn."""

MIN_RESULT_TOKENS = 64
"""Tokens that the result of a call has at least; a longer one is cut if there is no room in the context."""

_INCOMPLETE: Mapping[FinishReason | None, IncompleteReason] = {
    FinishReason.LENGTH: "length",
    FinishReason.CONTENT_FILTER: "content_filter",
}


def _no_suggestions() -> tuple[Suggestion, ...]:
    return ()


def _no_sources() -> tuple[Source, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked in a turn.

    Attributes
    ----------
    turn
        The turn.
    settings
        The settings of the bot.
    prompt
        The prompt; its last message is the user's.
    fallback
        The answer if the model does not answer.
    toolbox
        The tools that the model may call.
    suggestions
        Returns the quick replies of the answer, when it is complete.
    sources
        Returns the sources of the answer, when it is complete.
    max_messages
        How many messages the answer may have.
    """

    turn: Turn
    settings: ModelSettings
    prompt: Sequence[ModelMessage]
    fallback: str
    toolbox: Toolbox = field(default_factory=NoTools)
    suggestions: Callable[[], tuple[Suggestion, ...]] = _no_suggestions
    sources: Callable[[], tuple[Source, ...]] = _no_sources
    max_messages: int = MAX_MESSAGES


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers with a model.

    Attributes
    ----------
    models
        All models.
    clock, sleep
        A monotonic clock in seconds, and waiting by it.
    """

    models: LanguageModels
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def answer(self, question: Question) -> Iterator[TurnEvent]:
        """Answer a message of the user. There always is an answer, unless the user stops it."""
        turn = question.turn
        requester = self.build_requester(turn, question.settings, get_answer_seconds(turn.time_left()))
        yield from _Answer(question, requester, question.max_messages).run([*question.prompt])

    def build_requester(self, turn: Turn, settings: ModelSettings, seconds: float) -> Requester:
        """Return what makes the requests of an answer that may take some seconds."""
        return Requester(
            models=self.models,
            settings=settings,
            turn=turn,
            writer=MessageWriter(),
            record=AnswerRecord(turn, settings.reference),
            clock=self.clock,
            sleep=self.sleep,
            deadline=self.clock() + seconds,
        )


@dataclass(slots=True)
class _Answer:
    """One answer."""

    question: Question
    requester: Requester
    messages_left: int
    _said: bool = field(init=False, default=False)
    _calls: int = field(init=False, default=0)
    _tokens_left: int = field(init=False, default=0)

    def run(self, messages: list[ModelMessage]) -> Iterator[TurnEvent]:
        tools = self.question.toolbox.list_tools()
        self._tokens_left = self.question.settings.prompt_tokens - sum(map(_count_tokens, messages))
        self._tokens_left -= estimate_tools(tools)
        error = None
        for round_number in range(MAX_ROUNDS + 1):
            reply = yield from self._get_reply(messages, tools)
            error = reply.error
            if not reply.asks_for_tools or round_number == MAX_ROUNDS or self.messages_left <= 1:
                yield from self._finish(reply)
                break
            if (yield from self._run_tools(reply, messages)):
                break
        self.requester.log(error)

    def _get_reply(self, messages: list[ModelMessage], tools: Sequence[ModelTool]) -> Generator[TurnEvent, None, Reply]:
        """Replay the answer of the model in an earlier run of the turn, or ask it."""
        toolbox = self.question.toolbox
        recorded = toolbox.get_recorded_round()
        if recorded is not None:
            yield from self._count(self.requester.writer.append(recorded.text))
            return Reply(recorded.text, list(recorded.calls), FinishReason.TOOL_CALLS)
        reply = yield from self._limit(self.requester.ask(messages, tools))
        if reply.asks_for_tools:
            # safeguard: model-round-recorded
            toolbox.record_round(ToolRound(reply.text, tuple(reply.calls)))
        return reply

    def _limit(self, request: Generator[Output, None, Reply]) -> Generator[TurnEvent, None, Reply]:
        """Relay the messages of a request, and end it if it has more than the turn may send."""
        has_split = False
        with closing(request):
            while True:
                try:
                    event = next(request)
                except StopIteration as end:
                    reply: Reply = end.value
                    return reply
                yield from self._count([event])
                has_split |= isinstance(event, SendMessage)
                # safeguard: answer-messages
                if has_split and self.messages_left <= 1 and self.requester.writer.text:
                    return Reply(self.requester.writer.text, reason=FinishReason.LENGTH)

    def _run_tools(self, reply: Reply, messages: list[ModelMessage]) -> Generator[TurnEvent, None, bool]:
        """Run the tools that the model asks for; return whether the turn is over."""
        yield from self._count(self.requester.writer.complete())
        self._append(messages, ModelMessage("assistant", reply.text, tool_calls=tuple(reply.calls)))
        for call in reply.calls:
            result = yield from self._call(call)
            # The next result needs room, too.
            content = shorten(result.content, max(self._tokens_left // 2, MIN_RESULT_TOKENS))
            self._append(messages, ModelMessage("tool", content, tool_call_id=call.id))
            yield AppendText("")
            if result.ends_turn or self.question.turn.is_stopped():
                return True
        return False

    def _append(self, messages: list[ModelMessage], message: ModelMessage) -> None:
        messages.append(message)
        self._tokens_left -= _count_tokens(message)

    def _call(self, call: ToolCall) -> Generator[TurnEvent, None, ToolResult]:
        self._calls += 1
        self.requester.record.tool_calls += 1
        seconds = self.requester.seconds_left
        # safeguard: model-calls
        if self._calls > MAX_CALLS or self.messages_left <= 1 or seconds < MIN_SECONDS:
            return ToolResult("No more tools may be called: answer the user now.")
        result = self.question.toolbox.call(call, CallLimits(self.messages_left - 1, seconds))
        yield from self._count(result.events)
        return result

    def _finish(self, reply: Reply) -> Iterator[TurnEvent]:
        """Complete the answer, also one that failed."""
        writer, suggestions = self.requester.writer, self.question.suggestions()
        if reply.stopped:
            yield from writer.complete(suggestions, "stopped", self.question.sources())
            return
        reason = "interrupted" if reply.error is not None else _INCOMPLETE.get(reply.reason)
        if writer.text:
            yield from writer.complete(suggestions, reason, self.question.sources())
        # safeguard: model-never-silent
        elif not self._said or reply.error is not None:
            filtered: IncompleteReason | None = "content_filter" if reason == "content_filter" else None
            content = self.question.fallback
            yield SendMessage(Utterance(content=content, suggestions=suggestions, finish_reason=filtered))
        else:
            yield SendSuggestions(suggestions)

    def _count(self, events: Iterable[TurnEvent]) -> Iterator[TurnEvent]:
        for event in events:
            if isinstance(event, SendMessage):
                self._said = True
                self.messages_left -= 1
            yield event


def _count_tokens(message: ModelMessage) -> int:
    calls = (f"{call.name}{call.arguments}" for call in message.tool_calls)
    return estimate_tokens(message.content) + sum(map(estimate_tokens, calls))
