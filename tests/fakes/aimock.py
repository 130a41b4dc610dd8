"""aimock, a public server of mock models, as an OpenAI-compatible endpoint: with latency, and answers that break.

Its Bedrock stream is one that boto3 does not read; see `tests.integration.bedrock_server`.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local.processes import find_free_ports
from tests.template import ROOT

_CLI = ROOT / "web/client/node_modules/@copilotkit/aimock/dist/cli.js"
_NODE = ROOT / ".venv/bin/node"
_START_SECONDS = 30

type Answer = Mapping[str, Any]
"""A fixture of aimock: ``match``, ``response``, and how it is streamed."""


def says(message: str, content: str, **how: object) -> Answer:
    """Return the answer to messages that contain a text.

    ``how`` is how it is streamed: ``latency`` in milliseconds between chunks, ``chunkSize`` in characters,
    ``truncateAfterChunks``, ``disconnectAfterMs``, ``chaos``.
    """
    return {"match": {"userMessage": message}, "response": {"content": content}, **how}


def calls(message: str, name: str, arguments: Mapping[str, object], result: str) -> Sequence[Answer]:
    """Return the call of a tool that answers messages with a text, and what is said after its result."""
    call = {"id": f"call_{name}", "name": name, "arguments": dict(arguments)}
    return (
        {"match": {"toolCallId": call["id"]}, "response": {"content": result}},
        {"match": {"userMessage": message, "hasToolResult": False}, "response": {"toolCalls": [call]}},
    )


@dataclass(frozen=True, slots=True)
class Aimock:
    """A running server."""

    port: int

    @property
    def url(self) -> str:
        """The base URL for ``llm-url``."""
        return f"http://127.0.0.1:{self.port}/v1"

    def set_chaos(self, **rates: float) -> None:
        """Let requests fail from now on: ``dropRate``, ``malformedRate``, ``disconnectRate``, ``rateLimitRate``."""
        status, _ = self._request("POST", "/__aimock/chaos", rates)
        assert status < 300, status

    def list_requests(self) -> list[dict[str, Any]]:
        """Return the bodies of the requests for completions, in order."""
        _, entries = self._request("GET", "/__aimock/journal?path=/v1/chat/completions")
        return [entry["body"] for entry in entries]

    def is_ready(self) -> bool:
        """Return whether it accepts requests."""
        try:
            return self._request("GET", "/__aimock/journal")[0] == 200
        except OSError:
            return False

    def _request(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        finally:
            connection.close()


@contextmanager
def serving_models(*answers: Answer, latency: int = 0, chunk_size: int = 10) -> Iterator[Aimock]:
    """Run a server that answers with fixtures, the first that matches; it refuses messages that none matches.

    Parameters
    ----------
    answers
        The fixtures.
    latency
        Milliseconds between two chunks.
    chunk_size
        Characters of a chunk.
    """
    assert _CLI.exists(), "run `make client-test` once: it installs aimock"
    with TemporaryDirectory() as folder:
        fixtures = Path(folder) / "fixtures.json"
        fixtures.write_text(json.dumps({"fixtures": answers}), encoding="utf-8")
        (port,) = find_free_ports(1)
        options = {"-p": port, "-f": fixtures, "-l": latency, "-c": chunk_size, "--log-level": "silent"}
        command = [str(_NODE), str(_CLI), "--strict", *(str(part) for pair in options.items() for part in pair)]
        environment = {"PATH": os.environ["PATH"], "HOME": folder}
        with subprocess.Popen(command, env=environment, cwd=folder) as process:
            try:
                server = Aimock(port)
                _wait_until_ready(server, process)
                yield server
            finally:
                process.terminate()


def _wait_until_ready(server: Aimock, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.is_ready():
        assert process.poll() is None, "aimock ended"
        assert time.monotonic() < deadline, "aimock did not start"
        time.sleep(0.05)
