"""Runs the examples of the reference: what happens is written the way they write it."""

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
from basic.http.client import Answer, Hop, HttpClient
from basic.machine.machine import Machine
from basic.machine.run import Turn
from basic.machine.session import load
from basic.package import build
from basic.turn import TurnFacts
from basic.values import Value, get_entry
from conversations.adapters.engines.scripts.answers import answer_of
from tools.basic_examples import Example
from tools.bots import terminal
from tools.bots.memory_host import MemoryHost
from tools.bots.players import DialogPlayer

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COLLECTIONS = frozenset({"manuals", "prices"})
_REQUEST = re.compile(r"^(?=[A-Z]+ (?:https?:/)?/)", re.MULTILINE)
_STATUS = re.compile(r"^(?=\d{3}\b)", re.MULTILINE)


def told(example: Example) -> str:
    """Check and run an example, and return what happens."""
    built = build(example.scripts, BuildContext(collections=COLLECTIONS))
    shown = StringIO()
    for fault in built.diagnostics:
        print(fault, file=shown)
    if built.program is None:
        return shown.getvalue()
    web = Web([Exchange.of(each) for each in _REQUEST.split(example.web) if each])
    bundle = make_bundle(built.program, {}, COLLECTIONS)
    player = DialogPlayer(bundle, a_host(bundle, shown, web), now=lambda: NOW)
    answers = [line.removeprefix("You: ") for line in example.told.splitlines() if line.startswith("You: ")]
    terminal.play(player, echoed(answers, shown), shown, shown, partial(_pause, shown))
    assert not web.left, "a request of the example was not made"
    if player.state is not None:
        for line in held(player.state):
            print(f"  ({line})", file=shown)
    return shown.getvalue()


def a_host(bundle: Bundle, shown: StringIO, web: "Web") -> MemoryHost:
    return MemoryHost(bundle, lambda text: print(f"  (log: {text})", file=shown), client=web.client())


def echoed(answers: Sequence[str], shown: StringIO) -> Iterator[str]:
    """Yield the answers, and show each when it is taken."""
    for answer in answers:
        print(f"You: {answer}", file=shown)
        yield answer


def _pause(shown: StringIO, seconds: float) -> None:
    print(f"  ({seconds:g} seconds)", file=shown)


def held(state: dict[str, Value]) -> list[str]:
    """Return what a session holds for the language model."""
    session = load(state)
    return [
        *([f"system prompt: {' / '.join(session.prompt.splitlines())}"] if session.prompt else []),
        *(f"instruction: {text}" for text in session.instructions),
        *(f"context {name}: {text}" for name, text in session.contexts.items()),
        *([f"selected: {session.context}"] if session.context else []),
        *(f"knowledge base: {name}" for name in session.collections),
        *(f"tool: {name}" for name in session.tools),
    ]


def delivered(example: Example) -> tuple["Exchange", "Exchange"]:
    """Deliver what the example of a webhook says, and return it with the answer it has and the one it gets."""
    expected = Exchange.of(example.web)
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
    turn = Turn("delivery", TurnFacts(NOW, Random(1), "en"), a_host(bundle, StringIO(), Web([])))
    outcome = Machine(built.program).start(script, turn, values=values)
    assert outcome.fault is None, outcome.fault
    variables = outcome.state["variables"]
    assert isinstance(variables, dict)
    answer = answer_of(get_entry(variables, "result"))
    got = Exchange(
        expected.method, expected.url, expected.headers, expected.body, str(answer.status), answer.headers, answer.body
    )
    return expected, got


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, as an example writes them; a header with ``!`` before its name is not sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str
    status: str
    answer_headers: Mapping[str, str]
    answer: str

    @classmethod
    def of(cls, text: str) -> "Exchange":
        asked, answered = _STATUS.split(text.strip() + "\n", maxsplit=1)
        head, headers, body = _message(asked)
        status, answer_headers, answer = _message(answered)
        method, _, url = head.partition(" ")
        return cls(method, url, headers, body, status, answer_headers, answer)


def _message(text: str) -> tuple[str, dict[str, str], str]:
    """Return the first line of a message, its headers and its body."""
    head, _, body = text.strip().partition("\n\n")
    first, *lines = head.splitlines()
    return first, {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}, body.strip()


@dataclass
class Web:
    """What answers the requests of an example, in their order."""

    left: list[Exchange] = field(default_factory=list)

    def client(self) -> HttpClient:
        return HttpClient(
            resolve=lambda host, _port: ["93.184.215.14"] if host == "example.com" else [host], transport=self._answer
        )

    def _answer(self, hop: Hop) -> Answer:
        exchange = self.left.pop(0)
        sent = {name.lower(): value for name, value in hop.headers.items()}
        assert (hop.method, hop.target.url) == (exchange.method, exchange.url)
        for name, value in exchange.headers.items():
            assert sent.get(name.lstrip("!").lower()) == (None if name.startswith("!") else value), name
        assert (hop.body or b"").decode() == exchange.body
        status, _, reason = exchange.status.partition(" ")
        headers = {name.lower(): value for name, value in exchange.answer_headers.items()}
        return Answer(int(status), reason, headers, exchange.answer.encode())
