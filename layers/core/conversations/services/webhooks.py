"""Webhooks: another system with a bot's secret asks the bot's script."""

import hmac
from dataclasses import dataclass

from conversations.domain.bot import Bot
from conversations.domain.errors import UnauthorizedError
from conversations.domain.secrets import hash_secret
from conversations.domain.webhooks import WebhookRequest, WebhookResponse
from conversations.ports.webhooks import WebhookRunner, WebhookSecrets, WebhookStore

_NOBODYS = hash_secret("")
"""What a secret is compared with where there is none: a refusal says nothing by how long it takes."""


@dataclass(frozen=True, slots=True)
class WebhookService:
    """Lets callers in, and has their deliveries answered once."""

    secrets: WebhookSecrets
    scripts: WebhookRunner
    store: WebhookStore

    def bot_of(self, bot_id: str, secret: str) -> Bot:
        """Return the bot, if the secret is that of its webhooks.

        Raises
        ------
        UnauthorizedError
            If it is not, or the bot has none, or there is no such bot. Who has no secret cannot tell one from another.
        UnavailableError
            If it cannot be known.
        """
        found = self.secrets.get_with_secret(bot_id)
        bot, kept = (None, _NOBODYS) if found is None else found
        good = hmac.compare_digest(hash_secret(secret), kept)
        if bot is None or not good or not secret:
            raise UnauthorizedError("The secret of the bot's webhooks is missing or wrong.")
        return bot

    def answer(self, bot: Bot, call: WebhookRequest) -> WebhookResponse:
        """Run the script and return its answer; a delivery that was answered gets the same again.

        Raises
        ------
        NotFoundError
            If the bot has no such webhook.
        InvalidRequestError
            If the delivery holds what no script could.
        ConflictError
            If its name was given to another content.
        ScriptFailedError
            If the script breaks. Then nothing is remembered, and a retry runs it again.
        UnavailableError
            If something does not answer, or the script takes too long; a retry is safe.
        """
        known = self.store.get_response(call) if call.repeatable else None
        return known or self.store.commit(call, self.scripts.run(bot, call))
