"""The language models of this deployment."""

from functools import cache

from conversations.domain.model import ModelReference, ModelRefusedError
from conversations.ports.models import LanguageModel, LanguageModels


class NoModels(LanguageModels):
    """The models of a deployment without providers: a bot that names one says its fallback message."""

    def get(self, reference: ModelReference) -> LanguageModel:
        """Refuse the model."""
        raise ModelRefusedError(f"this deployment has no provider {reference.provider}")


@cache
def language_models() -> LanguageModels:
    """Return the models of all providers."""
    return NoModels()
