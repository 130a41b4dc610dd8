"""Published bots, their programs, engines, replay journals and memories."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from pydantic import JsonValue

from conversations.domain.bot import Bot, BotSummary, DialogState
from conversations.domain.memory import Memory, MemoryKey
from conversations.domain.page import Page
from conversations.domain.turn import Turn, TurnEvent


class BotEngine(Protocol):
    """Runs bots of one kind.

    A turn may be interrupted and run again, so ``run`` must be free of side effects, or make each of them idempotent.
    """

    def may_redact(self, turn: Turn) -> bool:
        """Return whether ``run`` may redact the user's message; then no client is shown it before the turn is over."""
        ...

    def may_wait(self, turn: Turn) -> bool:
        """Return whether ``run`` may take long, so that clients show that the bot is typing."""
        ...

    def is_pure(self, bot: Bot, state: DialogState) -> bool:
        """Return whether ``run`` uses no service for a message without files: a request that sends one may run it."""
        ...

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        """Answer ``turn``, event by event."""
        ...


class BotCatalogue(Protocol):
    """The published bots."""

    def get(self, bot_id: str) -> Bot:
        """Return a bot.

        Raises
        ------
        NotFoundError
            If the bot does not exist.
        """
        ...

    def list_bots(self) -> tuple[BotSummary, ...]:
        """Return all bots, sorted by id."""
        ...


class ProgramStore(Protocol):
    """The compiled programs of bots. A stored program never changes."""

    def read(self, key: str) -> str:
        """Return the text of a program.

        Raises
        ------
        ProgramNotFoundError
            If no program has this key.
        UnavailableError
            If the store does not answer.
        """
        ...


class JournalStorage(Protocol):
    """Durable storage of the replay journal of one turn, with which a retry repeats no completed side effect."""

    def read(self) -> bytes:
        """Return the content of the last write, empty before the first one.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def write(self, content: bytes) -> None:
        """Replace the content.

        Raises
        ------
        UnavailableError
            If the store does not answer, or if another run of the turn has a lease on the journal: the first write of
            a run takes it until the run must be over. Also if another run has written since this one has read, or the
            conversation is gone.
        """
        ...

    @property
    def is_over(self) -> bool:
        """Whether this run must be over, so that another one may have effects. Needs no request."""
        ...

    def is_superseded(self) -> bool:
        """Return whether another run has written since this one has read.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...


class MemoryStore(Protocol):
    """What bots remember beyond one conversation."""

    def recall(self, key: MemoryKey) -> JsonValue:
        """Return a value, None if it is not set.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def list_by_owner(self, owner: str, *, limit: int, after: MemoryKey | None = None) -> Page[Memory]:
        """Return a page of what all bots remember about a user, in a stable order.

        Parameters
        ----------
        owner
            ``Principal.owner`` of the user.
        limit
            Maximum number of memories; the page has fewer if they are large, but at least one if any is left.
        after
            Start after this key, which need not exist any more.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def remember(self, values: Mapping[MemoryKey, JsonValue]) -> None:
        """Set values, all or none, replacing earlier ones.

        Raises
        ------
        UnavailableError
            If the store does not answer; a retry is safe.
        """
        ...
