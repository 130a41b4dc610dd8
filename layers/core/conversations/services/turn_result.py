"""The result of a bot turn, collected from the events of its engine."""

from collections.abc import Sequence
from dataclasses import field

from pydantic import JsonValue

from conversations.data_classes import dataclass
from conversations.domain.bot import AnswerSchema, DialogState
from conversations.domain.dialog import TurnSideData
from conversations.domain.memory import MemoryKey, build_memory_key
from conversations.domain.message import AnswerInput, Message, Suggestion, Utterance, limit_suggestions
from conversations.domain.turn import (
    AppendText,
    Pause,
    Redact,
    SaveState,
    SendMessage,
    SendSuggestions,
    SetMemory,
    TurnEvent,
)


@dataclass(slots=True)
class TurnAccumulator:
    """The result of a turn, collected event by event.

    Attributes
    ----------
    utterances, state, memories
        What is to be stored.
    pauses
        Seconds to wait before an utterance, by its index.
    suggestions
        Quick replies without a message.
    redacted
        The content that replaces that of the user's message; None if it is stored as sent.
    expects
        The only answers that the bot accepts next; None if it accepts any text.
    input
        The kind of answer that the bot waits for.
    """

    bot_id: str
    owner: str
    state: DialogState
    utterances: list[Utterance] = field(default_factory=list)
    memories: dict[MemoryKey, JsonValue] = field(default_factory=dict)
    pauses: dict[int, float] = field(default_factory=dict)
    suggestions: tuple[Suggestion, ...] | None = None
    redacted: str | None = None
    expects: AnswerSchema | None = None
    input: AnswerInput | None = None

    def apply(self, event: TurnEvent) -> None:
        """Add an event of the engine."""
        match event:
            case SendMessage():
                # The messages of every engine can be stored, sent and sent again.
                # safeguard: suggestions-limited
                suggestions = limit_suggestions(event.utterance.suggestions)
                self.utterances.append(event.utterance.model_copy(update={"suggestions": suggestions}))
            case AppendText():
                pass
            case Redact():
                self.redacted = event.content
            case SendSuggestions():
                self.suggestions = limit_suggestions(event.suggestions)
            case Pause():
                index = len(self.utterances)
                self.pauses[index] = self.pauses.get(index, 0) + event.seconds
            case SaveState():
                self.state, self.expects, self.input = event.state, event.expects, event.input
            case SetMemory():
                owner = self.owner if event.scope == "user" else None
                self.memories[build_memory_key(self.bot_id, event.name, owner)] = event.value

    def list_utterances(self) -> Sequence[Utterance]:
        """Return the messages of the turn; the last one has the input that the bot waits for."""
        if not self.utterances or self.input is None:
            return self.utterances
        # safeguard: input-last
        return [*self.utterances[:-1], self.utterances[-1].model_copy(update={"input": self.input})]

    def get_side_data(self) -> TurnSideData:
        """Return what is stored besides messages and state."""
        return TurnSideData(self.memories, min(self.get_pauses(), default=None), self.redacted, self.expects)

    def get_pauses(self) -> dict[int, float]:
        """Return the pauses that a message follows."""
        return {index: seconds for index, seconds in self.pauses.items() if index < len(self.utterances)}

    def redact(self, message: Message) -> Message:
        """Return the user's message as it is stored."""
        return message if self.redacted is None else message.model_copy(update={"content": self.redacted})
