"""The engine of bots that have a language model and no scripts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from basic import config
from basic.mcp_config import McpServer, list_mcp_servers
from conversations.domain.entity import Entity
from conversations.domain.message import Utterance
from conversations.domain.turn import SendMessage, Turn, TurnEvent
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.mcp.client import McpClient
from conversations.engines.mcp.tools import McpTools
from conversations.engines.model.answer import Answerer, Question
from conversations.engines.model.prompt import build_prompt
from conversations.engines.model.settings import parse_settings
from conversations.engines.model.toolbox import JournaledToolbox
from conversations.engines.model.tools import NoTools, Toolbox
from conversations.ports.bots import JournalStorage


class Program(Entity):
    """The content of ``Bot.program`` of a bot without scripts: the values of its ``config.csv``."""

    config: Mapping[str, str]


def parse_program(program: dict[str, JsonValue]) -> Program:
    """Parse ``Bot.program``.

    Raises
    ------
    pydantic.ValidationError
        If it is not the program of such a bot.
    """
    return Program.model_validate(program)


@dataclass(frozen=True, slots=True)
class ModelEngine:
    """``BotEngine``: greets with the welcome message, and lets the model answer everything else.

    Attributes
    ----------
    answerer
        Answers with language models.
    mcp
        Returns the client of MCP servers.
    journal
        Returns the storage of the replay journal of a turn.
    """

    answerer: Answerer
    mcp: Callable[[], McpClient]
    journal: Callable[[Turn], JournalStorage]

    def may_redact(self, turn: Turn) -> bool:  # noqa: ARG002 - the same for every turn
        """Return False: the model asks for no secrets."""
        return False

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        """Send the welcome message, or the answer of the model."""
        values = parse_program(turn.bot.program).config
        if turn.message is None:
            welcome = values.get(config.WELCOME_MESSAGE)
            if welcome:
                yield SendMessage(Utterance(content=welcome))
            return
        settings, fallback = parse_settings(values), config.get_fallback_message(values)
        if settings is None:
            yield SendMessage(Utterance(content=fallback))
            return
        servers = list_mcp_servers(values)
        prompt = build_prompt(turn, turn.message, settings, has_tools=bool(servers))
        toolbox = self._build_toolbox(turn, servers) if servers else NoTools()
        yield from self.answerer.answer(Question(turn, settings, prompt, fallback, toolbox))

    def _build_toolbox(self, turn: Turn, servers: Sequence[McpServer]) -> Toolbox:
        journal = ReplayJournal(self.journal(turn), takes_lease=True)
        return JournaledToolbox(journal, [McpTools(turn, servers, self.mcp(), journal)])
