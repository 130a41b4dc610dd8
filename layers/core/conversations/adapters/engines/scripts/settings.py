"""What a bot's ``config.csv`` says to whoever runs its scripts."""

import re
from collections.abc import Mapping

from basic.values import Value

FALLBACK = "I can only answer what my script asks: I have no language model for anything else."
"""What free text is answered with, unless the bot has a ``fallback-message``."""

ERROR = "Sorry, something went wrong on my side."
"""What the user is told when a script breaks, unless the bot has an ``error-message``."""

_PARAMETER = "param-"
_NUMBER = re.compile(r"-?\d{1,15}")
_DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,15}")
_WORDS: Mapping[str, Value] = {"true": True, "false": False}


def fallback(config: Mapping[str, str]) -> str:
    """Return what free text is answered with."""
    return config.get("fallback-message") or FALLBACK


def error(config: Mapping[str, str]) -> str:
    """Return what the user is told when a script breaks."""
    return config.get("error-message") or ERROR


def variables(config: Mapping[str, str]) -> dict[str, Value]:
    """Return the variables that scripts are given: of ``param-limit`` it is ``limit``, a number if it reads as one."""
    return {
        key.removeprefix(_PARAMETER).replace("-", "_"): _typed(text)
        for key, text in config.items()
        if key.startswith(_PARAMETER)
    }


def _typed(text: str) -> Value:
    if _NUMBER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else _WORDS.get(text.lower(), text)
