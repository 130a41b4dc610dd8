"""A bot as it is published."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints

from conversations.domain.entity import Entity
from conversations.domain.principal import Principal

DialogState = Mapping[str, JsonValue]
"""The state an engine saves between two turns of a conversation: a JSON object whose size the engine limits."""


AnswerSchema = Mapping[str, JsonValue]
"""JSON Schema (2020-12) of the answer that a bot waits for."""

BOT_ID_PATTERN = "^[a-z0-9][a-z0-9-]{0,62}$"
"""Valid bot ids. Keys are joined with ``#``, so an id that contained one could read the data of another user."""


def is_bot_id(text: str) -> bool:
    """Return whether a text is a valid bot id."""
    return re.fullmatch(BOT_ID_PATTERN, text) is not None and not text.endswith("\n")


BotId = Annotated[str, StringConstraints(pattern=BOT_ID_PATTERN)]


class BotSummary(Entity):
    """What clients see of a bot, and who may talk to it."""

    id: BotId
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    description: str = ""
    access: Literal["public", "users"] | tuple[str, ...] = Field(
        default="public", description="everyone, all signed-in users, or the members of any of these groups"
    )

    def allows(self, principal: Principal) -> bool:
        """Return whether ``principal`` may talk to the bot."""
        if isinstance(self.access, tuple):
            return not principal.groups.isdisjoint(self.access)
        return self.access == "public" or not principal.anonymous


class Bot(BotSummary):
    """A published bot with its program."""

    engine: str = Field(description="name of the engine that runs the program")
    program: dict[str, JsonValue] = Field(description="what the engine runs; its shape is known to the engine only")
    waits: bool = Field(
        default=False, description="whether its turns wait for a language model or another service, most of their time"
    )

    def summary(self) -> BotSummary:
        """Return the bot without its engine and program."""
        return BotSummary.model_validate(self.model_dump(include=set(BotSummary.model_fields)))
