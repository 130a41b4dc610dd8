"""The use case of webhooks."""

from conversations.adapters.dynamodb.webhook_secrets import DynamoDBWebhookSecrets
from conversations.adapters.dynamodb.webhook_store import DynamoDBWebhookJournalStorage, DynamoDBWebhookStore
from conversations.bootstrap.basic_engine import build_script_services
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.knowledge import word_search
from conversations.bootstrap.once import once
from conversations.bootstrap.stores import bot_catalogue
from conversations.config import settings
from conversations.engines.basic.webhooks import BasicWebhookRunner
from conversations.services.webhooks import WebhookService


@once
def webhook_service() -> WebhookService:
    """Return the use case of webhooks."""
    client, table = dynamodb(), settings().bot_data_table
    secrets = DynamoDBWebhookSecrets(client, settings().bots_table)
    runner = BasicWebhookRunner(
        services=build_script_services(word_search()),
        journal=lambda request: DynamoDBWebhookJournalStorage(client, table, request),
    )
    return WebhookService(
        secrets=secrets, bots=bot_catalogue(), scripts=runner, store=DynamoDBWebhookStore(client, table)
    )
