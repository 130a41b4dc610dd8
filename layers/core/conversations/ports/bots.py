"""The published bots, their engines and their memories."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from pydantic import JsonValue

from conversations.domain.bot import Bot, BotSummary
from conversations.domain.memory import Memory, MemoryKey
from conversations.domain.page import Page
from conversations.domain.turn import Turn, TurnEvent


class BotEngine(Protocol):
    """Runs bots of one kind.

    A turn must be pure until it is over: nothing outside may change that a second run of the same turn would change
    again, because a turn that was cut is run anew.
    """

    def may_redact(self, turn: Turn) -> bool:
        """Tell whether ``run`` may redact what was said, so that nobody is shown it before the turn is over."""
        ...

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        """Answer ``turn``, event by event."""
        ...


class MemoryStore(Protocol):
    """What bots remember from one conversation to another."""

    def recall(self, key: MemoryKey) -> JsonValue:
        """Return what is remembered; None if nothing is.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def of(self, owner: str, *, limit: int, after: MemoryKey | None = None) -> Page[Memory]:
        """Return up to ``limit`` of what all bots remember of a user, or fewer if they are large, in a fixed order.

        Parameters
        ----------
        owner
            ``Principal.owner`` of the user.
        limit
            How many at most; always one, if there is one.
        after
            Begin behind this one, whether or not it is still there.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def remember(self, values: Mapping[MemoryKey, JsonValue]) -> None:
        """Remember values in place of what was, all or none.

        Raises
        ------
        UnavailableError
            If the store does not answer; a retry is safe.
        """
        ...


class BotCatalogue(Protocol):
    """The published bots."""

    def get(self, bot_id: str) -> Bot:
        """Return a bot.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        ...

    def all(self) -> tuple[BotSummary, ...]:
        """Return all bots, by id."""
        ...
