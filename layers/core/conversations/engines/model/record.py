"""One structured log record for each answer of a model, in the names of OpenTelemetry's conventions for GenAI.

Its numbers are metrics (EMF) by model. It has no text of a user, a bot, a prompt or a tool.
"""

import logging
from dataclasses import field

from conversations.data_classes import dataclass
from conversations.domain.metrics import describe_metrics
from conversations.domain.model import Finished, ModelReference
from conversations.domain.turn import Turn

logger = logging.getLogger(__name__)

_PROVIDERS = {"openai": "openai", "bedrock": "aws.bedrock"}
"""Well-known values of ``gen_ai.provider.name``."""


@dataclass(slots=True)
class AnswerRecord:
    """What is known of an answer.

    Attributes
    ----------
    turn
        The turn.
    reference
        The model.
    requests, tool_calls
        How often the model was asked, and how many tools it called.
    first_chunk_seconds
        Seconds from the first request to the first piece of text; None before it.
    input_tokens, output_tokens
        What the provider counted in all requests; None if it did not say.
    finish_reasons
        Why the model ended each of its answers.
    error
        The type of the error that ended the answer; empty if none did.
    """

    turn: Turn
    reference: ModelReference
    requests: int = 0
    tool_calls: int = 0
    first_chunk_seconds: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    finish_reasons: list[str] = field(default_factory=list)
    error: str = ""

    def finish(self, finished: Finished) -> None:
        """Add the end of one answer of the model."""
        self.finish_reasons.append(finished.reason.value)
        if finished.input_tokens is not None:
            self.input_tokens = (self.input_tokens or 0) + finished.input_tokens
        if finished.output_tokens is not None:
            self.output_tokens = (self.output_tokens or 0) + finished.output_tokens

    def log(self, seconds: float) -> None:
        """Log the record of an answer that took some seconds."""
        measured = {
            "ModelTurns": 1,
            "ModelFailures": int(bool(self.error)),
            "gen_ai.client.operation.duration": round(seconds, 3),
            "gen_ai.response.time_to_first_chunk": self.first_chunk_seconds,
            "gen_ai.usage.input_tokens": self.input_tokens,
            "gen_ai.usage.output_tokens": self.output_tokens,
        }
        metrics = {name: value for name, value in measured.items() if value is not None}
        fields = {
            "bot": self.turn.bot.id,
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": _PROVIDERS[self.reference.provider],
            "gen_ai.conversation.id": self.turn.conversation_id,
            "gen_ai.response.finish_reasons": self.finish_reasons,
            "model_requests": self.requests,
            "model_tool_calls": self.tool_calls,
            **({"error.type": self.error} if self.error else {}),
            **describe_metrics(metrics, **{"gen_ai.request.model": self.reference.model}),
        }
        logger.info("model turn", extra=fields)
