"""The use case of webhooks."""

from basic.http.client import HttpClient
from conversations.adapters.dynamodb.webhook_secrets import DynamoDBWebhookSecrets
from conversations.adapters.dynamodb.webhook_store import DynamoDBWebhookJournalStorage, DynamoDBWebhookStore
from conversations.bootstrap.basic_engine import file_links, memory_store, programs, table_store
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.drive import drive_store
from conversations.bootstrap.knowledge import word_search
from conversations.bootstrap.mail import mailer
from conversations.bootstrap.once import once
from conversations.bootstrap.owned_rows import owned_row_store
from conversations.bootstrap.stores import bot_catalogue
from conversations.bootstrap.talk import talk_service
from conversations.config import settings
from conversations.engines.basic.webhooks import BasicWebhookRunner
from conversations.services.webhooks import WebhookService


@once
def webhook_service() -> WebhookService:
    """Return the use case of webhooks."""
    client, table = dynamodb(), settings().bot_data_table
    secrets = DynamoDBWebhookSecrets(client, settings().bots_table)
    runner = BasicWebhookRunner(
        programs=programs(),
        tables=table_store,
        memories=memory_store(),
        journal=lambda request: DynamoDBWebhookJournalStorage(client, table, request),
        drive=drive_store(),
        links=file_links(),
        owned_rows=owned_row_store(),
        talker=talk_service(),
        client=HttpClient(),
        knowledge=word_search(),
        mailer=mailer(),
    )
    return WebhookService(
        secrets=secrets, bots=bot_catalogue(), scripts=runner, store=DynamoDBWebhookStore(client, table)
    )
