"""The checks after a run, from the outside: acknowledgements, history, lists, and what every client shows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from conversations.domain import ids
from conversations.domain.conversation import GREETING_SEQ, MAX_PREVIEW_LENGTH
from tests import events
from tests.faults.automations import find_wrong_runs, has_run
from tests.faults.bot import build_answers, is_streamed_question
from tests.faults.clients import OBSERVER, SentMessage, SimulatedClient, SimulatedUser, build_reconnect_event
from tests.faults.dead_letters import TURNS, find_undeserved_dead_letters
from tests.faults.files import find_wrong_files, list_files
from tests.faults.mails import find_wrong_mails, has_claims
from tests.faults.plans import Fault
from tests.faults.server_requests import check_state, find_wrong_requests
from tests.faults.simulation import Simulation
from tests.faults.streaming import check_answer, check_greeting, check_shown, find_abandoned_texts, find_wrong_states

type Message = Mapping[str, Any]

_SHOWN_FIELDS = ("id", "seq", "sender", "content", "timestamp")


def find_violations(simulation: Simulation, users: Sequence[SimulatedUser]) -> list[str]:
    """Return a sentence for every promise that was broken."""
    violations = [sentence for user in users for sentence in _check_user(simulation, user)]
    violations += _check_isolation(simulation, users)
    violations += find_wrong_states(users)
    violations += find_wrong_requests(simulation)
    violations += [sentence for user in users for sentence in _check_files(simulation, user)]
    violations += [sentence for user in users for sentence in _check_mails(simulation, user)]
    violations += _check_runs(simulation)
    violations += find_undeserved_dead_letters(simulation, users)
    # In random order, others may take so long between two steps of a protected user that the user's step times out.
    return violations + (simulation.disturbances if simulation.plan.is_sequential else [])


def find_missed_frames(simulation: Simulation, users: Sequence[SimulatedUser]) -> list[str]:
    """Return what open connections should have received during the run, without a resume or a reconnect."""
    missed = [sentence for user in users for sentence in _check_claimed(simulation, user)]
    if simulation.has_fault("sockets"):
        return missed
    open_clients = [client for user in users for client in user.clients if client.has_open_connection()]
    return missed + [sentence for client in open_clients for sentence in _check_open(simulation, client)]


def _check_claimed(simulation: Simulation, user: SimulatedUser) -> Iterator[str]:
    """Check that no connection of a visitor received a message that was stored after the user's claim."""
    own = {client.name for client in user.clients}
    for connection_id, frames in simulation.sockets.frames.items():
        for frame in frames if connection_id.rpartition("-")[0] not in own else ():
            conversation_id = str(frame.get("session_id", "")).removeprefix("session-")
            if frame["type"] == "message" and frame["seq"] > user.claimed.get(conversation_id, frame["seq"]):
                yield f"{connection_id} received message {frame['seq']}, stored after the claim"


def _check_open(simulation: Simulation, client: SimulatedClient) -> Iterator[str]:
    yield from _check_received(simulation, client)
    for conversation_id in client.streams_by_conversation:
        yield from find_abandoned_texts(client, conversation_id)


def _check_received(simulation: Simulation, client: SimulatedClient) -> Iterator[str]:
    """Check that a connection has received every message and the status of every conversation of its user."""
    rows = {row["id"]: row for row in simulation.list_conversations(client.user.principal.owner)}
    for conversation_id, row in rows.items():
        before = max(client.stored_before.get(conversation_id, 0), client.user.claimed.get(conversation_id, 0))
        missing = set(range(before + 1, int(row["last_seq"]) + 1)) - client.received.get(conversation_id, set())
        if missing:
            yield f"{client.name} was open and has not received {sorted(missing)} of {conversation_id[-6:]}"
        expected = "archived" if row["status"] == "archived" else "reopened"
        if client.statuses.get(conversation_id, "reopened") != expected:
            yield f"{client.name} was open and has not received {expected} of {conversation_id[-6:]}"
    for conversation_id in client.stored_before.keys() & client.user.deleted:
        if client.statuses.get(conversation_id) != "deleted":
            yield f"{client.name} was open and has not received the deletion of {conversation_id[-6:]}"


def _check_user(simulation: Simulation, user: SimulatedUser) -> Iterator[str]:
    yield from user.faults
    dead_letters = _list_dead_letters(simulation)
    if user.principal.anonymous:
        if user.is_active:
            yield from _check_visitor(simulation, user, dead_letters)
        return
    yield from _check_revoked_tokens(simulation, user)
    page = _list_conversations(simulation, user)
    yield from _check_list(simulation, user, page)
    for conversation_id in user.deleted:
        yield from _check_deleted(simulation, user, conversation_id)
    for conversation in page["conversations"]:
        name = f"{user.name} in {conversation['id'][-6:]}"
        for sentence in _check_conversation(simulation, user, conversation, dead_letters):
            yield f"{name}: {sentence}"


def _check_files(simulation: Simulation, user: SimulatedUser) -> Iterator[str]:
    """Check the files that a script has written for its only user."""
    objects, items = simulation.list_objects(), simulation.list_items("BotDataTable")
    if not objects and not list_files(items):
        return
    live = [each for each in user.conversation_ids if each not in user.deleted]
    history = _get_history(simulation, user, live[0]) if live else []
    answered = set(simulation.get_answered_seqs().values())
    questions = [each for each in history if each["sender"] == "user"]
    is_late = any(fault.fault is Fault.DELAYED for fault in simulation.faults)
    complete = not is_late and not _list_dead_letters(simulation) and len(live) == 1
    contents = [each["content"] for each in questions if each["seq"] in answered]
    yield from find_wrong_files(items, objects, contents, complete=complete)


def _check_mails(simulation: Simulation, user: SimulatedUser) -> Iterator[str]:
    """Check the mails and tasks of a script that has only one user."""
    items = simulation.list_items("BotDataTable")
    if not simulation.mails and not has_claims(items):
        return
    answered = set(simulation.get_answered_seqs().values())
    histories = [_get_history(simulation, user, each) for each in user.conversation_ids]
    questions = [each for history in histories for each in history if each["sender"] == "user"]
    contents = [each["content"] for each in questions if each["seq"] in answered]
    yield from find_wrong_mails(items, simulation.mails, contents, faultless=not simulation.faults)


def _check_runs(simulation: Simulation) -> Iterator[str]:
    """Check the scripts that have run without a user."""
    items = simulation.list_items("BotDataTable")
    if simulation.due or has_run(items):
        yield from find_wrong_runs(items, simulation.due, simulation.mails, faultless=not simulation.faults)


def _check_conversation(
    simulation: Simulation, user: SimulatedUser, conversation: Mapping[str, Any], dead_letters: set[str]
) -> Iterator[str]:
    conversation_id = conversation["id"].removeprefix("conv-")
    history = _get_history(simulation, user, conversation_id)
    yield from _check_history(history)
    yield from _check_sent(
        [message for message in user.messages if message.conversation_id == conversation_id], history
    )
    unanswered: list[str] = []
    yield from _check_turns(simulation, user, history, dead_letters, unanswered)
    yield from check_shown(simulation, user, conversation_id, history)
    yield from check_state(simulation, user, conversation_id, history)
    if user.expects_failures and not simulation.has_fault("sockets"):
        reported = {frame.get("message_id") for frames in simulation.sockets.frames.values() for frame in frames}
        for message_id in unanswered:
            if message_id not in reported:
                yield f"the failure of {message_id} was not reported to the user"
    yield from _check_views(user, conversation_id, history)
    yield from _check_summary(simulation, conversation, history)


def _check_history(history: Sequence[Message]) -> Iterator[str]:
    seqs = [message["seq"] for message in history]
    if seqs != list(range(1, len(history) + 1)):
        yield f"seq is {seqs}"
    times = [message["timestamp"] for message in history]
    if times != sorted(times):
        yield f"timestamps decrease: {times}"
    if len({message["id"] for message in history}) != len(history):
        yield "two messages have the same id"


def _check_sent(sent: Sequence[SentMessage], history: Sequence[Message]) -> Iterator[str]:
    """Check that acknowledged messages are stored once and as acknowledged, and that nothing else is stored."""
    stored = [message for message in history if message["sender"] == "user"]
    for message in sent:
        yield from _check_sent_message(message, stored)
    client_message_ids = {message.client_message_id for message in sent}
    for entry in stored:
        if entry.get("client_message_id") not in client_message_ids and entry["seq"] != 1:
            yield f"{entry} was never sent"


def _check_sent_message(sent: SentMessage, stored: Sequence[Message]) -> Iterator[str]:
    matches = _find_stored(sent, stored)
    if len(matches) > 1:
        yield f"{sent.content} is stored {len(matches)} times"
    if sent.refused not in (None, "gone") and matches:
        yield f"{sent.content} was refused ({sent.refused}) and is stored"
    if sent.acknowledged is None:
        return
    if len(matches) != 1:
        yield f"{sent.content} was acknowledged and is stored {len(matches)} times"
        return
    acknowledged = {"content": sent.content, **sent.acknowledged}
    found = {**matches[0], "message_id": matches[0]["id"]}
    if not acknowledged.items() <= found.items():
        yield f"{sent.content} was acknowledged as {acknowledged} and stored as {found}"


def _find_stored(sent: SentMessage, stored: Sequence[Message]) -> list[Message]:
    if sent.client_message_id is not None:
        return [message for message in stored if message.get("client_message_id") == sent.client_message_id]
    seq = None if sent.acknowledged is None else sent.acknowledged["seq"]
    return [message for message in stored if message["seq"] == seq]


def _check_turns(
    simulation: Simulation,
    user: SimulatedUser,
    history: Sequence[Message],
    dead_letters: set[str],
    unanswered: list[str],
) -> Iterator[str]:
    """Check that every question is answered completely, once and in order, or is in the dead-letter queue.

    The ids of the latter are added to ``unanswered``.
    """
    replies = [message for message in history if message["sender"] == "bot"]
    if greeting := _take_turn(simulation, GREETING_SEQ, replies):
        yield from check_greeting(simulation, user, greeting)
        yield from _check_turn(GREETING_SEQ, greeting)
        replies = replies[len(greeting) :]
    for question in [message for message in history if message["sender"] == "user"]:
        if is_streamed_question(question["content"]):
            turn = _take_turn(simulation, question["seq"], replies)
            if turn:
                yield from check_answer(simulation, user, question["content"], turn)
                yield from _check_turn(question["seq"], turn)
                replies = replies[len(turn) :]
                continue
            # A bot that is stopped before its first word says nothing.
            if user.has_stopped(question["content"]):
                continue
            expected: tuple[str, ...] = (f"an answer to {question['content']}",)
        else:
            expected = build_answers(question["content"])
        turn = replies[: len(expected)]
        if tuple(reply["content"] for reply in turn) == expected:
            yield from _check_turn(question["seq"], turn)
            replies = replies[len(expected) :]
        elif question["id"] not in dead_letters:
            contents = [f"{message['seq']} {message['content']}" for message in history]
            yield f"{question['content']} ({question['seq']}) is not answered in its turn: {contents}"
            return
        else:
            unanswered.append(question["id"])
    if replies:
        yield f"no question has the answers {[reply['content'] for reply in replies]}"


def _take_turn(simulation: Simulation, seq: int, replies: Sequence[Message]) -> Sequence[Message]:
    """Return the first messages, as far as they answer the message with this ``seq``."""
    answered = simulation.get_answered_seqs()
    return list(takewhile(lambda reply: answered[reply["id"]] == seq, replies))


def _check_turn(question: int, turn: Sequence[Message]) -> Iterator[str]:
    seqs = [reply["seq"] for reply in turn]
    if seqs != list(range(seqs[0], seqs[0] + len(seqs))) or seqs[0] <= question:
        yield f"the turn for {question} is at {seqs}"


def _list_dead_letters(simulation: Simulation) -> set[str]:
    """Return the public ids of the messages in the dead-letter queues."""
    bodies = [json.loads(record.body) for name in TURNS for record in simulation.queues[name].records]
    return {ids.format_message_id(body["message_id"]) for body in bodies if "message_id" in body}


def _check_views(user: SimulatedUser, conversation_id: str, history: Sequence[Message]) -> Iterator[str]:
    """Check that every client that shows the conversation shows exactly its history."""
    expected = [{name: message[name] for name in _SHOWN_FIELDS} for message in history]
    for client in user.clients:
        yield from find_abandoned_texts(client, conversation_id)
        if conversation_id != client.conversation_id and conversation_id not in client.views:
            continue
        view = sorted(client.views.get(conversation_id, {}).values(), key=lambda message: int(message["seq"]))
        if view != expected:
            missing = [message["seq"] for message in expected if message not in view]
            surplus = [message for message in view if message not in expected]
            yield f"{client.name} does not show {missing}, and shows {surplus} too much"


def _check_summary(
    simulation: Simulation, conversation: Mapping[str, Any], history: Sequence[Message]
) -> Iterator[str]:
    if not history:
        return
    last = history[-1]
    if conversation["last_message"] != last["content"][:MAX_PREVIEW_LENGTH]:
        yield f"the list shows {conversation['last_message']}, the last message is {last['content']}"
    # The timestamp of a message that was streamed is the time when the bot began. Bot servers stream greetings, too.
    is_streamed = last["sender"] == "bot" and (
        any(is_streamed_question(message["content"]) for message in history if message["sender"] == "user")
        or bool(simulation.server_requests)
    )
    if conversation["last_activity"] < last["timestamp"] or (
        conversation["last_activity"] != last["timestamp"] and not is_streamed
    ):
        yield f"the list shows {conversation['last_activity']}, the last message is of {last['timestamp']}"


def _check_list(simulation: Simulation, user: SimulatedUser, page: Mapping[str, Any]) -> Iterator[str]:
    listed = [conversation["id"].removeprefix("conv-") for conversation in page["conversations"]]
    if page["total"] != len(listed):
        yield f"{user.name}: the list has {len(listed)} conversations, and its total is {page['total']}"
    for conversation_id in user.conversation_ids:
        if (conversation_id in listed) == (conversation_id in user.deleted):
            yield f"{user.name}: {conversation_id} is {'' if conversation_id in listed else 'not '}listed"
    if user.has_one_conversation and len(listed) != 1:
        yield f"{user.name}: {len(listed)} conversations instead of one"
    for status in ("active", "archived"):
        filtered = _list_conversations(simulation, user, status)
        if filtered["total"] != len(filtered["conversations"]):
            yield f"{user.name}: {len(filtered['conversations'])} are {status}, and the total is {filtered['total']}"
        rows = [row for row in simulation.list_conversations(user.principal.owner) if row["status"] == status]
        expected = {row["id"] for row in rows}
        found = {conversation["id"].removeprefix("conv-") for conversation in filtered["conversations"]}
        if found != expected:
            yield f"{user.name}: the list of {status} has {found}, and the rows are {expected}"


def _check_deleted(simulation: Simulation, user: SimulatedUser, conversation_id: str) -> Iterator[str]:
    for name in ("get_conversation", "get_history"):
        event = events.rest(name, user.principal, conversation_id=f"conv-{conversation_id}")
        status = simulation.invoke_now(name, event)["statusCode"]
        if status != 404:
            yield f"{user.name}: {name} of a deleted conversation responds {status}"
    for table in ("SessionsTable", "MessageHistoryTable"):
        # The counters have the id of the conversation that was started last, until the next one is started.
        counters = {"S": f"{user.principal.owner}#counts"}
        items = [
            str(item["id"])
            for item in simulation.list_items(table)
            if conversation_id in str(item) and item["id"] != counters and not _is_empty_journal(item)
        ]
        if items:
            yield f"{user.name}: a deleted conversation left {items} in {table}"


def _is_empty_journal(item: dict[str, Any]) -> bool:
    """Return whether an item is what is left of the journal of a turn that ran while its conversation was deleted."""
    return "answers" in item and not item["answers"]["B"]


def _check_revoked_tokens(simulation: Simulation, user: SimulatedUser) -> Iterator[str]:
    for token in user.revoked_tokens:
        try:
            simulation.invoke_now("authorizer", build_reconnect_event(token))
        except Exception as refusal:  # noqa: BLE001 - an authorizer refuses a handshake by an exception
            if str(refusal) == "Unauthorized":
                continue
        yield f"{user.name} claimed a conversation, and the visitor's token is still valid"


def _check_visitor(simulation: Simulation, user: SimulatedUser, dead_letters: set[str]) -> Iterator[str]:
    """Check a visitor's conversation by what a client receives that has just reconnected."""
    (observer, *_) = [client for client in user.clients if client.name.endswith(OBSERVER)]
    for conversation_id in user.conversation_ids:
        name = f"{user.name} in {conversation_id[-6:]}"
        view = observer.views.get(conversation_id, {}).values()
        history = sorted(view, key=lambda message: int(message["seq"]))
        for sentence in _check_visitor_history(simulation, user, conversation_id, history, dead_letters):
            yield f"{name}: {sentence}"


def _check_visitor_history(
    simulation: Simulation,
    user: SimulatedUser,
    conversation_id: str,
    history: Sequence[Message],
    dead_letters: set[str],
) -> Iterator[str]:
    yield from _check_history(history)
    yield from _check_turns(simulation, user, history, dead_letters, [])
    yield from check_shown(simulation, user, conversation_id, history)
    yield from _check_views(user, conversation_id, history)
    contents = {message["id"]: message["content"] for message in history}
    for message in user.messages:
        if message.acknowledged is not None and contents.get(message.acknowledged["message_id"]) != message.content:
            yield f"{message.content} was acknowledged and is not stored"
    stored = [message["content"] for message in history if message["sender"] == "user"]
    if len(stored) > len(user.messages):
        yield f"{stored} are stored, and only {len(user.messages)} messages were sent"


def _check_isolation(simulation: Simulation, users: Sequence[SimulatedUser]) -> Iterator[str]:
    """Check that no user received a frame of another user's conversation."""
    participants: dict[str, set[str]] = {}
    for user in users:
        for conversation_id in user.conversation_ids:
            participants.setdefault(conversation_id, set()).add(user.name)
    owners = {client.name: user.name for user in users for client in user.clients}
    for connection_id, frames in simulation.sockets.frames.items():
        owner = owners[connection_id.rpartition("-")[0]]
        for frame in frames:
            conversation_id = str(frame.get("session_id", "")).removeprefix("session-")
            if owner not in participants.get(conversation_id, {owner}):
                yield f"{owner} received {frame}"


def _list_conversations(simulation: Simulation, user: SimulatedUser, status: str | None = None) -> dict[str, Any]:
    query = {"limit": "100"} | ({} if status is None else {"status": status})
    event = events.rest("list_conversations", user.principal, query=query)
    response = simulation.invoke_now("list_conversations", event)
    assert response["statusCode"] == 200, response
    page: dict[str, Any] = json.loads(response["body"])
    return page


def _get_history(simulation: Simulation, user: SimulatedUser, conversation_id: str) -> list[dict[str, Any]]:
    event = events.rest(
        "get_history", user.principal, query={"limit": "100"}, conversation_id=f"conv-{conversation_id}"
    )
    response = simulation.invoke_now("get_history", event)
    assert response["statusCode"] == 200, response
    page = json.loads(response["body"])
    assert not page["has_more"]
    return list(page["messages"])
