"""The engine of webhook bots, with the circuits of the servers that this process has called."""

from conversations.adapters.bot_servers.client import HttpBotServers
from conversations.bootstrap.endpoints import secret_values, streaming_client
from conversations.bootstrap.once import once
from conversations.engines.webhook_bot.engine import WebhookBotEngine


@once
def webhook_bot_engine() -> WebhookBotEngine:
    """Return the engine of bots that their authors' servers answer for."""
    return WebhookBotEngine(HttpBotServers(streaming_client(), secret_values()))
