"""Runs the examples of the reference and returns transcripts in their format."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from io import StringIO
from random import Random
from urllib.parse import parse_qsl, urlsplit

from basic.bundle import Bundle, make_bundle
from basic.compiler.context import BuildContext
from basic.http.client import HttpClient
from basic.http.transport import Hop, HopResponse
from basic.machine.execution_state import load_state
from basic.machine.machine import Machine
from basic.machine.run import TurnContext
from basic.package import build
from basic.turn import TurnFacts
from basic.values import Value, get_entry
from conversations.engines.basic.webhook_responses import build_response
from tools.basic_examples import Example
from tools.bots import terminal
from tools.bots.memory_host import MemoryHost
from tools.bots.terminal_session import DialogSession

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COLLECTIONS = frozenset({"manuals", "prices"})
_REQUEST = re.compile(r"^(?=[A-Z]+ (?:https?:/)?/)", re.MULTILINE)
_STATUS = re.compile(r"^(?=\d{3}\b)", re.MULTILINE)


def play_example(example: Example) -> str:
    """Check and run an example, and return its transcript."""
    built = build(example.scripts, BuildContext(collections=COLLECTIONS, model=bool(example.replies)))
    shown = StringIO()
    for fault in built.diagnostics:
        print(fault, file=shown)
    if built.program is None:
        return shown.getvalue()
    web = Web([Exchange.parse(exchange) for exchange in _REQUEST.split(example.http) if exchange])
    bundle = make_bundle(built.program, {}, COLLECTIONS)
    host = a_host(bundle, shown, web)
    if example.replies:
        replies = iter(example.replies)
        host.completer = lambda _prompt: next(replies)
    player = DialogSession(bundle, host, now=lambda: NOW)
    answers = [line.removeprefix("You: ") for line in example.transcript.splitlines() if line.startswith("You: ")]
    terminal.run_session(player, echo(answers, shown), shown, shown, partial(_pause, shown))
    assert not web.remaining, "a request of the example was not made"
    if player.state is not None:
        for line in describe_state(player.state):
            print(f"  ({line})", file=shown)
    return shown.getvalue()


def a_host(bundle: Bundle, shown: StringIO, web: "Web") -> MemoryHost:
    return MemoryHost(bundle, lambda text: print(f"  (log: {text})", file=shown), client=web.client())


def echo(answers: Sequence[str], shown: StringIO) -> Iterator[str]:
    """Yield the answers and print each when the player reads it."""
    for answer in answers:
        print(f"You: {answer}", file=shown)
        yield answer


def _pause(shown: StringIO, seconds: float) -> None:
    print(f"  ({seconds:g} seconds)", file=shown)


def describe_state(state: dict[str, Value]) -> list[str]:
    """Return the part of the state that is for the language model."""
    execution = load_state(state)
    return [
        *([f"system prompt: {' / '.join(execution.prompt.splitlines())}"] if execution.prompt else []),
        *(f"instruction: {text}" for text in execution.instructions),
        *(f"context {name}: {text}" for name, text in execution.contexts.items()),
        *([f"selected: {execution.context}"] if execution.context else []),
        *(f"knowledge base: {name}" for name in execution.collections),
        *(f"tool: {name}" for name in execution.tools),
    ]


def deliver_webhook(example: Example) -> tuple["Exchange", "Exchange"]:
    """Deliver the request of a webhook example, and return it with the expected and with the actual response."""
    expected = Exchange.parse(example.http)
    address = urlsplit(expected.url)
    built = build(example.scripts, BuildContext(collections=COLLECTIONS))
    assert built.program is not None, built.diagnostics
    script = built.program.find_webhook(address.path.rpartition("/")[2])
    assert script is not None
    values: dict[str, Value] = {
        "params": dict(parse_qsl(address.query)),
        "headers": {name.lower().replace("-", "_"): value for name, value in expected.headers.items()},
        "method": expected.method,
        "body": json.loads(expected.body) if expected.body else None,
    }
    bundle = make_bundle(built.program, {}, COLLECTIONS)
    turn = TurnContext("delivery", TurnFacts(NOW, Random(1), "en"), a_host(bundle, StringIO(), Web([])))
    outcome = Machine(built.program).start(script, turn, values=values)
    assert outcome.fault is None, outcome.fault
    variables = outcome.state["variables"]
    assert isinstance(variables, dict)
    answer = build_response(get_entry(variables, "result"))
    actual = Exchange(
        expected.method, expected.url, expected.headers, expected.body, str(answer.status), answer.headers, answer.body
    )
    return expected, actual


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response in an example; a header with ``!`` before its name must not be sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str
    status: str
    answer_headers: Mapping[str, str]
    answer: str

    @classmethod
    def parse(cls, text: str) -> "Exchange":
        request, response = _STATUS.split(text.strip() + "\n", maxsplit=1)
        head, headers, body = _parse_message(request)
        status, answer_headers, answer = _parse_message(response)
        method, _, url = head.partition(" ")
        return cls(method, url, headers, body, status, answer_headers, answer)


def _parse_message(text: str) -> tuple[str, dict[str, str], str]:
    """Return the first line of a message, its headers and its body."""
    head, _, body = text.strip().partition("\n\n")
    first, *lines = head.splitlines()
    return first, {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}, body.strip()


@dataclass
class Web:
    """Responds to the requests of an example, in their order."""

    remaining: list[Exchange] = field(default_factory=list)

    def client(self) -> HttpClient:
        return HttpClient(
            resolve=lambda host, _port: ["93.184.215.14"] if host == "example.com" else [host], transport=self._answer
        )

    def _answer(self, hop: Hop) -> HopResponse:
        exchange = self.remaining.pop(0)
        sent = {name.lower(): value for name, value in hop.headers.items()}
        assert (hop.method, hop.target.url) == (exchange.method, exchange.url)
        for name, value in exchange.headers.items():
            assert sent.get(name.lstrip("!").lower()) == (None if name.startswith("!") else value), name
        assert (hop.body or b"").decode() == exchange.body
        status, _, reason = exchange.status.partition(" ")
        headers = {name.lower(): value for name, value in exchange.answer_headers.items()}
        return HopResponse(int(status), reason, headers, exchange.answer.encode())
