"""The hashes of the bots' webhook secrets, in the table ``bots``.

======  ====================  ================================================================================
Item    ``id``                Content
======  ====================  ================================================================================
Secret  ``<bot id>#webhook``  ``secret_hash``. Until a new one is set, the hash of a secret from before this item
                              is the attribute ``webhook_secret_hash`` of the bot's item
======  ====================  ================================================================================

Anybody can call a webhook with a guessed secret, so a guess reads only this small item, and each process reads it once
in some seconds: guesses cost almost nothing and do not use up the read throughput of the bot's item.
"""

from dataclasses import field
from typing import TYPE_CHECKING

from cachetools import TTLCache

from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.bot_catalogue import CACHE_SECONDS
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.data_classes import dataclass
from conversations.domain.errors import NotFoundError
from conversations.ports.webhooks import WebhookSecrets

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MAX_CACHED_SECRETS = 1_000


def _new_cache() -> TTLCache[str, str | None]:
    return TTLCache(_MAX_CACHED_SECRETS, CACHE_SECONDS)


@dataclass(frozen=True, slots=True)
class DynamoDBWebhookSecrets(WebhookSecrets):
    """``WebhookSecrets`` on the table ``bots``."""

    client: "DynamoDBClient"
    table: str
    _cache: TTLCache[str, str | None] = field(default_factory=_new_cache)

    def get_hash(self, bot_id: str) -> str | None:
        """Return the hash of a bot's secret; see ``WebhookSecrets.get_hash``."""
        if bot_id not in self._cache:
            self._cache[bot_id] = self._read(bot_id)
        return self._cache[bot_id]

    def set_hash(self, bot_id: str, secret_hash: str) -> None:
        """Store the hash of a bot's new secret; within ``CACHE_SECONDS`` it replaces the previous one everywhere.

        Raises
        ------
        NotFoundError
            If the bot does not exist.
        UnavailableError
            If the table does not answer.
        """
        secret = _build_key(bot_id) | {"secret_hash": secret_hash}
        bot = {
            "TableName": self.table,
            "Key": serialize({"id": bot_id}),
            "UpdateExpression": "REMOVE webhook_secret_hash",
            "ConditionExpression": "attribute_exists(id)",
        }
        put = {"TableName": self.table, "Item": serialize(secret)}
        try:
            transactions.write(self.client, [{"Update": bot}, {"Put": put}])
        except ConditionsFailedError as conflict:
            raise NotFoundError("The bot does not exist.") from conflict
        self._cache.pop(bot_id, None)

    def _read(self, bot_id: str) -> str | None:
        secret = items.read_item(self.client, self.table, _build_key(bot_id), consistent=False)
        if secret is not None:
            return str(secret["secret_hash"])
        bot = items.read_item(self.client, self.table, {"id": bot_id}, consistent=False)
        return None if bot is None else bot.get("webhook_secret_hash")


def _build_key(bot_id: str) -> Item:
    return {"id": f"{bot_id}#webhook"}
