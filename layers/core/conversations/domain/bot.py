"""A bot, and the protocol every engine speaks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, Protocol

from pydantic import Field, JsonValue, StringConstraints

from conversations.domain.entity import Entity
from conversations.domain.message import Message, Utterance
from conversations.domain.principal import Principal

DialogState = Mapping[str, JsonValue]
"""What an engine remembers of a conversation between two turns: a JSON object, bounded by the engine."""


BOT_ID_PATTERN = "^[a-z0-9][a-z0-9-]{0,62}$"
"""What a bot may be called. Keys are joined with ``#``, so a name that held one could reach into somebody else's."""

BotId = Annotated[str, StringConstraints(pattern=BOT_ID_PATTERN)]


class BotSummary(Entity):
    """What people are told about a bot, and who may talk to it."""

    id: BotId
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    description: str = ""
    access: Literal["public", "users"] | tuple[str, ...] = Field(
        default="public", description="everybody, whoever is signed in, or the members of any of these groups"
    )

    def allows(self, principal: Principal) -> bool:
        """Tell whether ``principal`` may talk to the bot."""
        if isinstance(self.access, tuple):
            return not principal.groups.isdisjoint(self.access)
        return self.access == "public" or not principal.anonymous


class Bot(BotSummary):
    """Something that answers."""

    engine: str = Field(description="name of the engine that runs the program")
    program: dict[str, JsonValue] = Field(description="what the engine runs; only the engine knows its shape")

    def summary(self) -> BotSummary:
        """Return the bot without what it runs."""
        return BotSummary.model_validate(self.model_dump(include=set(BotSummary.model_fields)))


@dataclass(frozen=True, slots=True)
class Turn:
    """What an engine is asked to answer.

    Attributes
    ----------
    bot
        Who answers.
    session_id
        Bare id of the conversation.
    message
        What the user said, or None when the conversation has just begun and the bot may speak first.
    state
        What the engine left at the end of the turn before; empty at first.
    history
        Given a number, the newest messages of the conversation, oldest first; costs a query when called.
    """

    bot: Bot
    session_id: str
    message: Message | None
    state: DialogState
    history: Callable[[int], Sequence[Message]]


@dataclass(frozen=True, slots=True)
class Say:
    """The bot says something."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Remember:
    """The state for the next turn; the last one of a turn counts."""

    state: DialogState = field(default_factory=dict)


TurnEvent = Say | Remember


class BotEngine(Protocol):
    """Runs bots of one kind.

    A turn must be pure until it is over: nothing outside may change that a second run of the same turn would change
    again, because a turn that was cut is run anew.
    """

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        """Answer ``turn``, event by event."""
        ...
