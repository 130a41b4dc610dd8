"""The published program of a webhook bot."""

from typing import Annotated

from pydantic import Field, JsonValue

from conversations.domain.bot_server import BotServer
from conversations.domain.entity import Entity


class Program(Entity):
    """The content of ``Bot.program``: the settings of its ``config.csv``."""

    url: str
    secrets: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)] = Field(
        description="references to the secrets that sign requests, the current one first"
    )
    history_limit: int = Field(description="how many earlier messages a request has at most")
    welcome: str = Field(default="", description="the greeting; empty if the server sends it")
    fallback: str = Field(description="the answer if the server does not answer")
    error: str = Field(description="the answer if the server's answer is invalid, or if it refuses the turn")

    @property
    def server(self) -> BotServer:
        """The server that answers."""
        return BotServer(self.url, self.secrets)


def parse_program(program: dict[str, JsonValue]) -> Program:
    """Parse ``Bot.program``.

    Raises
    ------
    pydantic.ValidationError
        If it is not the program of a webhook bot.
    """
    return Program.model_validate(program)
