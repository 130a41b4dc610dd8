"""The keys of ``config.csv`` that choose the embedding model of a bot's knowledge bases."""

from collections.abc import Mapping

from basic import model_config

PROVIDER = "embedding-provider"
URL = "embedding-url"
MODEL = "embedding-model"
KEY = "embedding-key"

EMBEDDING_KEYS: Mapping[str, str] = {
    MODEL: "the provider's name of an embedding model, such as `text-embedding-3-small` or"
    " `amazon.titan-embed-text-v2:0`; without it knowledge bases are searched by words",
    PROVIDER: "as `llm-provider`, for the embedding model; default: `llm-provider`",
    URL: "as `llm-url`, for the embedding model; default: `llm-url`",
    KEY: "as `llm-key`, for the embedding model; default: `llm-key`, unless `embedding-url` is set",
}
"""The keys and what they mean."""

_FILE_SUFFIX = ".gguf"
"""Of a model in a file, which packages of General Bots name: it runs on their own server only."""


def has_embedding(config: Mapping[str, str]) -> bool:
    """Return whether a configuration names an embedding model."""
    name = config.get(MODEL, "").strip().lower()
    return name not in ("", "none") and not is_file(name)


def is_file(model: str) -> bool:
    """Return whether the name of a model is that of a file on the server of General Bots."""
    return model.strip().lower().endswith(_FILE_SUFFIX)


def build_model_config(config: Mapping[str, str]) -> dict[str, str]:
    """Return the keys of a language model that have the values of the embedding model."""
    key = config.get(KEY, "") if config.get(URL) or KEY in config else config.get(model_config.KEY, "")
    values = {
        model_config.MODEL: config[MODEL],
        model_config.PROVIDER: config.get(PROVIDER) or config.get(model_config.PROVIDER, ""),
        model_config.KEY: key,
    }
    if config.get(URL):
        return {**values, model_config.URL: config[URL]}
    paths = (model_config.URL, model_config.ENDPOINT_PATH)
    return {**values, **{name: config[name] for name in paths if name in config}}


def check_embedding_value(key: str, value: str) -> str:
    """Return why the value of a key is invalid; empty if it is valid, or if there is no value."""
    if not value:
        return ""
    if key == URL:
        return model_config.check_url(key, value)
    if key == KEY:
        return model_config.check_reference(key, value)
    return model_config.check_model_value(model_config.PROVIDER, value) if key == PROVIDER else ""
