"""A language model whose pieces are scheduling points of the simulation, as AWS calls are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conversations.domain.model import (
    Finished,
    FinishReason,
    ModelEvent,
    ModelReference,
    ModelRequest,
    ModelUnavailableError,
    TextPiece,
    Waiting,
)
from conversations.domain.turn_time import WAITING_SECONDS
from conversations.engines.model.answer import Answerer
from conversations.ports.models import LanguageModels
from tests.fakes.clock import HandClock
from tests.faults.bot import build_pieces
from tests.faults.plans import Fault
from tests.faults.waiting import Waiter

SERVICE = "model"
"""``Operation.service`` of language models."""

FIRST_PIECE_SECONDS = 0.5
PIECE_SECONDS = 0.3
"""Seconds between two pieces: more than the first intervals of a stream, so nearly each piece is sent at once."""

_WAITINGS_AFTER = 2
"""The piece after which the model thinks for a while."""


@dataclass(slots=True)
class SimulatedModels(LanguageModels):
    """``LanguageModels``: every model answers with the scripted pieces of the question."""

    waiter: Waiter

    def get(self, reference: ModelReference) -> "SimulatedModels":  # noqa: ARG002 - the same for all
        return self

    def stream(self, request: ModelRequest) -> Iterator[ModelEvent]:
        # Questions without an answer in between are merged; the last one is asked.
        question = request.messages[-1].content.rpartition("\n\n")[2]
        self._wait("Ask", FIRST_PIECE_SECONDS)
        for number, piece in enumerate(build_pieces(question), start=1):
            self._wait("Piece", PIECE_SECONDS)
            yield TextPiece(piece)
            for _ in range(3 if number == _WAITINGS_AFTER else 0):
                self._wait("Piece", WAITING_SECONDS)
                yield Waiting()
        self._wait("Piece", PIECE_SECONDS)
        yield Finished(FinishReason.COMPLETE)

    def _wait(self, name: str, seconds: float) -> None:
        """Wait while others run, and fail if a fault is injected."""
        match self.waiter.wait(name, seconds):
            case Fault.THROTTLED:
                raise ModelUnavailableError("The simulated model is throttled.")
            case Fault.BROKEN_OFF:
                raise ModelUnavailableError("The simulated model broke off.")


def build_answerer(clock: Callable[[], HandClock], monotonic: Callable[[], float]) -> Answerer:
    """Return what answers with the simulated models, by the clock of the simulation."""
    waiter = Waiter(SERVICE, clock)
    return Answerer(SimulatedModels(waiter), monotonic, waiter.sleep)
