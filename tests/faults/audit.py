"""Readings after a run, from the outside: every list, conversation and history, and what every client shows."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from conversations.adapters.dynamodb.schema.table_rows import parse_row
from conversations.adapters.dynamodb.serialization import deserialize
from conversations.domain import ids
from tests import events
from tests.faults.bot import BOT
from tests.faults.clients import SimulatedUser, build_reconnect_event, record_rest
from tests.faults.dead_letters import TURNS
from tests.faults.sent_messages import read_title
from tests.faults.simulation import Simulation

type Message = Mapping[str, Any]


def audit(simulation: Simulation, users: Sequence[SimulatedUser]) -> dict[str, Sequence[Message]]:
    """Record all readings, and return the histories by conversation; those of visitors are in the observer's frames."""
    _record_services(simulation)
    histories: dict[str, Sequence[Message]] = {}
    for user in users:
        user.record_device(_name_auditor(user))
        if not user.principal.anonymous:
            for conversation_id in _list_conversations(simulation, user):
                _request(simulation, user, "get_conversation", conversation_id)
                page = _request(simulation, user, "get_history", conversation_id, query={"limit": "100"})
                histories[conversation_id] = page["messages"]
            for status in ("active", "archived"):
                _request(simulation, user, "list_conversations", query={"limit": "100", "status": status})
            for conversation_id in user.deleted:
                _request(simulation, user, "get_conversation", conversation_id)
                _request(simulation, user, "get_history", conversation_id)
            _try_revoked_tokens(simulation, user)
        _record_shown(simulation, user)
    return histories


def _name_auditor(user: SimulatedUser) -> str:
    return f"{user.name}-auditor"


def _list_conversations(simulation: Simulation, user: SimulatedUser) -> list[str]:
    page = _request(simulation, user, "list_conversations", query={"limit": "100"})
    return [row["id"].removeprefix("conv-") for row in page["conversations"]]


def _request(
    simulation: Simulation,
    user: SimulatedUser,
    operation: str,
    conversation_id: str | None = None,
    *,
    query: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Send a REST request without faults, and return the body of the response."""
    path = None if conversation_id is None else f"conv-{conversation_id}"
    event = events.rest(operation, user.principal, query=query, conversation_id=path)
    record = record_rest(simulation, _name_auditor(user), operation, event)
    response = simulation.invoke_now(operation, event)
    body: dict[str, Any] = json.loads(response["body"])
    record(response["statusCode"], body)
    return body


def _try_revoked_tokens(simulation: Simulation, user: SimulatedUser) -> None:
    for token in user.revoked_tokens:
        record = simulation.history.record_request(_name_auditor(user), "connect", body={"session_token": token})
        try:
            simulation.invoke_now("authorizer", build_reconnect_event(token))
        except Exception as refusal:
            # An authorizer refuses a handshake by an exception.
            if str(refusal) != "Unauthorized":
                raise
            record(401)
        else:
            record(200)


def _record_services(simulation: Simulation) -> None:
    """Record what the operators of the services see: dead letters, failed requests to bot servers, tasks."""
    for name in TURNS:
        for record in simulation.queues[name].records:
            message_id = json.loads(record.body).get("message_id")
            fields = {} if message_id is None else {"message_id": ids.format_message_id(message_id)}
            simulation.history.record("dead_letter", queue=name, **fields)
    if any(request.outcome == "failed" for request in simulation.server_requests):
        simulation.history.record("engine_failed")
    for row in map(deserialize, simulation.list_items("BotDataTable")):
        if row["bot_table"] == f"{BOT.id}#tasks":
            simulation.history.record("effect", kind="task", key=read_title(parse_row(row["row"])))


def _record_shown(simulation: Simulation, user: SimulatedUser) -> None:
    for client in user.clients if user.is_active else ():
        shown = {*client.views, *([client.conversation_id] if client.conversation_id else [])}
        for conversation_id in sorted(shown & set(user.conversation_ids) - user.deleted):
            view = client.views.get(conversation_id, {}).values()
            messages = sorted(view, key=lambda message: int(message["seq"]))
            simulation.history.record("shown", device=client.name, conversation=conversation_id, messages=messages)
