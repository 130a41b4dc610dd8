"""The prompt: instructions, the newest messages that fit, and the user's message."""

from collections.abc import Iterable, Sequence
from typing import Literal

from conversations.domain.message import Message, Sender
from conversations.domain.model import ModelMessage
from conversations.domain.turn import Turn
from conversations.engines.earlier_messages import list_earlier_messages
from conversations.engines.model.settings import ModelSettings
from conversations.engines.model.tokens import estimate_tokens, shorten

TOOL_RULE = "Call a tool only with what the user has said; ask for what is missing. Never invent a value."
"""What every model that may call tools is asked to do."""


def count_prompt_tokens(settings: ModelSettings, *, has_tools: bool) -> int:
    """Return the tokens of the longest prompt. With tools, half are left for descriptions, calls and results."""
    return settings.prompt_tokens // 2 if has_tools else settings.prompt_tokens


def build_prompt(  # noqa: PLR0913 - what a prompt consists of
    turn: Turn,
    message: Message,
    settings: ModelSettings,
    instructions: Sequence[str] = (),
    *,
    has_tools: bool = False,
    knowledge: str = "",
) -> list[ModelMessage]:
    """Build the prompt of a turn within its limit of tokens (``tokens.estimate_tokens``).

    The passages of knowledge bases have a quarter of it at most. The instructions get at most three quarters of the
    rest, the user's message what is left, and the earlier messages what is left then, the newest first.

    Parameters
    ----------
    turn
        The turn.
    message
        The user's message.
    settings
        The settings of the model.
    instructions
        What follows the system prompt of the configuration: a text of a script each.
    has_tools
        Whether the model may call tools.
    knowledge
        Passages of knowledge bases, with their rules; they are never cut.
    """
    tokens = count_prompt_tokens(settings, has_tools=has_tools) - (estimate_tokens(knowledge) if knowledge else 0)
    rules = [f"It is {turn.now:%A, %Y-%m-%d %H:%M} UTC.", TOOL_RULE] if has_tools else []
    texts = [text.strip() for text in (settings.system_prompt, *instructions, *rules)]
    system = shorten("\n\n".join(text for text in texts if text), tokens * 3 // 4)
    left = tokens - (estimate_tokens(system) if system else 0)
    system = "\n\n".join(text for text in (system, knowledge) if text)
    question = shorten(_describe(message), left)
    earlier = list_earlier_messages(turn, message, settings.history_limit)
    messages = [*_select_newest(earlier, left - estimate_tokens(question)), ModelMessage("user", question)]
    return [*([ModelMessage("system", system)] if system else ()), *_merge_turns(messages)]


def _select_newest(messages: Sequence[Message], tokens: int) -> list[ModelMessage]:
    selected: list[ModelMessage] = []
    for message in reversed(messages):
        content = _describe(message)
        tokens -= estimate_tokens(content)
        # safeguard: prompt-budget
        if tokens < 0:
            break
        role: Literal["user", "assistant"] = "user" if message.sender is Sender.USER else "assistant"
        selected.insert(0, ModelMessage(role, content))
    return selected


def _describe(message: Message) -> str:
    """Return the content of a message, and its attachments a line each."""
    attachments = (f"[{file.name} ({file.content_type}): {file.url}]" for file in message.attachments)
    return "\n".join((message.content, *attachments))


def _merge_turns(messages: Iterable[ModelMessage]) -> list[ModelMessage]:
    """Merge messages of one role in a row, which some providers refuse."""
    merged: list[ModelMessage] = []
    for message in messages:
        if merged and merged[-1].role == message.role:
            merged[-1] = ModelMessage(message.role, f"{merged[-1].content}\n\n{message.content}")
        else:
            merged.append(message)
    return merged
