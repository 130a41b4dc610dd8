"""Free text, which no script waits for: the language model answers it, with the prompt and the tools of the scripts."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from basic import config
from basic.bundle import Bundle
from basic.dialogs import TurnResult
from basic.machine.machine import list_quick_replies
from basic.machine.outcome import StoredState
from basic.tools import list_instructions
from conversations.domain.message import Message, Suggestion
from conversations.domain.turn import Turn, TurnEvent
from conversations.engines.basic.host import TurnHost
from conversations.engines.basic.messages import build_suggestions
from conversations.engines.basic.toolbox import ScriptToolbox
from conversations.engines.model.answer import Answerer, Question
from conversations.engines.model.prompt import build_prompt
from conversations.engines.model.settings import ModelSettings


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
    """

    answerer: Answerer
    settings: ModelSettings
    turn: Turn
    message: Message
    bundle: Bundle
    host: TurnHost

    def run(self, result: TurnResult, max_messages: int) -> Generator[TurnEvent, None, StoredState]:
        """Answer with the model; yield the events and return the state of the dialog.

        Parameters
        ----------
        result
            The result of the dialog, which is free text.
        max_messages
            How many messages the answer may have.
        """
        toolbox = ScriptToolbox(self.turn, self.bundle, self.host, result.state)
        tools = toolbox.list_tools()
        settings = self.settings
        if tools:
            # The other half is for the tools: their descriptions, calls and results.
            settings = replace(settings, prompt_tokens=settings.prompt_tokens // 2)
        instructions = [*list_instructions(result.state), *(self._describe_tools(result.picked_tool) if tools else ())]
        question = Question(
            turn=self.turn,
            settings=self.settings,
            prompt=build_prompt(self.turn, self.message, settings, instructions),
            fallback=config.get_fallback_message(self.bundle.config),
            toolbox=toolbox,
            suggestions=lambda: _build_suggestions(toolbox.state),
            max_messages=max_messages,
        )
        yield from self.answerer.answer(question)
        return toolbox.state

    def _describe_tools(self, picked_tool: str) -> Sequence[str]:
        """Return what the model has to know to call tools."""
        now = f"It is {self.turn.now:%A, %Y-%m-%d %H:%M} UTC."
        rule = "Call a tool only with what the user has said; ask for what is missing. Never invent a value."
        picked = f"The user has chosen the tool {picked_tool}: ask for what it requires, then call it."
        return [now, rule, *([picked] if picked_tool else ())]


def _build_suggestions(state: StoredState) -> tuple[Suggestion, ...]:
    return build_suggestions(list_quick_replies(state))
