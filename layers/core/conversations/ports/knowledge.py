"""Knowledge bases and embeddings."""

from collections.abc import Sequence
from typing import Literal, Protocol

from conversations.domain.model import ModelReference

type Purpose = Literal["document", "query"]
"""What a text is embedded for: some models distinguish passages from questions."""


class KnowledgeStore(Protocol):
    """The published indexes of knowledge bases. An index never changes."""

    def read(self, key: str) -> bytes:
        """Return an index.

        Raises
        ------
        NotFoundError
            If there is none with this key.
        UnavailableError
            If the store does not respond.
        """
        ...


class Embedder(Protocol):
    """An embedding model."""

    def embed(self, texts: Sequence[str], purpose: Purpose, seconds: float) -> list[list[float]]:
        """Return the vector of each text, in order.

        Parameters
        ----------
        texts
            The texts; at most ``MAX_BATCH``.
        purpose
            What they are.
        seconds
            Time limit of a request.

        Raises
        ------
        ModelUnavailableError
            If the model does not answer, or not as expected.
        ModelRefusedError
            If the provider refuses the request for good.
        """
        ...


class Embedders(Protocol):
    """The embedding models of all providers."""

    def get(self, reference: ModelReference) -> Embedder:
        """Return a model.

        Raises
        ------
        ModelRefusedError
            If its key does not exist, or must not be sent to its URL.
        UnavailableError
            If the store of secrets does not respond.
        """
        ...


MAX_BATCH = 32
"""Texts of one request: far below the limits of providers (Cohere on Bedrock: 96; OpenAI: 2,048), so that a response
with long vectors has 2 MB at most."""
