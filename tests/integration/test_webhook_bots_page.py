"""docs/webhook-bots.md: its server, run as it is written, the command that calls it, its schema and its limits."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import pytest
from jsonschema import Draft202012Validator

from conversations.contract import bot_server as contract
from conversations.domain.texts import MAX_CONTENT_LENGTH
from conversations.domain.webhook_signature import make_secret
from conversations.engines import request_retries
from conversations.engines.output_text import MAX_MESSAGES
from conversations.engines.webhook_bot import asking, circuit_breaker, engine
from tests.bot_server import Behaviour, event, respond, respond_json, serving, stream
from tests.template import ROOT
from tools.bots import commands

PAGE = (ROOT / "docs/webhook-bots.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "docs/webhook-bots.schema.json").read_text(encoding="utf-8"))
SECRET = make_secret()


class Talk(Protocol):
    """Runs the command with some lines of input, and returns what it prints."""

    def __call__(self, port: int, *lines: str, secret: str = SECRET, options: Sequence[str] = ()) -> str: ...


@pytest.fixture
def example() -> Iterator[int]:
    """Run the server of the page; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    environment = {**os.environ, "WEBHOOK_SECRET": SECRET}
    command = [sys.executable, "-c", code.replace("9000", str(port))]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_until_open(port)
            yield port
        finally:
            process.kill()


def _wait_until_open(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise AssertionError("the server of the page does not listen")


@pytest.fixture
def talk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Talk:
    """Return a function that runs `conversations bots webhook` and returns what it prints."""

    def run(port: int, *lines: str, secret: str = SECRET, options: Sequence[str] = ()) -> str:
        monkeypatch.setenv("WEBHOOK_SECRET", secret)
        file = tmp_path / "input.txt"
        file.write_text("\n".join(lines))
        assert commands.main(["webhook", str(port), "--input", str(file), *options]) == 0
        return capsys.readouterr().out

    return run


def test_server_of_the_page_has_about_15_lines_and_answers(example: int, talk: Talk) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

    assert len([line for line in code.splitlines() if line.strip()]) <= 20
    assert talk(example, "Good day", "1") == (
        "Bot: Hello! What can I do for you?\n  [1] Help\n"
        "You: Good day\nBot: You said: Good day\n  [1] Help\n"
        "You: 1\nBot: You said: Help\n  [1] Help\n"
    )


def test_server_of_the_page_refuses_another_secret(example: int, talk: Talk) -> None:
    assert talk(example, "Good day", secret=make_secret()).count("(error-message)") == 2


def test_command_prints_pieces_marks_and_suggestions(talk: Talk) -> None:
    behaviours: list[Behaviour] = [
        respond(204),
        stream(event("delta", content="Let me "), event("delta", content="see."), event("done", state={"n": 1})),
        stream(event("delta", content="Let me "), event("message", content="No.", suggestions=["Why?"]), event("done")),
        stream(event("delta", content="Because"), ends=False),
        respond_json({"messages": [{"content": "a"}, {"content": "b"}]}),
    ]

    with serving(*behaviours) as server:
        printed = talk(server.port, "One", "Two", "1", "Four", options=("--user", "ada", "--group", "hr"))

    assert printed == (
        "You: One\nBot: Let me see.\nYou: Two\nBot: Let me \nBot: No.\n  [1] Why?\n"
        "You: 1\nBot: Because [interrupted]\nYou: Four\nBot: a\nBot: b\n"
    )
    last = json.loads(server.requests[-1].body)["data"]
    assert last["user"] == {"id": "ada", "anonymous": False, "groups": ["hr"]}
    assert last["state"] == {"n": 1}
    assert [(entry["content"], entry["finish_reason"]) for entry in last["history"]] == [
        ("One", None),
        ("Let me see.", None),
        ("Two", None),
        ("No.", None),
        ("Why?", None),
        ("Because", "interrupted"),
    ]


def test_command_says_why_the_server_fails(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    with serving(respond_json({"mesages": []})) as server:
        talk(server.port)

    assert "bot server failed: invalid answer: messages: Field required" in caplog.text


@pytest.mark.parametrize("secret", ["", "abc", "whsec_c2hvcnQ="])
def test_command_needs_a_valid_secret(
    secret: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", secret)

    assert commands.main(["webhook", "9000"]) == 2
    assert "export WEBHOOK_SECRET=whsec_" in capsys.readouterr().err


def test_schema_is_valid_and_describes_what_is_sent_and_accepted(talk: Talk) -> None:
    Draft202012Validator.check_schema(SCHEMA)

    def is_valid(value: object, name: str) -> bool:
        return Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{name}"}).is_valid(value)

    with serving(respond(204)) as server:
        talk(server.port, "One")

    assert all(is_valid(json.loads(request.body), "ServerTurn") for request in server.requests)
    assert is_valid({"messages": [{"content": "a", "suggestions": ["b", {"text": "c", "value": "d"}]}]}, "ServerAnswer")
    assert not is_valid({"messages": [{"content": "a", "sugestions": []}]}, "ServerAnswer")
    assert not is_valid({"content": 1}, "DeltaEvent")


def test_page_names_the_limits() -> None:
    backoff = " and ".join(f"{seconds:g}" for seconds in request_retries.BACKOFF_SECONDS)

    for text in (
        f"longer than {MAX_CONTENT_LENGTH:,} characters",
        f"at most {MAX_MESSAGES} messages",
        f"at most {contract.MAX_ANSWER_BYTES // 1024**2} MB",
        f"the state {contract.MAX_STATE_BYTES // 1024} KB",
        f"within {asking.MAX_REQUEST_SECONDS} seconds",
        f"after {backoff} seconds",
        f"failed {circuit_breaker.MAX_FAILURES} times in a row",
        f"for {circuit_breaker.OPEN_SECONDS} seconds",
        f"A greeting has {engine.MAX_GREETING_SECONDS} seconds",
    ):
        assert text in PAGE, text
