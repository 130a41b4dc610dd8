"""The engine of bots that have a language model and no scripts."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pydantic import JsonValue

from basic import config
from basic.mcp_config import McpServer, list_mcp_servers
from conversations.data_classes import dataclass
from conversations.domain.bot import Bot, DialogState
from conversations.domain.entity import Entity
from conversations.domain.knowledge import FoundPassage, list_sources
from conversations.domain.message import Utterance
from conversations.domain.turn import SendMessage, Turn, TurnEvent
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.knowledge.knowledge import BotKnowledge, KnowledgeSearch
from conversations.engines.knowledge.passages import describe_passages, select_passages
from conversations.engines.knowledge.tool import KnowledgeTool
from conversations.engines.mcp.client import McpClient
from conversations.engines.mcp.tools import McpTools
from conversations.engines.model.answer import Answerer, Question
from conversations.engines.model.prompt import build_prompt, count_prompt_tokens
from conversations.engines.model.settings import parse_embedding, parse_settings
from conversations.engines.model.toolbox import JournaledToolbox
from conversations.engines.model.tools import NoTools, Toolbox
from conversations.ports.bots import JournalStorage


class Program(Entity):
    """The content of ``Bot.program`` of a bot without scripts.

    Attributes
    ----------
    config
        The values of its ``config.csv``.
    knowledge
        Where the indexes of its knowledge bases are, by the names of the bases; all are attached.
    """

    config: Mapping[str, str]
    knowledge: Mapping[str, str] = {}


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
    knowledge
        Searches knowledge bases.
    """

    answerer: Answerer
    mcp: Callable[[], McpClient]
    journal: Callable[[Turn], JournalStorage]
    knowledge: KnowledgeSearch

    def may_redact(self, turn: Turn) -> bool:  # noqa: ARG002 - the same for every turn
        """Return False: the model asks for no secrets."""
        return False

    def may_wait(self, turn: Turn) -> bool:
        """Return whether the model is asked: it answers everything but the greeting."""
        return turn.message is not None

    def is_pure(self, bot: Bot, state: DialogState) -> bool:  # noqa: ARG002 - the same for every turn
        """Return False: the model is a service."""
        return False

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        """Send the welcome message, or the answer of the model."""
        program = parse_program(turn.bot.program)
        values = program.config
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
        journal = ReplayJournal(self.journal(turn), takes_lease=True)
        documents = self._build_documents(turn, program, journal)
        tokens = count_prompt_tokens(settings, has_tools=bool(servers)) // 4
        documents.found += select_passages(documents.find(turn.message.content), tokens)
        knowledge = describe_passages(documents.found)
        prompt = build_prompt(turn, turn.message, settings, has_tools=bool(servers), knowledge=knowledge)
        toolbox = self._build_toolbox(turn, servers, journal, [documents] if program.knowledge else [])
        question = Question(turn, settings, prompt, fallback, toolbox, sources=lambda: list_sources(documents.found))
        yield from self.answerer.answer(question)

    def _build_documents(self, turn: Turn, program: Program, journal: ReplayJournal) -> KnowledgeTool:
        known, names = BotKnowledge(program.knowledge, parse_embedding(program.config)), sorted(program.knowledge)

        def find(query: str) -> Sequence[FoundPassage]:
            return self.knowledge.find(known, names, query, journal, turn.time_left()) if names else ()

        return KnowledgeTool(find)

    def _build_toolbox(
        self, turn: Turn, servers: Sequence[McpServer], journal: ReplayJournal, documents: Sequence[KnowledgeTool]
    ) -> Toolbox:
        if not servers:
            return NoTools()
        return JournaledToolbox(journal, [McpTools(turn, servers, self.mcp(), journal), *documents])
