"""A bot that does what the test says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from conversations.domain.turn import SendMessage, Turn, TurnEvent
from tests.builders import an_utterance

GREETING = "Hello! Ask me anything."


@dataclass(slots=True)
class ScriptedEngine:
    """``BotEngine``: greets, and repeats what it is told, unless the script has something for the turn.

    Attributes
    ----------
    script
        What to do in the next turns: the events of each, or what goes wrong after the first of them.
    turns
        What it was asked.
    hidden
        Whether it may redact what it is told.
    """

    script: list[Sequence[TurnEvent] | Exception] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    hidden: bool = False

    def may_redact(self, turn: Turn) -> bool:  # noqa: ARG002 - the protocol's
        return self.hidden

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        self.turns.append(turn)
        step = self.script.pop(0) if self.script else [SendMessage(an_utterance(_usual(turn)))]
        if isinstance(step, Exception):
            yield SendMessage(an_utterance("this must never be seen"))
            raise step
        yield from step


def _usual(turn: Turn) -> str:
    return GREETING if turn.message is None else f"You said: {turn.message.content}"
