"""A conversation with a bot without scripts, in the terminal."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from basic.machine.outcome import QuickReply
from conversations.domain import turn as domain
from conversations.domain.bot import Bot, DialogState
from conversations.ports.bots import BotEngine
from tools.bots.terminal_session import BotOutput, format_shown_source
from tools.bots.transcript import Transcript


@dataclass
class EngineSession:
    """A conversation with a bot without scripts."""

    engine: BotEngine
    transcript: Transcript
    state: DialogState = field(default_factory=dict)

    def start(self) -> BotOutput:
        """Return the greeting."""
        return self._run_turn(None)

    def send(self, text: str) -> BotOutput:
        """Return the answer of the engine."""
        return self._run_turn(text)

    def sign_in(self, user: str) -> None:
        """See `TerminalSession.sign_in`."""
        self.transcript.owner = f"user:{user}"

    def accepts_suggestion_numbers(self) -> bool:
        """See `TerminalSession.accepts_suggestion_numbers`."""
        return True

    def _run_turn(self, text: str | None) -> BotOutput:
        messages: list[str] = []
        suggestions: list[QuickReply] = []
        sources: list[str] = []
        turn = self.transcript.begin_turn(text, self.state)
        for event in self.engine.run(turn):
            match event:
                case domain.SendMessage(utterance=utterance):
                    messages.append(utterance.content)
                    sources += map(format_shown_source, utterance.sources)
                    suggestions += [QuickReply(chip.text, "text", chip.value) for chip in utterance.suggestions]
                case domain.SaveState(state=state):
                    self.state = state
                case _:
                    pass
        self.transcript.add_answers(turn, messages)
        return BotOutput(messages, suggestions, sources=sources)


def create_engine_session(engine: BotEngine, bot: Bot) -> EngineSession:
    """Create a session with a bot without scripts."""
    return EngineSession(engine, Transcript(bot, lambda: datetime.now(UTC)))
