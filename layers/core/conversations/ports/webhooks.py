"""Webhooks."""

from typing import Protocol

from conversations.domain.bot import Bot
from conversations.domain.webhooks import WebhookRequest, WebhookResponse, WebhookResult


class WebhookSecrets(Protocol):
    """Who may call a bot's webhooks."""

    def get_with_secret(self, bot_id: str) -> tuple[Bot, str] | None:
        """Return a bot and the hash of its webhooks' secret, as it is now; None if there is no bot or it has none.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...


class WebhookRunner(Protocol):
    """The scripts behind webhooks."""

    def run(self, bot: Bot, call: WebhookRequest) -> WebhookResult:
        """Run the bot's script of that name. Nothing is remembered yet.

        Raises
        ------
        NotFoundError
            If the bot has no such webhook.
        InvalidRequestError
            If the delivery holds what no script could.
        ScriptFailedError
            If the script breaks, or its result is none.
        UnavailableError
            If it takes too long, or something it needs does not answer.
        """
        ...


class WebhookStore(Protocol):
    """What became of deliveries."""

    def answered(self, call: WebhookRequest) -> WebhookResponse | None:
        """Return what a delivery was answered with, None if it was not.

        Raises
        ------
        ConflictError
            If its name was given to another content.
        UnavailableError
            If the store does not answer.
        """
        ...

    def commit(self, call: WebhookRequest, turn: WebhookResult) -> WebhookResponse:
        """Keep the answer and what is to be remembered, all or nothing, and return the answer.

        That of somebody else who was first stands, and is returned. What came without a name of its own is not known
        again, so its answer is not kept.

        Raises
        ------
        ConflictError
            If the delivery's name was given to another content.
        UnavailableError
            If the store does not answer; a retry is safe.
        """
        ...
