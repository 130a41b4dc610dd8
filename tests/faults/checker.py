"""What must be true after a run, seen from the outside: acknowledgements, history, lists, and every device's view."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conversations.domain import ids
from conversations.domain.conversation import MAX_PREVIEW_LENGTH
from tests import events
from tests.faults.bot import GREETING, answers
from tests.faults.people import OBSERVER, Person, Said, return_of
from tests.faults.simulation import Simulation

type Shown = Mapping[str, Any]

_SHOWN = ("id", "seq", "sender", "content", "timestamp")


def violations(simulation: Simulation, people: Sequence[Person]) -> list[str]:
    """Return every promise that was broken, in words."""
    found = [each for person in people for each in _of_person(simulation, person)]
    found += _of_others(simulation, people)
    # By chance, others may take so long between two steps of a neighbour that the neighbour's own time is up.
    return found + (simulation.disturbed if simulation.plan.orderly else [])


def _of_person(simulation: Simulation, person: Person) -> Iterator[str]:
    yield from person.faults
    dead = _dead_letters(simulation)
    if person.principal.anonymous:
        if person.is_there:
            yield from _of_visitor(person, dead)
        return
    yield from _of_dead_tokens(simulation, person)
    listed = _list(simulation, person)
    yield from _of_list(simulation, person, listed)
    for session_id in person.deleted:
        yield from _of_deleted(simulation, person, session_id)
    for conversation in listed["conversations"]:
        session_id = conversation["id"].removeprefix("conv-")
        history = _history(simulation, person, session_id)
        name = f"{person.name} in {session_id[-6:]}"
        yield from (f"{name}: {each}" for each in _of_history(history))
        said = [each for each in person.said if each.session_id == session_id]
        yield from (f"{name}: {each}" for each in _of_acknowledged(said, history))
        pending_message_ids: list[str] = []
        yield from (f"{name}: {each}" for each in _of_turns(history, dead, unanswered))
        if person.listens and not simulation.met("sockets"):
            told = {frame.get("message_id") for frames in simulation.sockets.told.values() for frame in frames}
            yield from (f"{name}: nobody said that {each} got no answer" for each in unanswered if each not in told)
        yield from (f"{name}: {each}" for each in _of_views(person, session_id, history))
        yield from (f"{name}: {each}" for each in _of_summary(conversation, history))


def _of_history(history: Sequence[Shown]) -> Iterator[str]:
    if [each["seq"] for each in history] != list(range(1, len(history) + 1)):
        yield f"seq is {[each['seq'] for each in history]}"
    times = [each["timestamp"] for each in history]
    if times != sorted(times):
        yield f"timestamps do not grow: {times}"
    if len({each["id"] for each in history}) != len(history):
        yield "an id is there twice"


def _of_acknowledged(said: Sequence[Said], history: Sequence[Shown]) -> Iterator[str]:
    users = [each for each in history if each["sender"] == "user"]
    for each in said:
        stored = [
            message
            for message in users
            if each.client_message_id is not None and message.get("client_message_id") == each.client_message_id
        ]
        if len(stored) > 1:
            yield f"{each.content} is stored {len(stored)} times"
        if each.refused not in (None, "gone") and stored:
            yield f"{each.content} was refused ({each.refused}) and is stored"
        if each.acknowledged is None:
            continue
        if each.client_message_id is None:
            stored = [message for message in users if message["seq"] == each.acknowledged["seq"]]
        if len(stored) != 1:
            yield f"{each.content} was acknowledged and is stored {len(stored)} times"
            continue
        told = {"content": each.content, **each.acknowledged}
        found = {**stored[0], "message_id": stored[0]["id"]}
        if not told.items() <= found.items():
            yield f"{each.content} was acknowledged as {told} and stored as {found}"
    known = {each.client_message_id for each in said}
    for message in users:
        if message.get("client_message_id") not in known and message["seq"] != 1:
            yield f"nobody said {message}"


def _of_turns(history: Sequence[Shown], dead: set[str], pending_message_ids: list[str]) -> Iterator[str]:
    """Check that each question has its whole answer once, in the order of the questions, or lies with the dead.

    The ids of the latter are added to ``unanswered``.
    """
    spoken = [each for each in history if each["sender"] == "bot"]
    if tuple(each["content"] for each in spoken[: len(GREETING)]) == GREETING:
        yield from _of_turn(0, spoken[: len(GREETING)])
        spoken = spoken[len(GREETING) :]
    asked = [each for each in history if each["sender"] == "user"]
    for question in asked:
        expected = answers(question["content"])
        turn = spoken[: len(expected)]
        if tuple(each["content"] for each in turn) == expected:
            yield from _of_turn(question["seq"], turn)
            spoken = spoken[len(expected) :]
        elif question["id"] not in dead:
            shown = [f"{each['seq']} {each['content']}" for each in history]
            yield f"{question['content']} ({question['seq']}) is not answered in its turn: {shown}"
            return
        else:
            unanswered.append(question["id"])
    if spoken:
        yield f"nobody asked for {[each['content'] for each in spoken]}"


def _of_turn(question: int, turn: Sequence[Shown]) -> Iterator[str]:
    seqs = [each["seq"] for each in turn]
    if seqs != list(range(seqs[0], seqs[0] + len(seqs))) or seqs[0] <= question:
        yield f"the turn for {question} is at {seqs}"


def _dead_letters(simulation: Simulation) -> set[str]:
    """Return the public ids of the messages that were given up."""
    bodies = [json.loads(record.body) for record in simulation.queues["RepliesDeadLetters"].records]
    return {ids.format_message_id(body["message_id"]) for body in bodies if "message_id" in body}


def _of_views(person: Person, session_id: str, history: Sequence[Shown]) -> Iterator[str]:
    expected = [{name: each[name] for name in _SHOWN} for each in history]
    for device in person.devices:
        if session_id != device.session_id and session_id not in device.views:
            continue
        view = sorted(device.views.get(session_id, {}).values(), key=lambda each: int(each["seq"]))
        if view != expected:
            missing = [each["seq"] for each in expected if each not in view]
            more = [each for each in view if each not in expected]
            yield f"{device.name} does not show {missing} and shows {more} besides"


def _of_summary(conversation: Shown, history: Sequence[Shown]) -> Iterator[str]:
    last = history[-1] if history else None
    if last is None:
        return
    if conversation["last_message"] != last["content"][:MAX_PREVIEW_LENGTH]:
        yield f"the list shows {conversation['last_message']}, the last message is {last['content']}"
    if conversation["last_activity"] != last["timestamp"]:
        yield f"the list says {conversation['last_activity']}, the last message is of {last['timestamp']}"


def _of_list(simulation: Simulation, person: Person, listed: Shown) -> Iterator[str]:
    found = [each["id"].removeprefix("conv-") for each in listed["conversations"]]
    if listed["total"] != len(found):
        yield f"{person.name}: the list has {len(found)} conversations, and its total is {listed['total']}"
    for session_id in person.sessions:
        if (session_id in found) == (session_id in person.deleted):
            yield f"{person.name}: {session_id} is {'' if session_id in found else 'not '}listed"
    archived = any(folder == "update_conversation" for _, folder in simulation.calls)
    for status in ("active", "archived") if archived else ():
        some = _list(simulation, person, status)
        if some["total"] != len(some["conversations"]):
            yield f"{person.name}: {len(some['conversations'])} are {status}, and the total is {some['total']}"


def _of_deleted(simulation: Simulation, person: Person, session_id: str) -> Iterator[str]:
    for name in ("get_conversation", "get_history"):
        answer = simulation.ask(name, events.rest(name, person.principal, conversation_id=f"conv-{session_id}"))
        if answer["statusCode"] != 404:
            yield f"{person.name}: {name} of a deleted conversation answers {answer['statusCode']}"
    for table in ("SessionsTable", "MessageHistoryTable"):
        left = [str(item["id"]) for item in simulation.holds(table) if session_id in str(item)]
        if left:
            yield f"{person.name}: a deleted conversation left {left} in {table}"


def _of_dead_tokens(simulation: Simulation, person: Person) -> Iterator[str]:
    for token in person.dead_tokens:
        try:
            simulation.ask("authorizer", return_of(token))
        except Exception as refusal:  # noqa: BLE001 - how an authorizer says no to a socket
            if str(refusal) == "Unauthorized":
                continue
        yield f"{person.name} claimed a conversation, and the visitor's token still opens it"


def _of_visitor(person: Person, dead: set[str]) -> Iterator[str]:
    """Check a visitor's conversation by what a device is sent that has just come back to it."""
    observers = [device for device in person.devices if device.name.endswith(OBSERVER)]
    for session_id in person.sessions:
        view = observers[0].views.get(session_id, {}).values()
        history = sorted(view, key=lambda each: int(each["seq"]))
        name = f"{person.name} in {session_id[-6:]}"
        yield from (f"{name}: {each}" for each in _of_history(history))
        yield from (f"{name}: {each}" for each in _of_turns(history, dead, []))
        yield from (f"{name}: {each}" for each in _of_views(person, session_id, history))
        contents = {each["id"]: each["content"] for each in history}
        for each in person.said:
            if each.acknowledged is not None and contents.get(each.acknowledged["message_id"]) != each.content:
                yield f"{name}: {each.content} was acknowledged and is nowhere"
        said = [each["content"] for each in history if each["sender"] == "user"]
        if len(said) > len(person.said):
            yield f"{name}: {said} was stored, and only {len(person.said)} said"


def _of_others(simulation: Simulation, people: Sequence[Person]) -> Iterator[str]:
    """Check that nobody was told anything of somebody else."""
    whose: dict[str, set[str]] = {}
    for person in people:
        for session_id in person.sessions:
            whose.setdefault(session_id, set()).add(person.name)
    owners = {device.name: person.name for person in people for device in person.devices}
    for connection_id, frames in simulation.sockets.told.items():
        owner = owners[connection_id.rpartition("-")[0]]
        for frame in frames:
            session_id = str(frame.get("session_id", "")).removeprefix("session-")
            if owner not in whose.get(session_id, {owner}):
                yield f"{owner} was told {frame}"


def _list(simulation: Simulation, person: Person, status: str | None = None) -> dict[str, Any]:
    query = {"limit": "100"} | ({} if status is None else {"status": status})
    answer = simulation.ask("list_conversations", events.rest("list_conversations", person.principal, query=query))
    assert answer["statusCode"] == 200, answer
    listed: dict[str, Any] = json.loads(answer["body"])
    return listed


def _history(simulation: Simulation, person: Person, session_id: str) -> list[dict[str, Any]]:
    event = events.rest("get_history", person.principal, query={"limit": "100"}, conversation_id=f"conv-{session_id}")
    answer = simulation.ask("get_history", event)
    assert answer["statusCode"] == 200, answer
    page = json.loads(answer["body"])
    assert not page["has_more"]
    return list(page["messages"])
