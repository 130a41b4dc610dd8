"""The table ``bots``: the published bots.

=========  ==============  =============================================================
Item       ``id``          what it holds
=========  ==============  =============================================================
Bot        bot's id        name, description, access, engine, program (JSON text), and
                           ``webhook_secret_hash`` if it was given a secret
Catalogue  ``#catalogue``  ``bots``: the summary of every bot, by id (JSON texts)
=========  ==============  =============================================================
"""

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.adapters.dynamodb import transactions
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.domain.bot import Bot, BotSummary
from conversations.domain.errors import NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CATALOGUE_KEY = {"id": "#catalogue"}

CACHE_SECONDS = 10
"""How long a warm function may go on with the bot it has read: so long a newly published one may take to be seen."""


def bot_item(bot: Bot) -> Item:
    """Write a bot."""
    return {
        "id": bot.id,
        "name": bot.name,
        "description": bot.description,
        "access": bot.access if isinstance(bot.access, str) else list(bot.access),
        "engine": bot.engine,
        "program": json.dumps(bot.program, ensure_ascii=False, separators=(",", ":")),
    }


def read_bot(item: Item) -> Bot:
    """Read a bot."""
    return Bot(
        id=item["id"],
        name=item["name"],
        description=item["description"],
        access=item["access"],
        engine=item["engine"],
        program=json.loads(item["program"]),
    )


@dataclass(frozen=True, slots=True)
class DynamoDBBotCatalogue:
    """``BotCatalogue``."""

    client: "DynamoDBClient"
    table: str
    _read: dict[str, tuple[float, Bot]] = field(default_factory=dict)

    def get(self, bot_id: str) -> Bot:
        """Return a bot; see ``BotCatalogue.get``."""
        known = self._read.get(bot_id)
        if known is not None and time.monotonic() - known[0] < CACHE_SECONDS:
            return known[1]
        with service_errors():
            answer = self.client.get_item(TableName=self.table, Key=serialize({"id": bot_id}))
        if "Item" not in answer:
            raise NotFoundError("There is no such bot.")
        bot = read_bot(deserialize(answer["Item"]))
        self._read[bot_id] = (time.monotonic(), bot)
        return bot

    def get_with_secret(self, bot_id: str) -> tuple[Bot, str] | None:
        """Return a bot and the hash of its webhooks' secret, as it is now; see ``WebhookSecrets.with_secret``."""
        with service_errors():
            answer = self.client.get_item(TableName=self.table, Key=serialize({"id": bot_id}), ConsistentRead=True)
        item = deserialize(answer.get("Item", {}))
        return (read_bot(item), item["webhook_secret_hash"]) if "webhook_secret_hash" in item else None

    def all(self) -> tuple[BotSummary, ...]:
        """Return all bots; see ``BotCatalogue.all``."""
        with service_errors():
            answer = self.client.get_item(TableName=self.table, Key=serialize(_CATALOGUE_KEY))
        bots = deserialize(answer["Item"])["bots"] if "Item" in answer else {}
        return tuple(BotSummary.model_validate_json(bots[bot_id]) for bot_id in sorted(bots))

    def publish(self, bot: Bot) -> None:
        """Store a bot in place of the one that had its id, and put it into the catalogue, both or neither.

        Raises
        ------
        UnavailableError
            If the table does not answer.
        """
        with service_errors():
            # Makes the catalogue at the first bot: a map cannot be made and filled in one update.
            self.client.update_item(
                TableName=self.table,
                Key=serialize(_CATALOGUE_KEY),
                UpdateExpression="SET bots = if_not_exists(bots, :none)",
                ExpressionAttributeValues=serialize({":none": {}}),
            )
        enter: dict[str, Any] = {
            "TableName": self.table,
            "Key": serialize(_CATALOGUE_KEY),
            "UpdateExpression": "SET bots.#id = :summary",
            "ExpressionAttributeNames": {"#id": bot.id},
            "ExpressionAttributeValues": serialize({":summary": bot.summary().model_dump_json()}),
        }
        transactions.write(self.client, [{"Update": self._replacement(bot)}, {"Update": enter}])

    def _replacement(self, bot: Bot) -> dict[str, Any]:
        """Return an update that replaces what is published of a bot, and leaves what the bot was given: its secret."""
        item = bot_item(bot)
        names = [name for name in item if name != "id"]
        return {
            "TableName": self.table,
            "Key": serialize({"id": bot.id}),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in names),
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
            "ExpressionAttributeValues": serialize({f":{name}": item[name] for name in names}),
        }

    def give_webhook_secret(self, bot_id: str, secret_hash: str) -> None:
        """Store the hash of a bot's new secret for webhooks; the one before is no longer good.

        Raises
        ------
        NotFoundError
            If there is no such bot.
        UnavailableError
            If the table does not answer.
        """
        try:
            with service_errors():
                self.client.update_item(
                    TableName=self.table,
                    Key=serialize({"id": bot_id}),
                    UpdateExpression="SET webhook_secret_hash = :hash",
                    ConditionExpression="attribute_exists(id)",
                    ExpressionAttributeValues=serialize({":hash": secret_hash}),
                )
        except ClientError as error:
            if get_error_code(error) == "ConditionalCheckFailedException":
                raise NotFoundError("There is no such bot.") from error
            raise
