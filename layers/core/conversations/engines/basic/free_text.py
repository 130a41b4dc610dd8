"""Free text, which no script waits for: the language model answers it, with the prompt and the tools of the scripts."""

from collections.abc import Callable, Generator, Sequence

from basic import config
from basic.bundle import Bundle
from basic.dialogs import TurnResult
from basic.knowledge_bases import list_attached
from basic.machine.machine import list_quick_replies
from basic.machine.outcome import StoredState
from basic.mcp_config import list_mcp_servers
from basic.tools import list_instructions, reads_tables
from conversations.data_classes import dataclass
from conversations.domain.knowledge import list_sources
from conversations.domain.message import Message, Suggestion
from conversations.domain.turn import Turn, TurnEvent
from conversations.engines.basic import table_queries
from conversations.engines.basic.messages import build_suggestions
from conversations.engines.basic.script_tools import ScriptTools, ToolHost
from conversations.engines.basic.table_queries import TableQueries
from conversations.engines.knowledge.passages import describe_passages, select_passages
from conversations.engines.knowledge.tool import KnowledgeTool
from conversations.engines.mcp.client import McpClient
from conversations.engines.mcp.tools import McpTools
from conversations.engines.model.answer import Answerer, Question
from conversations.engines.model.prompt import build_prompt, count_prompt_tokens
from conversations.engines.model.settings import ModelSettings
from conversations.engines.model.toolbox import JournaledToolbox
from conversations.engines.model.tools import NoTools, Toolbox, ToolSource


@dataclass(frozen=True, slots=True)
class FreeTextTurn:
    """A turn that the model answers.

    Attributes
    ----------
    answerer
        Answers with a model.
    settings
        The settings of the bot.
    turn, message
        The turn, and its message of the user.
    bundle
        The version of the bot.
    host
        The host of its scripts.
    mcp
        Returns the client of MCP servers.
    """

    answerer: Answerer
    settings: ModelSettings
    turn: Turn
    message: Message
    bundle: Bundle
    host: ToolHost
    mcp: Callable[[], McpClient]

    def run(self, result: TurnResult, max_messages: int) -> Generator[TurnEvent, None, StoredState]:
        """Answer with the model; yield the events and return the state of the dialog.

        Parameters
        ----------
        result
            The result of the dialog, which is free text.
        max_messages
            How many messages the answer may have.
        """
        scripts = ScriptTools(self.turn, self.bundle, self.host, result.state)
        bases = list_attached(self.bundle, result.state)
        documents = KnowledgeTool(lambda query: self.host.find_passages(bases, query))
        tables = self.host.list_tables() if reads_tables(result.state) else []
        queries = [TableQueries(tables, self.host)] if tables else []
        toolbox = self._build_toolbox(scripts, documents if bases else None, queries)
        instructions = [*list_instructions(result.state), *([table_queries.INSTRUCTION] if queries else [])]
        if result.picked_tool:
            picked = f"The user has chosen the tool {result.picked_tool}: ask for what it requires, then call it."
            instructions.append(picked)
        has_tools = not isinstance(toolbox, NoTools)
        tokens = count_prompt_tokens(self.settings, has_tools=has_tools)
        documents.found += select_passages(self.host.find_passages(bases, self.message.content), tokens // 4)
        question = Question(
            turn=self.turn,
            settings=self.settings,
            prompt=build_prompt(
                self.turn,
                self.message,
                self.settings,
                instructions,
                has_tools=has_tools,
                knowledge=describe_passages(documents.found),
            ),
            fallback=config.get_fallback_message(self.bundle.config),
            toolbox=toolbox,
            suggestions=lambda: _build_suggestions(scripts.state),
            sources=lambda: list_sources(documents.found),
            max_messages=max_messages,
        )
        yield from self.answerer.answer(question)
        return scripts.state

    def _build_toolbox(
        self, scripts: ScriptTools, documents: KnowledgeTool | None, queries: Sequence[TableQueries]
    ) -> Toolbox:
        """Return the tools of the turn; a turn without any does not read the journal.

        The search in documents is a tool beside others only: without tools, any model may be used, also one that can
        call none.
        """
        servers = list_mcp_servers(self.bundle.config)
        sources: list[ToolSource] = [*([scripts] if scripts.list_tools() else []), *queries]
        if servers:
            sources.append(McpTools(self.turn, servers, self.mcp(), self.host.journal))
        if not sources:
            return NoTools()
        return JournaledToolbox(self.host.journal, [*sources, *([documents] if documents else [])])


def _build_suggestions(state: StoredState) -> tuple[Suggestion, ...]:
    return build_suggestions(list_quick_replies(state))
