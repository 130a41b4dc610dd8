"""``Embedders``: chooses the adapter of an embedding model, and reads its key."""

from collections.abc import Callable
from dataclasses import dataclass

from conversations.adapters.models.language_models import read_key
from conversations.domain.model import ModelReference
from conversations.ports.knowledge import Embedder
from conversations.ports.secrets import SecretReader


@dataclass(frozen=True, slots=True)
class ProviderEmbedders:
    """The embedding models of all providers.

    Attributes
    ----------
    secrets
        Reads the keys.
    openai
        Returns a model behind an OpenAI-compatible endpoint, with its key, which is empty if it needs none.
    bedrock
        Returns a model of Amazon Bedrock.
    allows_plain_keys
        Whether a key may be sent without TLS, as to a server on this machine.
    """

    secrets: SecretReader
    openai: Callable[[ModelReference, str], Embedder]
    bedrock: Callable[[ModelReference], Embedder]
    allows_plain_keys: bool = False

    def get(self, reference: ModelReference) -> Embedder:
        """Return a model; see ``Embedders.get``."""
        if reference.provider == "bedrock":
            return self.bedrock(reference)
        return self.openai(reference, read_key(self.secrets, reference, allows_plain=self.allows_plain_keys))
