"""Webhooks: another system asks a bot's script, and gets what the script answers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from conversations.domain.errors import ConversationsError
from conversations.domain.memory import MemoryKey

IDEMPOTENCY_SECONDS = 24 * 60 * 60
"""How long a delivery with an ``Idempotency-Key`` is known again: as long as a ``client_message_id`` (contract, 4)."""


class ScriptFailedError(ConversationsError):
    """A script broke, or its result is none. The text is for the bot's author: it goes to the log and nowhere else."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One delivery.

    Attributes
    ----------
    bot_id
        Whose webhook.
    name
        Which one.
    method
        The method of the request.
    params
        The query string: texts, or an array of texts where a name is repeated.
    headers
        By their names in lower case, with ``_`` for ``-``; the secret is not among them.
    body
        What was sent: JSON, a form's fields, a text, or None.
    delivery_id
        Names the delivery.
    repeatable
        Whether the sender gave the name, and gives it again when it tries again.
    now
        When it came.
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
        """What the delivery is kept under: of one length, and nothing that a sender could choose."""
        return hashlib.sha256(f"{self.name}\n{self.delivery_id}".encode()).hexdigest()

    @property
    def turn_id(self) -> str:
        """What names the turn that answers it, also when it is run again."""
        return f"{self.bot_id}:webhook:{self.key[:32]}"

    @property
    def fingerprint(self) -> str:
        """What is the same for the same content and for no other. A retry may have other headers."""
        text = json.dumps([self.method, self.params, self.body], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    """What the other system is told.

    Attributes
    ----------
    status
        The status, 200 to 599.
    body
        The text; empty with 204.
    headers
        All there are, the content type among them.
    """

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WebhookResult:
    """What a script made of a delivery: its answer, and what it wants to be remembered."""

    answer: WebhookResponse
    memories: Mapping[MemoryKey, JsonValue] = field(default_factory=dict)
