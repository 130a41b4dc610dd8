"""A language model that streams what a test defines."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from conversations.domain.errors import NotFoundError
from conversations.domain.model import (
    Finished,
    FinishReason,
    ModelEvent,
    ModelReference,
    ModelRequest,
    TextPiece,
    ToolCall,
)
from conversations.ports.knowledge import Embedders, Purpose
from conversations.ports.models import LanguageModels

type Step = ModelEvent | Exception | float
"""An event of the stream, a failure, or seconds that pass."""

DONE = Finished(FinishReason.COMPLETE, 12, 3)


def says(*pieces: str, reason: FinishReason = FinishReason.COMPLETE) -> list[Step]:
    """Return the stream of an answer in pieces."""
    return [*map(TextPiece, pieces), Finished(reason, 12, 3)]


def calls(name: str, /, *, text: str = "", **arguments: object) -> list[Step]:
    """Return the stream of an answer that calls a tool."""
    call = ToolCall(f"call-{name}", name, json.dumps(arguments))
    return [*([TextPiece(text)] if text else []), call, Finished(FinishReason.TOOL_CALLS, 20, 5)]


@dataclass(slots=True)
class FakeModels(LanguageModels):
    """``LanguageModels``: every model streams the next answer of the test.

    Attributes
    ----------
    answers
        The next answers; "Fine, thank you." if there is none. An exception is raised by ``get``.
    requests, references
        What it was asked, and which model.
    closed
        How many streams were closed.
    seconds
        The time of the clock.
    """

    answers: list[Iterable[Step] | Exception] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)
    references: list[ModelReference] = field(default_factory=list)
    closed: int = 0
    seconds: float = 0

    def get(self, reference: ModelReference) -> "FakeModels":
        self.references.append(reference)
        if self.answers and isinstance(self.answers[0], Exception):
            answer = self.answers.pop(0)
            assert isinstance(answer, Exception)
            raise answer
        return self

    def stream(self, request: ModelRequest) -> Iterator[ModelEvent]:
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else says("Fine, ", "thank you.")
        assert not isinstance(answer, Exception)
        return self._stream(answer)

    def _stream(self, steps: Iterable[Step]) -> Iterator[ModelEvent]:
        try:
            for step in steps:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, float | int):
                    self.seconds += step
                else:
                    yield step
        finally:
            self.closed += 1

    def clock(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def list_prompts(self) -> list[Sequence[tuple[str, str]]]:
        """Return the roles and contents of the messages of each request."""
        return [[(message.role, message.content) for message in request.messages] for request in self.requests]


@dataclass(slots=True)
class FakeSecrets:
    """``SecretReader``: the secrets of a test."""

    values: dict[str, str] = field(default_factory=dict)

    def get(self, reference: str) -> str:
        if reference not in self.values:
            raise NotFoundError(reference)
        return self.values[reference]


@dataclass(slots=True)
class FakeEmbedders(Embedders):
    """``Embedders``: the vector of a text says which of some words it has.

    Attributes
    ----------
    dimensions
        The words; a text with one of several in an entry has a 1 at its place.
    error
        What every request raises, if it is set.
    requests
        The texts of each request, with their purpose.
    """

    dimensions: Sequence[Sequence[str]] = ()
    error: Exception | None = None
    requests: list[tuple[Sequence[str], Purpose]] = field(default_factory=list)

    def get(self, reference: ModelReference) -> "FakeEmbedders":
        del reference
        return self

    def embed(self, texts: Sequence[str], purpose: Purpose, seconds: float) -> list[list[float]]:
        del seconds
        self.requests.append((texts, purpose))
        if self.error is not None:
            raise self.error
        return [
            [float(any(word in text.lower() for word in words)) or -1 for words in self.dimensions] for text in texts
        ]
