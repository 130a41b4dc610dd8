"""The engine of bots with a language model; the adapters of providers are loaded for the first answer."""

from functools import cache

from conversations.bootstrap.models import language_models
from conversations.engines.model.answer import Answerer
from conversations.engines.model.engine import ModelEngine


@cache
def answerer() -> Answerer:
    """Return what answers with language models."""
    return Answerer(language_models())


@cache
def model_engine() -> ModelEngine:
    """Return the engine of bots that have a language model and no scripts."""
    return ModelEngine(answerer())
