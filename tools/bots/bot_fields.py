"""The fields of a bot that its configuration sets."""

import csv
from collections.abc import Mapping
from io import StringIO
from typing import Any

from basic import bot_server_config, config, embedding_config, model_config
from conversations.domain.bot import Bot


def build_bot(bot_id: str, engine: str, configuration: Mapping[str, str]) -> Bot:
    """Build a bot without its program.

    Raises
    ------
    pydantic.ValidationError
        If a value is invalid.
    """
    fields: dict[str, Any] = {
        "name": configuration.get(config.NAME, bot_id),
        "description": configuration.get(config.DESCRIPTION, ""),
        "access": _parse_access(configuration.get(config.ACCESS, "public")),
    }
    waits = (
        model_config.has_model(configuration)
        or embedding_config.has_embedding(configuration)
        or bot_server_config.has_bot_server(configuration)
    )
    return Bot(id=bot_id, engine=engine, program={}, waits=waits, **fields)


def _parse_access(value: str) -> str | tuple[str, ...]:
    if value.lower() in ("public", "users"):
        return value.lower()
    return tuple(group.strip() for group in value.split(",") if group.strip())


def format_config(configuration: Mapping[str, str]) -> str:
    """Return a configuration as the text of ``config.csv``, sorted, with the values that are published only."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("name", "value"), *sorted(configuration.items())])
    return text.getvalue()
