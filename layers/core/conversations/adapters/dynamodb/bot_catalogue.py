"""The table ``bots``: the published bots.

=========  ==============  =============================================================
Item       ``id``          Content
=========  ==============  =============================================================
Bot        bot's id        name, description, access, engine, program (JSON text)
Catalogue  ``#catalogue``  ``bots``: the summary of every bot, by id (JSON texts)
=========  ==============  =============================================================
"""

import json
from dataclasses import field
from threading import Lock
from typing import TYPE_CHECKING, Any

from cachetools import TTLCache

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.data_classes import dataclass
from conversations.domain.bot import Bot, BotSummary
from conversations.domain.errors import NotFoundError
from conversations.ports.bots import BotCatalogue

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CATALOGUE_KEY = {"id": "#catalogue"}

CACHE_SECONDS = 10
"""How long a warm function uses a bot that it has read: the maximum delay until a newly published one is used."""

_MAX_CACHED_BOTS = 1_000
_LIST = "list"


def build_bot_item(bot: Bot) -> Item:
    """Build the item of a bot."""
    return {
        "id": bot.id,
        "name": bot.name,
        "description": bot.description,
        "access": bot.access if isinstance(bot.access, str) else list(bot.access),
        "engine": bot.engine,
        "program": json.dumps(bot.program, ensure_ascii=False, separators=(",", ":")),
        "waits": bot.waits,
    }


def parse_bot(item: Item) -> Bot:
    """Parse a bot."""
    return Bot(
        id=item["id"],
        name=item["name"],
        description=item["description"],
        access=item["access"],
        engine=item["engine"],
        program=json.loads(item["program"]),
        # Bots that were published by earlier versions have no such attribute.
        waits=item.get("waits", False),
    )


def _new_cache() -> TTLCache[str, Bot]:
    return TTLCache(_MAX_CACHED_BOTS, CACHE_SECONDS)


@dataclass(frozen=True, slots=True)
class DynamoDBBotCatalogue(BotCatalogue):
    """``BotCatalogue`` on the table ``bots``."""

    client: "DynamoDBClient"
    table: str
    _cache: TTLCache[str, Bot] = field(default_factory=_new_cache)
    _lock: Lock = field(default_factory=Lock)
    _list_cache: TTLCache[str, tuple[BotSummary, ...]] = field(default_factory=lambda: TTLCache(1, CACHE_SECONDS))

    def get(self, bot_id: str) -> Bot:
        """Return a bot; see ``BotCatalogue.get``."""
        # Turns of several conversations may run side by side.
        with self._lock:
            bot = self._cache.get(bot_id)
        if bot is None:
            bot = self._read(bot_id)
            with self._lock:
                self._cache[bot_id] = bot
        return bot

    def list_bots(self) -> tuple[BotSummary, ...]:
        """Return all bots; see ``BotCatalogue.list_bots``."""
        # The item is up to 400 KB, and reading that is billed as 50 reads.
        bots = self._list_cache.get(_LIST)
        if bots is None:
            bots = self._list_cache[_LIST] = self._read_list()
        return bots

    def publish(self, bot: Bot) -> None:
        """Store a bot, replacing the one with its id, and its entry in the catalogue, both or neither.

        Raises
        ------
        UnavailableError
            If the table does not answer.
        """
        with service_errors():
            # Creates the catalogue for the first bot: one update cannot create a map and add to it.
            self.client.update_item(
                TableName=self.table,
                Key=serialize(_CATALOGUE_KEY),
                UpdateExpression="SET bots = if_not_exists(bots, :none)",
                ExpressionAttributeValues=serialize({":none": {}}),
            )
        entry: dict[str, Any] = {
            "TableName": self.table,
            "Key": serialize(_CATALOGUE_KEY),
            "UpdateExpression": "SET bots.#id = :summary",
            "ExpressionAttributeNames": {"#id": bot.id},
            "ExpressionAttributeValues": serialize({":summary": bot.summary().model_dump_json()}),
        }
        transactions.write(self.client, [{"Update": self._build_replacement(bot)}, {"Update": entry}])
        self._list_cache.clear()

    def unpublish(self, bot_id: str) -> None:
        """Remove a bot and its entry in the catalogue, both or neither. Its webhook secret stays.

        Raises
        ------
        NotFoundError
            If the bot does not exist.
        UnavailableError
            If the table does not answer.
        """
        delete = {
            "TableName": self.table,
            "Key": serialize({"id": bot_id}),
            "ConditionExpression": "attribute_exists(id)",
        }
        entry = {
            "TableName": self.table,
            "Key": serialize(_CATALOGUE_KEY),
            "UpdateExpression": "REMOVE bots.#id",
            "ExpressionAttributeNames": {"#id": bot_id},
        }
        try:
            transactions.write(self.client, [{"Delete": delete}, {"Update": entry}])
        except ConditionsFailedError as conflict:
            raise NotFoundError("The bot does not exist.") from conflict
        self._cache.pop(bot_id, None)
        self._list_cache.clear()

    def _read_list(self) -> tuple[BotSummary, ...]:
        item = items.read_item(self.client, self.table, _CATALOGUE_KEY, consistent=False)
        summaries = {} if item is None else item["bots"]
        return tuple(BotSummary.model_validate_json(summaries[bot_id]) for bot_id in sorted(summaries))

    def _read(self, bot_id: str) -> Bot:
        item = items.read_item(self.client, self.table, {"id": bot_id}, consistent=False)
        if item is None:
            raise NotFoundError("The bot does not exist.")
        return parse_bot(item)

    def _build_replacement(self, bot: Bot) -> dict[str, Any]:
        """Build the update that replaces a bot, except a webhook secret that its item may still have."""
        item = build_bot_item(bot)
        names = [name for name in item if name != "id"]
        return {
            "TableName": self.table,
            "Key": serialize({"id": bot.id}),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in names),
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
            "ExpressionAttributeValues": serialize({f":{name}": item[name] for name in names}),
        }
