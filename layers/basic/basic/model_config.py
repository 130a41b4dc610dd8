"""The keys of ``config.csv`` that choose a bot's language model: their names, defaults and limits."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import urlsplit

PROVIDER = "llm-provider"
URL = "llm-url"
ENDPOINT_PATH = "llm-endpoint-path"
MODEL = "llm-model"
KEY = "llm-key"
TEMPERATURE = "llm-temperature"
CONTEXT_SIZE = "llm-server-ctx-size"
MAX_TOKENS = "max-tokens"
HISTORY_LIMIT = "history-limit"
SYSTEM_PROMPT = "system-prompt"

DEFAULT_CONTEXT_SIZE = 8_192
"""Tokens of the prompt and the answer together: what small models that run on a CPU have."""

DEFAULT_MAX_TOKENS = 1_024
"""Tokens of an answer: about 700 words."""

DEFAULT_HISTORY_LIMIT = 20
"""Messages: the value of the packages of General Bots."""

MAX_CONTEXT_SIZE = 1_000_000
MAX_MAX_TOKENS = 32_000
MAX_HISTORY_LIMIT = 100
"""Messages: one page of the history, which one query reads."""

MAX_PROMPT_LENGTH = 32_000
"""Characters of the system prompt; with it a bot fits into its item of the table."""

MODEL_KEYS: Mapping[str, str] = {
    PROVIDER: "`openai` for every endpoint that is compatible with OpenAI's chat completions (default), or `bedrock`",
    URL: "the base URL of an OpenAI-compatible endpoint; default: `https://api.openai.com/v1`",
    ENDPOINT_PATH: "a path to append to `llm-url`, such as `/v1`",
    MODEL: "the provider's name of the model; without it the bot has no language model",
    KEY: "where the API key is stored: `ssm:/NAME` or `secretsmanager:NAME`. Never the key itself",
    TEMPERATURE: "the sampling temperature, from 0 to 2; default: the provider's",
    CONTEXT_SIZE: f"tokens of prompt and answer together; default: {DEFAULT_CONTEXT_SIZE:,}",
    MAX_TOKENS: f"tokens of an answer, at most half of the tokens of both; default: {DEFAULT_MAX_TOKENS:,}",
    HISTORY_LIMIT: f"how many earlier messages the model sees at most; default: {DEFAULT_HISTORY_LIMIT}",
    SYSTEM_PROMPT: "the instructions for the model; the text of `PROMPT.md` follows it",
}
"""The keys and what they mean."""

OLD_MODEL_KEYS: Mapping[str, str] = {
    "llm-api-key": KEY,
    "llm-max-tokens": MAX_TOKENS,
    "max-context-messages": HISTORY_LIMIT,
    "temperature": TEMPERATURE,
}
"""Other names of the keys in packages of General Bots."""

_PROVIDERS: Mapping[str, str] = {
    "bedrock": "bedrock",
    "aws-bedrock": "bedrock",
    **dict.fromkeys(
        ("openai", "openai-compatible", "local", "llama", "llama.cpp", "ollama", "vllm", "groq", "openrouter"), "openai"
    ),
}
"""Providers as packages name them. All but Bedrock have an OpenAI-compatible endpoint."""

_REFERENCE = re.compile(r"ssm:/[A-Za-z0-9_./-]{1,1000}|secretsmanager:[A-Za-z0-9/_+=.@:-]{1,2000}")
_ABSENT = frozenset({"", "none"})
_CREDENTIALS = re.compile(r"//[^/@\s]*@")
_SECRET_KEY = re.compile(r"\s*\"?[^,]*(?:key|secret|password|token(?!s))[^,]*,", re.IGNORECASE)


def has_model(config: Mapping[str, str]) -> bool:
    """Return whether a configuration names a language model."""
    return config.get(MODEL, "").strip().lower() not in _ABSENT


def get_key_reference(config: Mapping[str, str]) -> str:
    """Return the reference to the API key; empty if the model needs none."""
    return get_reference(config, KEY)


def get_reference(config: Mapping[str, str], name: str) -> str:
    """Return the reference to a secret; empty if there is none. Packages write ``none``."""
    reference = config.get(name, "").strip()
    return "" if reference.lower() in _ABSENT else reference


def is_secret_reference(value: str) -> bool:
    """Return whether a value says where a secret is stored, rather than being one."""
    return _REFERENCE.fullmatch(value) is not None


def get_provider(config: Mapping[str, str]) -> str:
    """Return ``openai`` or ``bedrock``."""
    return _PROVIDERS[config.get(PROVIDER, "").strip().lower() or "openai"]


def mask_secret(line: str) -> str:
    """Return a line of the file without what may be a secret: the value of a key, or the password of a URL."""
    match = _SECRET_KEY.match(line)
    return f"{match[0]}********" if match else _CREDENTIALS.sub("//********@", line)


def check_model_value(key: str, value: str) -> str:
    """Return why the value of a key of ``MODEL_KEYS`` is invalid; empty if it is valid, or if there is no value."""
    return _CHECKS[key](value) if value else ""


def _accept(_value: str) -> str:
    return ""


def _check_provider(value: str) -> str:
    if value.lower() in _PROVIDERS:
        return ""
    return f"unknown provider `{value}`; use `bedrock`, or `openai` with the URL of an OpenAI-compatible endpoint"


def check_url(key: str, value: str) -> str:
    """Return why the URL of a server is invalid; empty if it is valid."""
    try:
        url = urlsplit(value)
        is_valid = url.scheme in ("http", "https") and bool(url.hostname) and not url.query and not url.fragment
        has_credentials = "@" in url.netloc
    except ValueError:
        is_valid, has_credentials = False, False
    if has_credentials:
        return f"`{key}` must not contain a password; name a reference to it instead, like `{KEY}`"
    return "" if is_valid else f"`{key}` must be an http or https URL without a query"


def check_reference(key: str, value: str) -> str:
    """Return why the reference to a secret is invalid; empty if it is valid, or if there is none."""
    if value.lower() in _ABSENT or is_secret_reference(value):
        return ""
    return f"`{key}` must be a reference, `ssm:/NAME` or `secretsmanager:NAME`; a key in this file is not secret"


def _check_prompt(value: str) -> str:
    is_valid = len(value) <= MAX_PROMPT_LENGTH
    return "" if is_valid else f"`{SYSTEM_PROMPT}` is longer than {MAX_PROMPT_LENGTH:,} characters"


def _check_temperature(value: str) -> str:
    is_valid = re.fullmatch(r"[01](?:\.\d+)?|2(?:\.0+)?", value, re.ASCII)
    return "" if is_valid else f"`{TEMPERATURE}` must be a number from 0 to 2"


def _whole_number(key: str, smallest: int, largest: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        is_valid = re.fullmatch(r"[0-9]{1,9}", value) and smallest <= int(value) <= largest
        return "" if is_valid else f"`{key}` must be a whole number from {smallest:,} to {largest:,}"

    return check


_CHECKS: Mapping[str, Callable[[str], str]] = {
    PROVIDER: _check_provider,
    URL: partial(check_url, URL),
    ENDPOINT_PATH: _accept,
    MODEL: _accept,
    KEY: partial(check_reference, KEY),
    TEMPERATURE: _check_temperature,
    CONTEXT_SIZE: _whole_number(CONTEXT_SIZE, 512, MAX_CONTEXT_SIZE),
    MAX_TOKENS: _whole_number(MAX_TOKENS, 1, MAX_MAX_TOKENS),
    HISTORY_LIMIT: _whole_number(HISTORY_LIMIT, 0, MAX_HISTORY_LIMIT),
    SYSTEM_PROMPT: _check_prompt,
}
