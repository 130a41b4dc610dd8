"""A bot, and the protocol every engine speaks."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints

from conversations.domain.entity import Entity
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
