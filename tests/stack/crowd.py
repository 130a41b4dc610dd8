"""Clients that send over both transports, whatever happens to the stack meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from general_bots_conversations import AsyncClient, AsyncConversation, Timing
from tests.stack.connection import Frame

_RETRY_SECONDS = (0.5, 1.5)
_TIMING = Timing(ack_timeout=6, resume_timeout=6, connect_timeout=8, initial_backoff=0.5, max_backoff=2.5)
_SHOWN = ("id", "seq", "sender", "content", "timestamp")


@dataclass(slots=True)
class Device:
    """A device of a user: the Python client, and requests that another program of the user sends.

    Attributes
    ----------
    name
        Part of every ``client_message_id`` of a request.
    conversation
        The conversation that it shows.
    rest
        The same user over REST.
    acknowledged
        The acknowledgements, by ``client_message_id``.
    """

    name: str
    conversation: AsyncConversation
    rest: httpx.AsyncClient
    acknowledged: dict[str, Frame] = field(default_factory=dict)

    async def send_all(self, contents: Sequence[str]) -> None:
        """Send the messages one after the other, each until it is acknowledged."""
        for number, content in enumerate(contents):
            if random.random() < 0.3:
                await self._send_over_rest(content, f"{self.name}-{number}")
            else:
                await self._send(content)
            await asyncio.sleep(random.uniform(0, 1))

    async def catch_up(self, count: int) -> None:
        """Wait until it shows a number of messages, and knows that there are no more."""
        await self.conversation.wait_until(lambda it: it.status == "live" and len(it.messages) >= count)

    def list_shown(self) -> list[Frame]:
        """Return the messages it shows, in order."""
        return [{name: getattr(message, name) for name in _SHOWN} for message in self.conversation.messages]

    async def _send(self, content: str) -> None:
        message = await self.conversation.delivered(self.conversation.send(content))
        receipt = {"message_id": message.id, "seq": message.seq, "timestamp": message.timestamp}
        self.acknowledged[str(message.client_message_id)] = receipt

    async def _send_over_rest(self, content: str, key: str) -> None:
        path, body = f"/conversations/{self.conversation.id}/messages", {"content": content, "client_message_id": key}
        while True:
            with suppress(httpx.HTTPError):
                answer = await self.rest.post(path, json=body)
                if answer.status_code == 200:
                    receipt: dict[str, Any] = answer.json()
                    self.acknowledged[key] = {name: receipt[name] for name in ("message_id", "seq", "timestamp")}
                    return
                # API Gateway responds 5xx if a function was killed; a client retries.
                assert answer.status_code == 429 or answer.status_code >= 500, answer.text
                await asyncio.sleep(float(answer.headers.get("Retry-After", 0)))
            await asyncio.sleep(random.uniform(*_RETRY_SECONDS))


@asynccontextmanager
async def open_device(
    name: str, stack: dict[str, Any], rest: httpx.AsyncClient, token: str, conversation: str
) -> AsyncIterator[Device]:
    """Open a device that shows a conversation."""
    urls = {"api_url": stack["api_url"], "ws_url": stack["ws_url"]}
    async with AsyncClient(**urls, token=token, timing=_TIMING) as client:
        yield Device(name, client.conversation(conversation), rest)
