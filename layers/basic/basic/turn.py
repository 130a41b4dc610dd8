"""What is read from the world once per turn, so that the same turn can be run again."""

from dataclasses import dataclass
from datetime import datetime
from random import Random


def get_language(locale: str) -> str:
    """Return the language of a language tag, in small letters."""
    return locale.replace("_", "-").partition("-")[0].lower()


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """The facts of one turn.

    Parameters
    ----------
    now
        The moment of the turn, aware and in UTC.
    random
        Seeded once per turn, by something that a retry of the turn finds again.
    locale
        The user's language tag, such as ``pt-BR``; for formats and for HEAR.
    user
        The id of the user who is signed in, as the issuer of their token knows them; None where nobody is.
    """

    now: datetime
    random: Random
    locale: str
    user: str | None = None
