"""The checks of what a bot server was sent, and of the state that it has returned."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb.schema import sessions
from conversations.adapters.dynamodb.serialization import deserialize
from conversations.domain import ids
from conversations.domain.conversation import GREETING_SEQ
from conversations.engines.webhook_bot.circuit_breaker import MAX_FAILURES, OPEN_SECONDS
from tests.faults.bot import GREETING, build_streamed_answer
from tests.faults.bot_servers import ANSWERED, GREETED, SentRequest
from tests.faults.clients import SimulatedUser
from tests.faults.simulation import Simulation

if TYPE_CHECKING:
    from tests.faults.lambdas import Process

type Message = Mapping[str, Any]


def find_wrong_requests(simulation: Simulation) -> Iterator[str]:
    """Yield a sentence for every request by which a server could not recognize a retry, or that came too early."""
    by_turn: defaultdict[tuple[str, str], list[SentRequest]] = defaultdict(list)
    by_process: defaultdict[Process, list[SentRequest]] = defaultdict(list)
    for request in simulation.server_requests:
        by_turn[request.turn].append(request)
        by_process[request.process].append(request)
    for turn, requests in by_turn.items():
        for what, values in (
            ("webhook-id", {request.webhook_id for request in requests}),
            ("state", {request.state for request in requests}),
        ):
            if len(values) > 1:
                yield f"the {len(requests)} requests for {turn} differ in their {what}: {sorted(values)}"
    if len({request.webhook_id for request in simulation.server_requests}) < len(by_turn):
        yield "two turns have the same webhook-id"
    for requests in by_process.values():
        yield from _check_circuit(requests)


def _check_circuit(requests: Sequence[SentRequest]) -> Iterator[str]:
    """Check that a process does not call a server that keeps failing."""
    failures = 0
    for request, following in pairwise(requests):
        failures = {"failed": failures + 1, "answered": 0}.get(request.outcome, failures)
        if failures < MAX_FAILURES or request.failed_at is None:
            continue
        if following.at < request.failed_at + timedelta(seconds=OPEN_SECONDS):
            yield f"a server failed {failures} times until {request.failed_at}, and was called at {following.at}"


def check_state(
    simulation: Simulation, user: SimulatedUser, conversation_id: str, history: Sequence[Message]
) -> Iterator[str]:
    """Check that each complete answer has set the server's state once and in order, and no other answer has.

    The server adds the message that it answers to the state that it gets. One whose text is complete may have been
    stopped before the end of the server's answer.
    """
    public_id = ids.format_conversation_id(conversation_id)
    if all(request.turn[0] != public_id for request in simulation.server_requests):
        return
    stored = _get_state(simulation, conversation_id)
    complete = dict(_list_complete(simulation, history))
    expected = [turn for turn, content in complete.items() if turn in stored or not user.has_stopped(content)]
    if stored != expected:
        yield f"the state of the server has the answers to {stored} and not to {expected}"


def _list_complete(simulation: Simulation, history: Sequence[Message]) -> Iterator[tuple[str, str]]:
    """Yield each message that has a complete answer, with its content."""
    answered = simulation.get_answered_seqs()
    turns: defaultdict[int, list[tuple[str, str | None]]] = defaultdict(list)
    for message in history:
        if message["sender"] == "bot":
            turns[answered[message["id"]]].append((message["content"], message.get("finish_reason")))
    if turns[GREETING_SEQ] == [(text, None) for text in GREETING]:
        yield GREETED, GREETED
    for message in history:
        content = message["content"]
        if message["sender"] == "user" and turns[message["seq"]] == [(build_streamed_answer(content), None)]:
            yield message["id"], content


def _get_state(simulation: Simulation, conversation_id: str) -> list[str]:
    key = sessions.build_dialog_key(conversation_id)
    rows = [deserialize(item) for item in simulation.list_items("SessionsTable")]
    states = [sessions.parse_state(row) for row in rows if key.items() <= row.items()]
    return [str(turn) for state in states for turn in state.get(ANSWERED, ())]
