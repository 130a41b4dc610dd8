"""An abuser and a bystander on a running stack: the bystander is refused nothing, and gets every answer."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as connect_socket

from conversations.domain.limits import ACTIONS, LIST
from conversations.services.sockets import MAX_CONNECTIONS
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.connection import TIMEOUT_SECONDS, Connection

THREADS = 16
BYSTANDER_REQUESTS = 20
"""Below every rate limit."""


@contextmanager
def abuse(run: Callable[[], None], threads: int = THREADS) -> Iterator[None]:
    """Run something over and over in many threads, during the block."""
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            run()

    pool = [threading.Thread(target=loop, daemon=True) for _ in range(threads)]
    for thread in pool:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in pool:
            thread.join(TIMEOUT_SECONDS)


def use_product(api: httpx.Client, connection: Connection) -> None:
    """Do what a user does; every request is accepted, and every message is answered."""
    for number in range(BYSTANDER_REQUESTS):
        assert api.get("/conversations").status_code == 200
        if number % 4 == 0:
            connection.send_message(f"Hello {number}")
            connection.receive_answer()
            connection.send(type="ping")
            connection.receive_until(type="status", status="pong")


@pytest.mark.parametrize(
    ("method", "path", "limit"), [("GET", "/conversations", LIST.limit), ("POST", "/tickets", ACTIONS.limit)]
)
def test_flood_over_rest_affects_no_other_user(  # noqa: PLR0913, PLR0917 - fixtures
    stack: Stack,
    create_user: Callable[..., str],
    other_users_api: httpx.Client,
    connect: OpenConnection,
    token: str,
    method: str,
    path: str,
    limit: int,
) -> None:
    statuses: Counter[int] = Counter()
    headers = {"Authorization": f"Bearer {create_user()}"}
    started_at = time.monotonic()
    with (
        httpx.Client(base_url=stack["api_url"], headers=headers, timeout=TIMEOUT_SECONDS) as abuser,
        connect(token=token) as (connection, _),
        abuse(lambda: statuses.update([abuser.request(method, path).status_code])),
    ):
        use_product(other_users_api, connection)

    minutes = int((time.monotonic() - started_at) / 60) + 1
    assert 0 < statuses[200] <= limit * minutes
    assert statuses[429] > limit
    assert statuses.keys() == {200, 429}


@pytest.mark.parametrize(
    "frame",
    [{"type": "ping"}, {"type": "ping", "more": 1}, {"type": "nothing"}, {"type": "message"}, {"type": "resume"}],
    ids=["ping", "invalid ping", "unknown", "invalid message", "invalid resume"],
)
def test_flood_of_frames_is_closed_and_affects_no_other_user(
    stack: Stack, other_users_api: httpx.Client, connect: OpenConnection, token: str, frame: dict[str, object]
) -> None:
    received: list[dict[str, object]] = []

    def flood() -> None:
        with (
            connect_socket(stack["ws_url"], ping_interval=None, open_timeout=TIMEOUT_SECONDS) as socket,
            suppress(ConnectionClosed),
        ):
            # One frame per answer: the emulator closes a connection only after the frames that have arrived.
            for _ in range(3_000):
                socket.send(json.dumps(frame))
                received.append(json.loads(socket.recv(timeout=TIMEOUT_SECONDS)))

    with connect(token=token) as (connection, _):
        flooding = threading.Thread(target=flood, daemon=True)
        flooding.start()
        use_product(other_users_api, connection)
        flooding.join(TIMEOUT_SECONDS)

    assert not flooding.is_alive()
    assert len(received) < 1_000
    refusals = [each for each in received if each.get("error") == "rate_limited"]
    assert "closed because it sent too many frames" in str(refusals[-1]["message"])


def test_21st_connection_closes_the_oldest(token: str, connect: OpenConnection) -> None:
    with ExitStack() as stack:
        oldest, *others = [stack.enter_context(connect(token=token))[0] for _ in range(MAX_CONNECTIONS + 1)]
        error = oldest.receive_until(type="error")
        with pytest.raises(ConnectionClosed):
            oldest.receive_all(TIMEOUT_SECONDS)

        others[-1].send_message("Hello")
        assert others[0].receive_answer()["content"]

    assert (error["error"], error["retry_after"]) == ("rate_limited", 60)
