"""One prompt of a script: the reply of the model as a text."""

from basic.errors import ScriptError
from conversations.domain.model import ModelMessage
from conversations.domain.turn import Turn
from conversations.engines.model.answer import Answerer
from conversations.engines.model.request import wait_for_reply
from conversations.engines.model.settings import ModelSettings
from conversations.engines.model.tokens import estimate_tokens
from conversations.engines.output_text import clean


def complete(answerer: Answerer, turn: Turn, settings: ModelSettings, prompt: str, seconds: float) -> str:
    """Return the reply of a model to a prompt of a script; it is not streamed.

    Raises
    ------
    ScriptError
        If the prompt is too long, or if the model does not answer it completely.
    """
    tokens = estimate_tokens(prompt)
    if tokens > settings.prompt_tokens:
        raise ScriptError(f"the prompt has about {tokens:,} tokens, and the model reads {settings.prompt_tokens:,}")
    requester = answerer.build_requester(turn, settings, seconds)
    reply = wait_for_reply(requester.ask([ModelMessage("user", prompt)], ()))
    requester.log(reply.error)
    if reply.error is not None or not reply.text.strip():
        raise ScriptError("the language model does not answer")
    return clean(reply.text).strip()
