"""Webhooks: another system with the secret of a bot's webhooks calls one of the bot's scripts."""

import hmac
from collections.abc import Callable

from conversations.data_classes import dataclass
from conversations.domain.bot import Bot, is_bot_id
from conversations.domain.errors import UnauthorizedError
from conversations.domain.secrets import hash_secret
from conversations.domain.turn_time import unlimited
from conversations.domain.webhooks import WebhookRequest, WebhookResponse
from conversations.ports.bots import BotCatalogue
from conversations.ports.webhooks import WebhookRunner, WebhookSecrets, WebhookStore

_DUMMY_HASH = hash_secret("")
"""Compared with when the bot has no secret, so that a refusal takes the same time in every case."""


@dataclass(frozen=True, slots=True)
class WebhookService:
    """Authenticates webhook deliveries and answers each one once."""

    secrets: WebhookSecrets
    bots: BotCatalogue
    scripts: WebhookRunner
    store: WebhookStore

    def authenticate(self, bot_id: str, secret: str) -> Bot:
        """Return the bot if ``secret`` is the secret of its webhooks.

        Raises
        ------
        UnauthorizedError
            If the secret is wrong, the bot has none, or the bot does not exist; a caller cannot distinguish these.
        UnavailableError
            If the store does not respond.
        """
        # What is no bot id reaches no table: it may be longer than a key.
        # safeguard: webhook-bot-id
        stored_hash = self.secrets.get_hash(bot_id) if is_bot_id(bot_id) else None
        is_secret_valid = hmac.compare_digest(hash_secret(secret), stored_hash or _DUMMY_HASH)
        if stored_hash is None or not is_secret_valid or not secret:
            raise UnauthorizedError("The webhook secret is missing or invalid.")
        return self.bots.get(bot_id)

    def answer(self, bot: Bot, call: WebhookRequest, time_left: Callable[[], float] = unlimited) -> WebhookResponse:
        """Run the script and return its response; a delivery that was answered before gets the stored response.

        Raises
        ------
        NotFoundError
            If the bot has no such webhook.
        InvalidRequestError
            If the delivery contains values that a script cannot hold.
        ConflictError
            If its idempotency key was used with other content.
        ScriptFailedError
            If the script fails. Then nothing is stored, and a retry runs it again.
        UnavailableError
            If a service does not respond, or the script times out; a retry is safe.
        """
        stored_response = self.store.get_response(call) if call.repeatable else None
        return stored_response or self.store.commit(call, self.scripts.run(bot, call, time_left))
