"""Clients that send over both transports, whatever happens to the stack meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from general_bots_conversations import AsyncClient, AsyncConversation, Timing
from tests.histories.recorder import Recorder
from tests.stack.connection import TIMEOUT_SECONDS, Frame
from tests.stack.recording_proxy import RecordingProxy

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
    history
        Records its requests; the proxy that it is connected to records its frames.
    """

    name: str
    conversation: AsyncConversation
    rest: httpx.AsyncClient
    history: Recorder

    async def send_all(self, contents: Sequence[str]) -> None:
        """Send the messages one after the other, each until it is acknowledged."""
        for number, content in enumerate(contents):
            if random.random() < 0.3:
                await self._send_over_rest(content, f"{self.name}-{number}")
            else:
                await self.conversation.delivered(self.conversation.send(content))
            await asyncio.sleep(random.uniform(0, 1))

    async def catch_up(self, count: int) -> None:
        """Wait until it shows a number of messages, and knows that there are no more."""
        await self.conversation.wait_until(lambda it: it.status == "live" and len(it.messages) >= count)

    def list_shown(self) -> list[Frame]:
        """Return the messages it shows, in order."""
        return [{name: getattr(message, name) for name in _SHOWN} for message in self.conversation.messages]

    async def _send_over_rest(self, content: str, key: str) -> None:
        body = {"content": content, "client_message_id": key}
        while True:
            answer = await self.request("send_message", "POST", "/messages", json=body)
            if answer is not None and answer.status_code == 200:
                return
            # API Gateway responds 5xx if a function was killed; a client retries.
            assert answer is None or answer.status_code == 429 or answer.status_code >= 500, answer.text
            pause = 0 if answer is None else float(answer.headers.get("Retry-After", 0))
            await asyncio.sleep(pause + random.uniform(*_RETRY_SECONDS))

    async def request(self, operation: str, method: str, path: str, **fields: Any) -> httpx.Response | None:  # noqa: ANN401 - httpx's
        """Send a request about the conversation, and record it; return None if no response came."""
        known = {"conversation": self.conversation.id, "body": fields.get("json"), "query": fields.get("params")}
        record = self.history.record_request(self.name, operation, **known)
        try:
            response = await self.rest.request(method, f"/conversations/{self.conversation.id}{path}", **fields)
        except httpx.HTTPError:
            return None
        record_response(response, record)
        return response


def record_response(response: httpx.Response, record: Callable[..., None]) -> None:
    """Record a response; one that is no JSON is of the front door, whose API Gateway is being restarted."""
    try:
        record(response.status_code, response.json())
    except ValueError:
        assert response.status_code >= 500, response.text
        record(None)


@asynccontextmanager
async def open_device(
    name: str, stack: dict[str, Any], token: str, conversation: str, proxy: RecordingProxy
) -> AsyncIterator[Device]:
    """Open a device that shows a conversation, connected through a proxy."""
    headers = {"Authorization": f"Bearer {token}"}
    urls = {"api_url": stack["api_url"], "ws_url": f"{proxy.url}/{name}"}
    async with (
        httpx.AsyncClient(base_url=stack["api_url"], headers=headers, timeout=TIMEOUT_SECONDS) as rest,
        AsyncClient(**urls, token=token, timing=_TIMING) as client,
    ):
        yield Device(name, client.conversation(conversation), rest, proxy.history)
