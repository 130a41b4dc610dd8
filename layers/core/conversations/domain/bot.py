"""A bot, and the protocol every engine speaks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, Protocol

from pydantic import Field, JsonValue, StringConstraints

from conversations.domain.entity import Entity
from conversations.domain.message import Message, Suggestion, Utterance
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
    owner
        ``Principal.owner`` of whom the bot talks to.
    anonymous
        Whether that is a visitor, of whom nothing is kept but the conversation.
    groups
        What the token said the user belongs to when the message was sent, or when the conversation began.
    now
        When the message was said, or when the conversation began: the same when the turn is run again.
    """

    bot: Bot
    session_id: str
    message: Message | None
    state: DialogState
    history: Callable[[int], Sequence[Message]]
    owner: str
    anonymous: bool
    groups: frozenset[str]
    now: datetime

    @property
    def id(self) -> str:
        """What names the turn, also when it is run again."""
        return turn_id(self.session_id, self.message)


def turn_id(session_id: str, message: Message | None) -> str:
    """Return what names the turn that answers a message, or with None the one in which the bot speaks first."""
    return f"{session_id}:{'open' if message is None else message.id}"


@dataclass(frozen=True, slots=True)
class Say:
    """The bot says something."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Redact:
    """What the user said is not to be kept: this stands in its place from now on."""

    content: str


@dataclass(frozen=True, slots=True)
class Offer:
    """The bot says nothing, but there are other quick replies now. They are not stored: the next message has them."""

    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """What follows is told that many seconds later, though it is stored with the turn."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Remember:
    """The state for the next turn; the last one of a turn counts."""

    state: DialogState = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Memorise:
    """Something for all conversations of the bot, or for all of the user with it."""

    scope: Literal["bot", "user"]
    name: str
    value: JsonValue


TurnEvent = Say | Redact | Offer | Pause | Remember | Memorise


class BotEngine(Protocol):
    """Runs bots of one kind.

    A turn must be pure until it is over: nothing outside may change that a second run of the same turn would change
    again, because a turn that was cut is run anew.
    """

    def hides(self, turn: Turn) -> bool:
        """Tell whether ``run`` may redact what was said, so that nobody is shown it before the turn is over."""
        ...

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        """Answer ``turn``, event by event."""
        ...
