"""Webhooks."""

from collections.abc import Callable
from typing import Protocol

from conversations.domain.bot import Bot
from conversations.domain.webhooks import WebhookRequest, WebhookResponse, WebhookResult


class WebhookSecrets(Protocol):
    """The secrets that authorize calls of bots' webhooks."""

    def get_hash(self, bot_id: str) -> str | None:
        """Return the hash of a bot's webhook secret, up to 10 seconds old. Return None if the bot or it is missing.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...


class WebhookRunner(Protocol):
    """Runs the scripts of webhooks."""

    def run(self, bot: Bot, call: WebhookRequest, time_left: Callable[[], float]) -> WebhookResult:
        """Run the bot's webhook script, as long as ``time_left`` allows. Its memories are returned, not stored.

        Raises
        ------
        NotFoundError
            If the bot has no such webhook.
        InvalidRequestError
            If the request has values that a script cannot represent.
        ScriptFailedError
            If the script fails, or its result is not a valid response.
        UnavailableError
            If the script exceeds its time, or a service it needs does not answer.
        """
        ...


class WebhookStore(Protocol):
    """The responses to webhook requests, by idempotency key."""

    def get_response(self, call: WebhookRequest) -> WebhookResponse | None:
        """Return the stored response to a request with this idempotency key, None without one.

        Raises
        ------
        ConflictError
            If the key was used for different content.
        UnavailableError
            If the store does not answer.
        """
        ...

    def commit(self, call: WebhookRequest, result: WebhookResult) -> WebhookResponse:
        """Store the response and the memories of a run atomically, and return the response.

        If a concurrent request with the same idempotency key was committed first, store nothing and return its
        response. Without an idempotency key only the memories are stored.

        Raises
        ------
        ConflictError
            If the idempotency key was used for different content.
        UnavailableError
            If the store does not answer; a retry is safe.
        """
        ...
