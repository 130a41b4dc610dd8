"""An engine with the turns a test defines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from conversations.domain.bot import Bot, DialogState
from conversations.domain.turn import SendMessage, Turn, TurnEvent
from tests.builders import an_utterance

GREETING = "Hello! Ask me anything."


@dataclass(slots=True)
class ScriptedEngine:
    """``BotEngine``: greets and echoes messages, unless the script has something else for the turn.

    Attributes
    ----------
    script
        The next turns: the events of each, or the error that is raised after a first message.
    turns
        The turns it was called with.
    redacts
        Whether it may redact messages.
    waits
        Whether its turns may take long.
    pure
        Whether its turns use no service.
    """

    script: list[Iterable[TurnEvent] | BaseException] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    redacts: bool = False
    waits: bool = True
    pure: bool = False

    def may_redact(self, turn: Turn) -> bool:  # noqa: ARG002 - signature of the port
        return self.redacts

    def is_pure(self, bot: Bot, state: DialogState) -> bool:  # noqa: ARG002 - signature of the port
        return self.pure

    def may_wait(self, turn: Turn) -> bool:  # noqa: ARG002 - signature of the port
        return self.waits

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        self.turns.append(turn)
        step = self.script.pop(0) if self.script else [SendMessage(an_utterance(_default_answer(turn)))]
        if isinstance(step, BaseException):
            yield SendMessage(an_utterance("this must never be seen"))
            raise step
        yield from step


def _default_answer(turn: Turn) -> str:
    return GREETING if turn.message is None else f"You said: {turn.message.content}"
