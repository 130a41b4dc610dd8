"""The inputs of a turn that are read once, so that a retry of the turn gives the same result."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from random import Random


def get_language(locale: str) -> str:
    """Return the language of a language tag, in lower case."""
    return locale.replace("_", "-").partition("-")[0].lower()


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """The inputs of one turn besides the user's message.

    Parameters
    ----------
    now
        The time of the turn, aware and in UTC.
    random
        A generator with a seed that is the same for a retry of the turn.
    locale
        The language tag for formats and for HEAR, such as ``pt-BR``.
    user
        The id of the signed-in user from their token; None for a visitor.
    cancel_words
        The words that cancel a question; None for those of the language.
    cancelled
        Whether the user cancelled the last question.
    error
        The message of the last statement that ON ERROR RESUME NEXT skipped; empty if there is none.
    bot, conversation
        The ids of the bot and of the conversation; empty outside a conversation.
    groups
        The groups of the user; None for the bot itself, which has every role.
    time_zone
        The time zone of the bot's schedules, such as ``America/Sao_Paulo``.
    """

    now: datetime
    random: Random
    locale: str
    user: str | None = None
    cancel_words: tuple[str, ...] | None = None
    cancelled: bool = False
    error: str = ""
    bot: str = ""
    conversation: str = ""
    groups: frozenset[str] | None = None
    time_zone: str = "UTC"

    def has_role(self, roles: Collection[str]) -> bool:
        """Return whether the user is in a group with the name of one of the roles, or no role is required."""
        return not roles or self.groups is None or not self.groups.isdisjoint(roles)
