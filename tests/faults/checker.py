"""The checks after a run of what the history does not show: tables, files, mails, and requests to bot servers.

``tests/histories/checker.py`` checks the history, which is everything that users and operators can see.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conversations.domain.sending import SendKind
from tests.faults.audit import Message, audit
from tests.faults.automations import find_wrong_runs, has_run
from tests.faults.clients import SimulatedUser
from tests.faults.dead_letters import TURNS, find_undeserved_dead_letters
from tests.faults.files import find_wrong_files, list_files
from tests.faults.plans import Fault
from tests.faults.received_mails import find_wrong_answers
from tests.faults.schedules import find_wrong_schedules, has_schedules
from tests.faults.sent_messages import find_wrong_messages, has_claims
from tests.faults.server_requests import check_state, find_wrong_requests
from tests.faults.simulation import Simulation

type Histories = Mapping[str, Sequence[Message]]


def find_violations(simulation: Simulation, users: Sequence[SimulatedUser]) -> list[str]:
    """Complete the history by readings, and return a sentence for every promise that was broken outside of it."""
    histories = audit(simulation, users)
    violations = [sentence for user in users for sentence in _check_user(simulation, user, histories)]
    violations += find_wrong_requests(simulation)
    violations += _check_runs(simulation, histories)
    violations += find_undeserved_dead_letters(simulation, users)
    # In random order, others may take so long between two steps of a protected user that the user's step times out.
    return violations + (simulation.disturbances if simulation.plan.is_sequential else [])


def _check_user(simulation: Simulation, user: SimulatedUser, histories: Histories) -> Iterator[str]:
    yield from user.faults
    for conversation_id in user.deleted:
        yield from _check_deleted(simulation, user, conversation_id)
    for conversation_id in [each for each in user.conversation_ids if each in histories]:
        for sentence in check_state(simulation, user, conversation_id, histories[conversation_id]):
            yield f"{user.name} in {conversation_id[-6:]}: {sentence}"
    yield from _check_files(simulation, user, histories)
    yield from _check_sent_messages(simulation, histories)


def _check_deleted(simulation: Simulation, user: SimulatedUser, conversation_id: str) -> Iterator[str]:
    for table in ("SessionsTable", "MessageHistoryTable"):
        # The counters have the id of the conversation that was started last, until the next one is started.
        counters = {"S": f"{user.principal.owner}#counts"}
        items = [
            str(item["id"])
            for item in simulation.list_items(table)
            if conversation_id in str(item) and item["id"] != counters and not _is_closed_journal(item)
        ]
        if items:
            yield f"{user.name}: a deleted conversation left {items} in {table}"


def _is_closed_journal(item: dict[str, Any]) -> bool:
    """Return whether an item is what is left of the journal of a turn: without content, and never written again."""
    return "is_closed" in item and not item["answers"]["B"]


def _list_questions(simulation: Simulation, histories: Histories) -> list[str]:
    """Return the contents of the messages of users that have an answer."""
    answered = set(simulation.get_answered_seqs().values())
    messages = [each for history in histories.values() for each in history if each["sender"] == "user"]
    return [each["content"] for each in messages if each["seq"] in answered]


def _check_files(simulation: Simulation, user: SimulatedUser, histories: Histories) -> Iterator[str]:
    """Check the files that a script has written for its only user."""
    objects, items = simulation.list_objects(), simulation.list_items("BotDataTable")
    if not objects and not list_files(items):
        return
    live = [each for each in user.conversation_ids if each not in user.deleted]
    is_late = any(fault.fault is Fault.DELAYED for fault in simulation.faults)
    is_dead = any(simulation.queues[name].records for name in TURNS)
    complete = not is_late and not is_dead and len(live) == 1
    contents = _list_questions(simulation, {each: histories[each] for each in live[:1]})
    yield from find_wrong_files(items, objects, contents, complete=complete)


def _check_sent_messages(simulation: Simulation, histories: Histories) -> Iterator[str]:
    """Check the mails, text messages and tasks of a script that has only one user."""
    items = simulation.list_items("BotDataTable")
    for kind, sent in ((SendKind.MAIL, simulation.mails), (SendKind.SMS, simulation.texts)):
        if sent or has_claims(items, kind):
            contents = _list_questions(simulation, histories)
            yield from find_wrong_messages(items, kind, sent, contents, faultless=not simulation.faults)


def _check_runs(simulation: Simulation, histories: Histories) -> Iterator[str]:
    """Check the scripts that have run without a user."""
    items, faultless = simulation.list_items("BotDataTable"), not simulation.faults
    if simulation.schedules or has_schedules(items):
        answered = len(_list_questions(simulation, histories))
        yield from find_wrong_schedules(items, simulation.schedules, answered, faultless=faultless)
    elif simulation.received:
        yield from find_wrong_answers(items, [*simulation.received], simulation.mails, faultless=faultless)
    elif simulation.due or has_run(items):
        yield from find_wrong_runs(items, simulation.due, simulation.mails, faultless=faultless)
