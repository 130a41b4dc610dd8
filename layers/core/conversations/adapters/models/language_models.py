"""``LanguageModels``: chooses the adapter of a model, and reads its key."""

from collections.abc import Callable
from dataclasses import dataclass

from conversations.adapters.models.openai import OpenAIModel
from conversations.adapters.streaming_request import StreamingClient
from conversations.domain.errors import NotFoundError
from conversations.domain.model import ModelReference, ModelRefusedError
from conversations.ports.models import LanguageModel
from conversations.ports.secrets import SecretReader


@dataclass(frozen=True, slots=True)
class ProviderModels:
    """The models of all providers.

    Attributes
    ----------
    client
        Makes the requests to OpenAI-compatible endpoints.
    secrets
        Reads the keys.
    bedrock
        Returns a model of Amazon Bedrock.
    allows_plain_keys
        Whether a key may be sent without TLS, as to a server on this machine.
    """

    client: StreamingClient
    secrets: SecretReader
    bedrock: Callable[[ModelReference], LanguageModel]
    allows_plain_keys: bool = False

    def get(self, reference: ModelReference) -> LanguageModel:
        """Return a model; see ``LanguageModels.get``."""
        if reference.provider == "bedrock":
            return self.bedrock(reference)
        if not reference.key:
            return OpenAIModel(self.client, reference)
        # safeguard: model-key-tls
        if not self.allows_plain_keys and not reference.url.lower().startswith("https://"):
            raise ModelRefusedError("an API key is sent to https URLs only")
        try:
            return OpenAIModel(self.client, reference, self.secrets.get(reference.key))
        except NotFoundError as error:
            raise ModelRefusedError(f"no API key: {error}") from None
