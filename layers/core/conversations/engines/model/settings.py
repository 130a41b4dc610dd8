"""The settings of a bot's language model, from its ``config.csv``."""

from collections.abc import Mapping
from typing import Literal, cast

from basic import embedding_config, model_config
from conversations.data_classes import dataclass
from conversations.domain.model import ModelReference

OPENAI_URL = "https://api.openai.com/v1"
"""The endpoint of a bot that names a model and no URL."""

_COMPLETIONS = "/chat/completions"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """How a bot asks its model.

    Attributes
    ----------
    reference
        The model.
    prompt_tokens
        Tokens of the longest prompt.
    max_tokens
        Tokens of the longest answer.
    history_limit
        Earlier messages of the longest prompt.
    system_prompt
        The instructions of the configuration.
    temperature
        Sampling temperature; None for the provider's default.
    """

    reference: ModelReference
    prompt_tokens: int
    max_tokens: int
    history_limit: int
    system_prompt: str = ""
    temperature: float | None = None


def parse_settings(config: Mapping[str, str]) -> ModelSettings | None:
    """Parse the values of a published configuration; return None if it names no model."""
    if not model_config.has_model(config):
        return None
    context_size = int(config.get(model_config.CONTEXT_SIZE) or model_config.DEFAULT_CONTEXT_SIZE)
    max_tokens = int(config.get(model_config.MAX_TOKENS) or model_config.DEFAULT_MAX_TOKENS)
    # Prompt and answer share the context. A provider refuses a request that could exceed it.
    max_tokens = min(max_tokens, context_size // 2)
    temperature = config.get(model_config.TEMPERATURE)
    return ModelSettings(
        reference=parse_reference(config),
        prompt_tokens=context_size - max_tokens,
        max_tokens=max_tokens,
        history_limit=int(config.get(model_config.HISTORY_LIMIT) or model_config.DEFAULT_HISTORY_LIMIT),
        system_prompt=config.get(model_config.SYSTEM_PROMPT, ""),
        temperature=float(temperature) if temperature else None,
    )


def parse_reference(config: Mapping[str, str]) -> ModelReference:
    """Return the model that a configuration names."""
    provider = cast("Literal['openai', 'bedrock']", model_config.get_provider(config))
    return ModelReference(
        provider=provider,
        model=config[model_config.MODEL].strip(),
        url=_build_url(config) if provider == "openai" else "",
        key=model_config.get_key_reference(config),
    )


def parse_embedding(config: Mapping[str, str]) -> ModelReference | None:
    """Return the embedding model that a configuration names; None if it names none."""
    if not embedding_config.has_embedding(config):
        return None
    return parse_reference(embedding_config.build_model_config(config))


def _build_url(config: Mapping[str, str]) -> str:
    """Return the base URL. Packages give the path of the endpoint apart, or with the method at its end."""
    url = config.get(model_config.URL) or OPENAI_URL
    path = config.get(model_config.ENDPOINT_PATH, "").strip("/")
    joined = f"{url.rstrip('/')}/{path}" if path else url
    return joined.rstrip("/").removesuffix(_COMPLETIONS)
