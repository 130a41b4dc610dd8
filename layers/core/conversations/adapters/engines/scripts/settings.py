"""What a bot's configuration says to whoever runs its scripts, and what holds where it says nothing."""

from collections.abc import Mapping

from basic import config as keys

FALLBACK = "I can only answer what my script asks: I have no language model for anything else."
"""What free text is answered with, unless the bot has a ``fallback-message``."""

ERROR = "Sorry, something went wrong on my side."
"""What the user is told when a script breaks, unless the bot has an ``error-message``."""


def fallback(config: Mapping[str, str]) -> str:
    """Return what free text is answered with."""
    return config.get(keys.FALLBACK_MESSAGE) or FALLBACK


def error(config: Mapping[str, str]) -> str:
    """Return what the user is told when a script breaks."""
    return config.get(keys.ERROR_MESSAGE) or ERROR
