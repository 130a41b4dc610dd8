"""Language models."""

from collections.abc import Iterator
from typing import Protocol

from conversations.domain.model import ModelEvent, ModelReference, ModelRequest


class LanguageModel(Protocol):
    """A model of one provider."""

    def stream(self, request: ModelRequest) -> Iterator[ModelEvent]:
        """Ask the model, and yield its answer as it arrives.

        Yields a ``Waiting`` at least every ``turn_time.WAITING_SECONDS`` while nothing arrives, and one ``Finished`` at
        the end. Closing the iterator aborts the request.

        Raises
        ------
        ModelUnavailableError
            If the model cannot be reached or broke off: the answer so far is incomplete.
        ModelRefusedError
            If the provider refuses the request for good.
        """
        ...


class LanguageModels(Protocol):
    """The models of all providers."""

    def get(self, reference: ModelReference) -> LanguageModel:
        """Return a model.

        Raises
        ------
        ModelRefusedError
            If its key does not exist, or its URL may not be reached.
        UnavailableError
            If the store of secrets does not respond.
        """
        ...
