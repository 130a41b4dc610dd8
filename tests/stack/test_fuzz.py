"""A stack conforms to its documents, whatever a client sends: a short run of ``make fuzz``."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from tests.stack.conftest import Stack
from tests.stack.connection import TIMEOUT_SECONDS, Connection, Frame, open_connection
from tests.stack.documents import OPENAPI, ROOT
from tests.stack.fuzz.frames import FRAMES
from tests.stack.fuzz.targets import METHODS, TARGETS, send_request
from tests.stack.users import sign_up

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES") or "3")
EXAMPLES_OF_FRAMES = int(os.environ.get("FUZZ_FRAMES") or "150")
SEED = int(os.environ.get("FUZZ_SEED") or "0")
CONFIG = Path(__file__).parent / "fuzz/schemathesis.toml"

LARGEST_FRAME = 32 * 1024
MESSAGES_PER_SOCKET = 45
"""Below the limit of a user, so that few responses are ``rate_limited``."""

"""How long a response may take."""

ANSWERS = {"delivered", "pong", "expired"}


# ---------------------------------------------------------------------------------------------- REST
def test_rest_conforms_to_openapi_document(stack: Stack, tmp_path: Path) -> None:
    counted = tmp_path / "statuses.json"
    stack_file = tmp_path / "stack.json"
    stack_file.write_text(json.dumps(stack))
    code = "import sys; from schemathesis.cli import schemathesis; schemathesis(prog_name='st')"
    options = ["--url", stack["api_url"], "--max-examples", str(EXAMPLES), "--seed", str(SEED)]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "layers/core", ROOT / "functions"))),
        "STACK_JSON": str(stack_file),
        "FUZZ_STATUSES": str(counted),
    }

    run = subprocess.run(
        [sys.executable, "-c", code, "--config-file", CONFIG, "run", OPENAPI, *options],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    statuses = {int(status): count for status, count in json.loads(counted.read_text()).items()}
    print(run.stdout, statuses)  # noqa: T201 - for `make fuzz`, which shows it
    assert max(statuses) < 500
    assert statuses.get(429, 0) < sum(statuses.values()) / 8, f"too much was refused to mean anything: {statuses}"
    assert statuses[200] > sum(statuses.values()) / 20, f"too little was accepted to mean anything: {statuses}"


def test_no_target_leaves_the_api(stack: Stack) -> None:
    if "pids" not in stack:
        pytest.skip("the targets are those of the local front door")
    statuses: Counter[int] = Counter()

    @seed(SEED)
    @settings(max_examples=EXAMPLES_OF_FRAMES, database=None, suppress_health_check=list(HealthCheck))
    @given(method=METHODS, target=TARGETS)
    def check_target(*, method: str, target: str) -> None:
        status, kind, body = send_request(stack["base_url"], method, target)
        statuses[status] += 1
        if status == 200:
            assert body in (b'{"status":"ok"}', b""), "only the health check needs no token"
        elif status != 204:
            assert status < 500
            assert kind == "application/problem+json"
            assert method == "HEAD" or json.loads(body)["error"]

    check_target()

    print(dict(statuses))  # noqa: T201 - for `make fuzz`, which shows it


# ---------------------------------------------------------------------------------------------- WebSocket
def _receive_response(connection: Connection) -> Frame:
    """Return the frame that responds; messages of the bot are skipped."""
    while True:
        frame = connection.receive(TIMEOUT_SECONDS)
        if frame["type"] == "error" or frame.get("status") in ANSWERS:
            return frame


class FuzzSession:
    """A client that sends any frame, on a new connection after some messages."""

    def __init__(self, stack: Stack, *, signed_in: bool) -> None:
        self._stack, self._signed_in = stack, signed_in
        self._sockets = ExitStack()
        self._device: Connection | None = None
        self._said = 0
        self._since = 0.0

    def send(self, frame: str) -> Frame:
        """Send a frame and return the response."""
        connection = self._get_connection()
        try:
            connection.socket.send(frame)
            self._said += 1
            return _receive_response(connection)
        except (TimeoutError, ConnectionClosed):
            self.close()  # so that the next attempt shows whether the frame or the connection was the reason
            raise

    def close(self) -> None:
        self._sockets.close()
        self._device = None

    def _get_connection(self) -> Connection:
        # Anonymous connections are limited per address: at most a new one every ten seconds.
        worn = self._said >= MESSAGES_PER_SOCKET and (self._signed_in or time.monotonic() - self._since > 10)
        if self._device is None or worn:
            self.close()
            token = sign_up(self._stack) if self._signed_in else None
            self._device, _ = self._sockets.enter_context(open_connection(self._stack["ws_url"], token=token))
            self._said, self._since = 0, time.monotonic()
        return self._device


@pytest.fixture
def sessions(stack: Stack) -> Iterator[dict[bool, FuzzSession]]:
    everybody = {signed_in: FuzzSession(stack, signed_in=signed_in) for signed_in in (True, False)}
    yield everybody
    for talker in everybody.values():
        talker.close()


def test_websocket_responds_to_any_frame_and_stays_open(sessions: dict[bool, FuzzSession]) -> None:
    answers: Counter[str] = Counter()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES_OF_FRAMES,
        database=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(signed_in=st.sampled_from([True, True, True, False]), frame=FRAMES)
    def check_frame(*, signed_in: bool, frame: str) -> None:
        if len(frame.encode()) > LARGEST_FRAME:
            return
        answer = sessions[signed_in].send(frame)
        answers[answer.get("status") or answer["error"]] += 1
        assert answer.get("error") not in ("internal", "unavailable", "unauthorized"), answer

    check_frame()

    print(dict(answers))  # noqa: T201 - for `make fuzz`, which shows it
    assert answers["rate_limited"] < answers.total() / 5, answers
    assert answers["delivered"] >= answers.total() / 50, answers
