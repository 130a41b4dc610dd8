"""A conversation with a bot of scripts that has a language model, in the terminal."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TextIO

from basic.data.sql_tables import SqlTable
from basic.dialogs import TurnResult
from basic.machine.machine import list_quick_replies
from basic.machine.run import TurnContext
from conversations.domain import turn as domain
from conversations.domain.bot import Bot
from conversations.domain.knowledge import FoundPassage
from conversations.domain.message import Message
from conversations.domain.turn_time import MAX_SCRIPT_SECONDS
from conversations.engines.basic.free_text import FreeTextTurn
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.mcp.client import McpClient
from conversations.engines.model.answer import Answerer
from conversations.engines.model.completion import complete
from conversations.engines.model.engine import ModelEngine
from conversations.engines.model.settings import ModelSettings, parse_settings
from conversations.engines.output_text import MAX_MESSAGES
from tools.bots.drive_files import build_drive
from tools.bots.engine_session import create_engine_session
from tools.bots.knowledge.memory import build_search
from tools.bots.memory_host import MemoryHost
from tools.bots.packages import Package
from tools.bots.terminal_session import BotOutput, DialogSession, TerminalSession, format_shown_source
from tools.bots.transcript import Transcript


@dataclass(frozen=True, slots=True)
class SessionModels:
    """The language models of a session.

    Attributes
    ----------
    answerer
        Answers with them.
    mcp
        Calls tools of MCP servers.
    """

    answerer: Answerer
    mcp: McpClient


@dataclass
class ModelDialogSession(DialogSession):
    """A conversation with a bot of scripts whose language model answers free text and runs scripts as tools.

    Attributes
    ----------
    models
        The language models.
    """

    models: SessionModels = field(kw_only=True)
    _transcript: Transcript = field(init=False)
    _turn: domain.Turn = field(init=False)

    def __post_init__(self) -> None:
        self._transcript = Transcript(Bot(id="terminal", name="Terminal", engine="basic", program={}), self.now)
        self._turn = self._transcript.begin_turn(None)
        settings = parse_settings(self.bundle.config)
        if settings is not None:
            self.host.completer = partial(
                complete, self.models.answerer, self._turn, settings, seconds=MAX_SCRIPT_SECONDS
            )

    def start(self) -> BotOutput:
        """Run start.bas."""
        return self._remember(super().start())

    def send(self, text: str) -> BotOutput:
        """Answer the pending HEAR, if there is one; otherwise the language model answers."""
        self._turn = self._transcript.begin_turn(text)
        return self._remember(super().send(text))

    def _show(self, result: TurnResult) -> BotOutput:
        settings = parse_settings(self.bundle.config)
        if not result.is_free_text or settings is None or self._turn.message is None:
            return super()._show(result)
        return self._answer(result, settings, self._turn.message)

    def _answer(self, result: TurnResult, settings: ModelSettings, message: Message) -> BotOutput:
        free_text = FreeTextTurn(
            self.models.answerer, settings, self._turn, message, self.bundle, _ToolHost(self), lambda: self.models.mcp
        )
        messages: list[str | float] = []
        sources: list[str] = []
        events = free_text.run(result, MAX_MESSAGES)
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                self.state = end.value
                break
            if isinstance(event, domain.SendMessage):
                messages.append(event.utterance.content)
                sources += map(format_shown_source, event.utterance.sources)
        return BotOutput(messages, list_quick_replies(self.state), sources=sources)

    def _remember(self, output: BotOutput) -> BotOutput:
        self._transcript.add_answers(self._turn, [text for text in output.messages if isinstance(text, str)])
        return output


@dataclass
class _ToolHost:
    """``ToolHost`` of a session, whose turns are never run again."""

    session: ModelDialogSession
    journal: ReplayJournal = field(default_factory=lambda: ReplayJournal(None))

    def turn(self, turn_id: str, now: datetime) -> TurnContext:
        del turn_id, now  # a turn of the session has its own
        return self.session.create_turn()

    def find_passages(self, bases: Sequence[str], query: str) -> list[FoundPassage]:
        return self.session.host.find_passages(bases, query)

    def list_tables(self) -> Sequence[SqlTable]:
        return self.session.host.build_table_executor().list_readable()

    def select(self, statement: str, tables: Sequence[SqlTable], seconds: float) -> str:
        end = time.monotonic() + seconds
        return self.session.host.build_table_executor().select(statement, tables, lambda: time.monotonic() < end)

    def limit(self, seconds: float, max_messages: int) -> None:
        """Set no limit: each turn of the session has its own."""


def create_model_session(
    package: Package, models: SessionModels, errors: TextIO, groups: Iterable[str] = (), seed: str = ""
) -> TerminalSession:
    """Create a session with a bot that has a language model; see `tools.bots.terminal.create_session`."""
    if package.bundle is not None:
        log = partial(print, "log:", file=errors)
        host = MemoryHost(
            package.bundle,
            log,
            groups=frozenset(groups),
            drive=build_drive(package.drive),
            knowledge=build_search(package.bases),
        )
        return ModelDialogSession(package.bundle, host, seed=seed, models=models)
    engine = ModelEngine(models.answerer, lambda: models.mcp, lambda _turn: _NoStorage(), build_search(package.bases))
    return create_engine_session(engine, package.bot)


class _NoStorage:
    """``JournalStorage`` of turns that are never run again."""

    def read(self) -> bytes:
        return b""

    def write(self, content: bytes) -> None:
        pass

    @property
    def is_over(self) -> bool:
        return False

    def is_superseded(self) -> bool:
        return False
