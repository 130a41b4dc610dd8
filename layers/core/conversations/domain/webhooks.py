"""Webhooks: another system sends a delivery to a bot's script, and gets the script's response."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from pydantic import JsonValue

from conversations.data_classes import dataclass
from conversations.domain.errors import ConversationsError
from conversations.domain.memory import MemoryKey

IDEMPOTENCY_SECONDS = 24 * 60 * 60
"""How long an idempotency key is remembered: as long as a ``client_message_id`` (contract, section 4)."""


class ScriptFailedError(ConversationsError):
    """A script failed, or its result is invalid. The text is for the bot's author and goes to the log only."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One webhook delivery.

    Attributes
    ----------
    bot_id
        The bot.
    name
        Name of the webhook.
    method
        The HTTP method.
    params
        The query string: strings, or an array of strings where a name is repeated.
    headers
        The headers by their names in lower case, with ``_`` for ``-``, without the secret.
    body
        The parsed body: JSON, the fields of a form, a text, or None.
    delivery_id
        The idempotency key, or an id of the request.
    repeatable
        Whether the sender chose the id and sends it again with a retry.
    now
        When the delivery was received.
    """

    bot_id: str
    name: str
    method: str
    params: Mapping[str, JsonValue]
    headers: Mapping[str, str]
    body: JsonValue
    delivery_id: str
    repeatable: bool
    now: datetime

    @property
    def key(self) -> str:
        """The storage key of the delivery: a hash, so that it has a fixed length and no sender can choose it."""
        return hashlib.sha256(f"{self.name}\n{self.delivery_id}".encode()).hexdigest()

    @property
    def turn_id(self) -> str:
        """The id of the turn that answers the delivery; a retry has the same id."""
        return f"{self.bot_id}:webhook:{self.key[:32]}"

    @property
    def fingerprint(self) -> str:
        """A hash of the content, to detect a reused idempotency key. The headers of a retry may differ."""
        text = json.dumps([self.method, self.params, self.body], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    """The response to the other system.

    Attributes
    ----------
    status
        The HTTP status, 200 to 599.
    body
        The body; empty with 204.
    headers
        All headers, including the content type.
    """

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WebhookResult:
    """The result of running a script for a delivery: the response, and the memories to store."""

    answer: WebhookResponse
    memories: Mapping[MemoryKey, JsonValue] = field(default_factory=dict)
