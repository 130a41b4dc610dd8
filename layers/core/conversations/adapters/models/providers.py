"""``LanguageModels`` and ``Embedders``: choose the adapter of a model, and read its key."""

from collections.abc import Callable

from conversations.data_classes import dataclass
from conversations.domain.errors import NotFoundError
from conversations.domain.model import ModelReference, ModelRefusedError
from conversations.ports.secrets import SecretReader


@dataclass(frozen=True, slots=True)
class Providers[Model]:
    """The models of one kind, language models or embedding models, of all providers.

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
    openai: Callable[[ModelReference, str], Model]
    bedrock: Callable[[ModelReference], Model]
    allows_plain_keys: bool = False

    def get(self, reference: ModelReference) -> Model:
        """Return a model; see ``LanguageModels.get`` and ``Embedders.get``."""
        if reference.provider == "bedrock":
            return self.bedrock(reference)
        return self.openai(reference, read_key(self.secrets, reference, allows_plain=self.allows_plain_keys))


def read_key(secrets: SecretReader, reference: ModelReference, *, allows_plain: bool) -> str:
    """Return the API key of a model; empty if it needs none.

    Raises
    ------
    ModelRefusedError
        If the key does not exist, or must not be sent to the URL of the model.
    UnavailableError
        If the store of secrets does not respond.
    """
    if not reference.key:
        return ""
    # safeguard: model-key-tls
    if not allows_plain and not reference.url.lower().startswith("https://"):
        raise ModelRefusedError("an API key is sent to https URLs only")
    try:
        return secrets.get(reference.key)
    except NotFoundError as error:
        raise ModelRefusedError(f"no API key: {error}") from None
