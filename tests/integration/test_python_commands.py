"""The command ``conversations`` of the Python client, as a program and on a terminal."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from general_bots_conversations import cli
from local.settings import ROOT
from tests.integration.network_server import TOKEN, NetworkServer, serving_in_thread

COMMAND = [sys.executable, "-m", "general_bots_conversations"]
SECONDS = 20


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Let the commands receive Ctrl-C: a shell without job control lets programs in the background ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def server() -> Iterator[NetworkServer]:
    with serving_in_thread() as running:
        yield running


def build_environment(server: NetworkServer, **more: str) -> dict[str, str]:
    settings = {"CONVERSATIONS_URL": server.url, "CONVERSATIONS_TOKEN": TOKEN, "TERM": "xterm"}
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "PYTHONPATH")}
    return kept | {"PYTHONPATH": str(ROOT / "clients/python/src")} | settings | more


def run_command(server: NetworkServer, *arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *arguments],
        input=text,
        capture_output=True,
        text=True,
        env=build_environment(server),
        timeout=SECONDS,
        check=False,
    )


class Terminal:
    """A command on a terminal that a test types on."""

    def __init__(self, descriptor: int, process: "subprocess.Popen[bytes]") -> None:
        self.text = ""
        self.process = process
        self._descriptor = descriptor
        self._seen = 0

    def wait_for(self, text: str) -> str:
        """Return what was printed until a text."""
        deadline = time.monotonic() + SECONDS
        while (index := self.text.find(text, self._seen)) < 0:
            assert time.monotonic() < deadline, self.text
            if select.select([self._descriptor], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self._descriptor, 4096).decode()
                except OSError:
                    # The command has ended.
                    deadline = 0
        before, self._seen = self.text[self._seen : index], index + len(text)
        return before

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())


@contextmanager
def open_terminal(server: NetworkServer, *arguments: str, **environment: str) -> Iterator[Terminal]:
    own, other = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=other,
        stdout=other,
        stderr=other,
        env=build_environment(server, **environment),
        start_new_session=True,
    )
    os.close(other)
    try:
        yield Terminal(own, process)
    finally:
        process.kill()
        process.wait()
        os.close(own)


def get_key(server: NetworkServer) -> str:
    return next(reversed(server.state.messages))


def build_delta(server: NetworkServer, text: str, offset: int) -> dict[str, object]:
    ids = {"type": "delta", "session_id": f"session-{get_key(server)}", "id": "msg-9"}
    return ids | {"offset": offset, "content": text, "attempt": 1}


# -- chat -------------------------------------------------------------------------------------------------------------


def test_lines_of_a_pipe_are_sent_one_after_the_other(server: NetworkServer) -> None:
    key = server.state.create_conversation()
    server.state.store(key, content="Welcome")
    done = run_command(server, "chat", text="One\nTwo\n")

    assert done.stdout.splitlines() == [
        "Bot: Welcome",
        "You: One",
        "Bot: Answer to One",
        "You: Two",
        "Bot: Answer to Two",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_json_lines_for_scripts(server: NetworkServer) -> None:
    done = run_command(server, "chat", "--json", text="Hello\n")

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    messages = [line["message"] for line in lines if line["type"] == "message"]
    assert [(item["sender"], item["content"], item["seq"]) for item in messages] == [
        ("user", "Hello", 1),
        ("bot", "Answer to Hello", 2),
    ]
    assert "\x1b" not in done.stdout


def test_refused_message_is_an_error_of_a_script(server: NetworkServer) -> None:
    server.state.overrides = [{"type": "error", "error": "invalid_message", "message": "The content is too long."}]
    done = run_command(server, "chat", text="Hello\n")

    assert done.returncode == 1
    assert "The content is too long." in done.stderr


def test_rejected_token_is_reported_and_never_printed(server: NetworkServer) -> None:
    server.tokens.clear()
    done = run_command(server, "chat", text="Hello\n")

    assert done.returncode == 1
    assert "CONVERSATIONS_TOKEN" in done.stderr
    assert TOKEN not in done.stdout + done.stderr


def test_text_of_a_bot_cannot_control_the_terminal(server: NetworkServer) -> None:
    key = server.state.create_conversation()
    server.state.store(key, content="\x1b]0;title\x07\x1b[31mred\u202e\r\nnext\tline \u009b1m")
    with open_terminal(server, "chat") as terminal:
        printed = terminal.wait_for("> ")

    assert "]0;title[31mred\r\nnext\tline 1m" in printed
    assert "\x1b[31m" not in printed


@pytest.mark.parametrize("no_color", ["", "1"])
def test_answer_is_printed_as_it_comes_in_colour_unless_no_color_is_set(server: NetworkServer, no_color: str) -> None:
    with open_terminal(server, "chat", NO_COLOR=no_color) as terminal:
        terminal.wait_for("> ")
        server.push(build_delta(server, "Once", 0))
        prefix = terminal.wait_for("Once")
        server.push(build_delta(server, " upon", 4))
        assert terminal.wait_for("upon") == " "

    assert "Bot: " in prefix
    assert ("\x1b[36m" in prefix) == (not no_color)


def test_quick_reply_is_sent_by_its_number(server: NetworkServer) -> None:
    key = server.state.create_conversation()
    choices = [{"text": "Yes, please", "value": "yes"}, {"text": "No", "value": "no"}]
    server.state.store(key, content="Coffee?", suggestions=choices, input={"type": "boolean"})
    with open_terminal(server, "chat") as terminal:
        terminal.wait_for("1) Yes, please   2) No")
        terminal.wait_for("> ")
        terminal.type("2\n")
        terminal.wait_for("Answer to no")

    assert [message["content"] for message in server.state.messages[key]][1] == "no"


def test_number_is_an_answer_where_the_bot_asks_for_one(server: NetworkServer) -> None:
    key = server.state.create_conversation()
    choices = [{"text": "Many", "value": "99"}]
    server.state.store(key, content="How many?", suggestions=choices, input={"type": "integer"})
    with open_terminal(server, "chat") as terminal:
        terminal.wait_for("> ")
        terminal.type("1\n")
        terminal.wait_for("Answer to 1")


def test_password_is_not_shown_while_it_is_typed(server: NetworkServer) -> None:
    key = server.state.create_conversation()
    server.state.store(key, content="Your password?", input={"type": "password"})
    with open_terminal(server, "chat") as terminal:
        terminal.wait_for("> ")
        terminal.type("hunter2\n")
        terminal.wait_for("********")
        terminal.wait_for("Answer to")

    # The fake bot repeats it; the terminal does not.
    assert terminal.text.replace("Answer to hunter2", "").count("hunter2") == 0
    assert server.state.messages[key][1]["content"] == "hunter2"


def test_ctrl_c_stops_the_answer_and_then_leaves(server: NetworkServer) -> None:
    with open_terminal(server, "chat") as terminal:
        terminal.wait_for("> ")
        server.push(build_delta(server, "A long story", 0))
        terminal.wait_for("A long story")
        terminal.process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + SECONDS
        while not [frame for frame in server.state.received if frame["type"] == "stop"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert terminal.process.poll() is None

        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait(SECONDS) == 0


def test_chat_goes_on_after_a_lost_connection(server: NetworkServer) -> None:
    with open_terminal(server, "chat") as terminal:
        terminal.wait_for("> ")
        assert server.loop is not None
        server.loop.call_soon_threadsafe(server.cut)
        terminal.type("Still there?\n")
        terminal.wait_for("Answer to Still there?")
        terminal.type("\x04")
        assert terminal.process.wait(SECONDS) == 0

    assert len(server.state.messages[get_key(server)]) == 2


def test_message_that_was_not_sent_is_sent_by_the_next_chat_with_the_same_state(
    server: NetworkServer, tmp_path: Path
) -> None:
    file = tmp_path / "chat.json"
    state = ("--state", str(file))
    with open_terminal(server, "chat", *state) as terminal:
        terminal.wait_for("> ")
        server.drops = True
        terminal.type("Unsent\n")
        deadline = time.monotonic() + SECONDS
        while not (file.exists() and "Unsent" in file.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    server.drops = False
    done = run_command(server, "chat", *state, text="Second\n")

    users = [message["content"] for message in server.state.messages[get_key(server)] if message["sender"] == "user"]
    assert users == ["Unsent", "Second"]
    assert done.returncode == 0


# -- tail and export --------------------------------------------------------------------------------------------------


def test_tail_prints_each_new_message_once_over_a_lost_connection(server: NetworkServer) -> None:
    key = server.state.create_conversation()
    server.state.store(key, content="Old")
    with subprocess.Popen(
        [*COMMAND, "tail", "--json", "--history", "1", f"conv-{key}"],
        stdout=subprocess.PIPE,
        text=True,
        env=build_environment(server),
    ) as process:
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline())]
        assert server.loop is not None
        server.loop.call_soon_threadsafe(server.cut)
        server.state.store(key, content="Missed")
        lines.append(json.loads(process.stdout.readline()))
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130

    assert [line["message"]["content"] for line in lines] == ["Old", "Missed"]
    assert {line["conversation_id"] for line in lines} == {f"conv-{key}"}


def test_tail_of_all_conversations_finds_those_that_changed_meanwhile(server: NetworkServer) -> None:
    first, second = server.state.create_conversation(), server.state.create_conversation()
    server.bodies["/conversations"] = [build_list(), build_list(), build_list((second, "2026-01-01T00:00:00.005Z"))]
    with subprocess.Popen(
        [*COMMAND, "tail"], stdout=subprocess.PIPE, text=True, env=build_environment(server)
    ) as process:
        assert process.stdout is not None
        deadline = time.monotonic() + SECONDS
        while not server.state.sockets:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        message = {"id": "msg-x", "seq": 1, "sender": "bot", "timestamp": "2026-01-01T00:00:00.001Z", "content": "Hi"}
        server.state.messages[first].append(message)
        server.push(server.state.to_frame(first, message))
        assert process.stdout.readline() == f"conv-{first} Bot: Hi\n"
        assert server.loop is not None
        server.loop.call_soon_threadsafe(server.cut)
        server.state.store(second, content="Missed", timestamp="2026-01-01T00:00:00.005Z")
        assert process.stdout.readline() == f"conv-{second} Bot: Missed\n"
        process.kill()


def build_list(*conversations: tuple[str, str]) -> dict[str, Any]:
    fields = {"bot_id": "default", "bot_name": "Bot", "last_message": "", "status": "active"}
    items = [{"id": f"conv-{key}", "last_activity": time_, **fields} for key, time_ in conversations]
    return {"conversations": items, "total": len(items)}


def test_export_has_a_line_for_each_conversation(server: NetworkServer, tmp_path: Path) -> None:
    first, second = {"id": "conv-1"}, {"id": "conv-2"}
    server.bodies["/me/export"] = [
        {"conversation": first, "messages": [{"id": "a"}], "next_cursor": "1"},
        {"conversation": first, "messages": [{"id": "b"}], "next_cursor": "2"},
        {"conversation": second, "messages": [], "memories": [{"name": "x"}], "next_cursor": None},
    ]
    file = tmp_path / "export.jsonl"
    done = run_command(server, "export", "--output", str(file))

    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in file.read_text().splitlines()] == [
        {"conversation": first, "messages": [{"id": "a"}, {"id": "b"}]},
        {"conversation": second, "messages": []},
        {"memories": [{"name": "x"}]},
    ]
    assert file.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [file]


def test_output_to_a_program_that_ends_is_no_traceback(server: NetworkServer) -> None:
    page = {"conversation": {"id": "conv-1"}, "messages": [{"id": "a", "content": "x" * 200_000}]}
    server.bodies["/me/export"] = [page]
    with subprocess.Popen(
        [*COMMAND, "export"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=build_environment(server)
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(SECONDS) == 1


def test_commands_say_what_is_missing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STACK_JSON", "CONVERSATIONS_TOKEN", "CONVERSATIONS_URL"):
        monkeypatch.delenv(name, raising=False)
    assert cli.main(["users", "list"]) == 2
    assert cli.main(["export"]) == 2
    assert cli.main(["chat", "--url", "ftp://example.com"]) == 2

    assert [line.partition(" ")[0] for line in capsys.readouterr().err.splitlines()] == ["Name", "This", "The"]
