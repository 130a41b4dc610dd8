"""``BotServers`` over HTTP: one signed POST request for each try of a turn."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from http import HTTPStatus

from conversations.adapters.background import Abort, read_in_background
from conversations.adapters.bot_servers.answers import read_json
from conversations.adapters.bot_servers.event_stream import read_event_stream
from conversations.adapters.http_retries import is_temporary, parse_retry_after
from conversations.adapters.streaming_request import (
    ConnectionBrokenError,
    RequestRefusedError,
    StreamedResponse,
    StreamingClient,
)
from conversations.contract.bot_server import MAX_ANSWER_BYTES
from conversations.data_classes import dataclass
from conversations.domain.bot_server import (
    BotServer,
    ServerAnswerError,
    ServerEvent,
    ServerRequest,
    ServerUnavailableError,
    ServerWaiting,
)
from conversations.domain.errors import NotFoundError
from conversations.domain.turn_time import WAITING_SECONDS
from conversations.domain.webhook_signature import InvalidSecretError, parse_secret, sign
from conversations.ports.secrets import SecretReader

_JSON, _EVENT_STREAM = "application/json", "text/event-stream"


@dataclass(frozen=True, slots=True)
class HttpBotServers:
    """``BotServers``.

    Attributes
    ----------
    client
        Makes the requests.
    secrets
        The secrets that sign them.
    now
        Returns the seconds since 1970.
    """

    client: StreamingClient
    secrets: SecretReader
    now: Callable[[], float] = time.time

    def ask(self, server: BotServer, request: ServerRequest) -> Iterator[ServerEvent]:
        """Send a turn to a server; see ``BotServers.ask``."""
        headers = {"Content-Type": _JSON, "Accept": f"{_EVENT_STREAM}, {_JSON}", **self._sign(server, request)}

        def start(abort: Abort) -> Iterator[ServerEvent]:
            responses = self.client.post(server.url, headers, request.body, seconds=request.seconds, abort=abort)
            with closing(responses):
                for response in responses:
                    yield from _read_answer(response)

        try:
            events = read_in_background(start, seconds=request.seconds, waiting_seconds=WAITING_SECONDS)
            with closing(events):
                for event in events:
                    yield ServerWaiting() if event is None else event
        except (ConnectionBrokenError, TimeoutError) as error:
            raise ServerUnavailableError(str(error)) from error
        except RequestRefusedError as error:
            raise ServerAnswerError(str(error)) from error

    def _sign(self, server: BotServer, request: ServerRequest) -> Mapping[str, str]:
        try:
            keys = [parse_secret(self.secrets.get(reference)) for reference in server.secrets]
        except (NotFoundError, InvalidSecretError) as error:
            raise ServerAnswerError(f"a secret is missing or invalid: {error}") from None
        return sign(request.id, int(self.now()), request.body, keys)


def _read_answer(response: StreamedResponse) -> Iterator[ServerEvent]:
    _check_status(response)
    if response.status == HTTPStatus.NO_CONTENT:
        return read_json(b'{"messages":[]}')
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    chunks = _limit_size(response.chunks)
    if media_type == _EVENT_STREAM:
        return read_event_stream(chunks)
    if media_type == _JSON:
        return _read_json(response, b"".join(chunks))
    if not media_type:
        # Also what is left of headers that were cut.
        raise ServerUnavailableError("the answer has no content type")
    raise ServerAnswerError(f"the answer is neither {_JSON} nor {_EVENT_STREAM}")


def _read_json(response: StreamedResponse, body: bytes) -> Iterator[ServerEvent]:
    try:
        yield from read_json(body)
    except ServerAnswerError as error:
        if response.headers.keys() & {"content-length", "transfer-encoding"}:
            raise
        # The end of the connection is the end of the body, so it may have been cut.
        raise ServerUnavailableError(str(error)) from error


def _check_status(response: StreamedResponse) -> None:
    status = response.status
    if is_temporary(status):
        wait_seconds = parse_retry_after(response.headers.get("retry-after", ""))
        raise ServerUnavailableError(f"the server responded with {status}", wait_seconds=wait_seconds)
    # safeguard: bot-server-redirect
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise ServerAnswerError(f"the server responded with {status}")


def _limit_size(chunks: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        # safeguard: bot-server-answer-size
        if size > MAX_ANSWER_BYTES:
            raise ServerAnswerError(f"the answer is larger than {MAX_ANSWER_BYTES // 1024} KB")
        yield chunk
