"""Runs the examples of the reference and returns transcripts in their format."""

import json
from io import StringIO
from random import Random
from urllib.parse import parse_qsl, urlsplit

from basic.bundle import make_bundle
from basic.compiler.context import BuildContext
from basic.machine.machine import Machine
from basic.machine.run import TurnContext
from basic.package import build
from basic.turn import TurnFacts
from basic.values import Value, get_entry
from conversations.domain.knowledge import Passage
from conversations.engines.basic.webhook_responses import build_response
from tools.basic_examples import Example
from tools.bots.knowledge.bases import KnowledgeBase
from tools.bots.knowledge.memory import build_search
from tools.bots.memory_host import MemoryHost
from tools.bots.testing.exchanges import Exchange, parse_exchanges
from tools.bots.testing.player import play_bundle
from tools.bots.testing.scenario import NOW, Conditions, Scenario

COLLECTIONS = frozenset({"manuals", "prices"})
BASES = {
    "manuals": KnowledgeBase(
        [
            Passage("The lamp has a warranty of two years.", "lamp.md", "Warranty"),
            Passage("Clean the lamp with a dry cloth.", "lamp.md", "Cleaning"),
        ]
    ),
    "https://docs.example.com": KnowledgeBase([Passage("Delivery takes two days.", "Delivery")]),
}
"""What the examples search."""


def play_example(example: Example) -> str:
    """Check and run an example, and return its transcript."""
    built = build(example.scripts, BuildContext(collections=COLLECTIONS, model=bool(example.replies)))
    shown = StringIO()
    for fault in built.diagnostics:
        print(fault, file=shown)
    if built.program is None:
        return shown.getvalue()
    conditions = Conditions(replies=example.replies, exchanges=parse_exchanges(example.http))
    scenario = Scenario("", conditions, example.transcript)
    bundle = make_bundle(built.program, {}, COLLECTIONS, {name: name for name in BASES})
    return shown.getvalue() + play_bundle(bundle, conditions, scenario.list_inputs(), build_search(BASES))


def deliver_webhook(example: Example) -> tuple[Exchange, Exchange]:
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
    turn = TurnContext("delivery", TurnFacts(NOW, Random(1), "en"), MemoryHost(bundle, print))
    outcome = Machine(built.program).start(script, turn, values=values)
    assert outcome.fault is None, outcome.fault
    variables = outcome.state["variables"]
    assert isinstance(variables, dict)
    answer = build_response(get_entry(variables, "result"))
    actual = Exchange(
        expected.method, expected.url, expected.headers, expected.body, str(answer.status), answer.headers, answer.body
    )
    return expected, actual
