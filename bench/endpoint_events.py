"""What ``bench.endpoints`` measures: users with conversations, and the event of each endpoint for a user.

Chat completions, runs of agents and webhooks are left out: they wait for a bot or run a script, which takes longer than
all else, and do what sending does beside that. ``health`` and the OpenAPI document make no request.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from itertools import cycle
from typing import Any, NamedTuple
from uuid import uuid4

from bench.data import fill_list
from bench.stack import Context, Event, create_rest_event
from bench.turns import GROUP, run_turn

_HISTORY, _LIST = 60, 60
"""Messages and conversations: more than a page."""
_CONVERSATION = "/conversations/{conversation_id}"
_CONNECTION = "bench-{}"

type Handler = Callable[[Event, Any], dict[str, Any]]
type Build = Callable[["Side"], Event]


class Side(NamedTuple):
    """One of the two users.

    Attributes
    ----------
    owner
        The user, who has an open connection.
    queued, inline
        Conversations with a bot in the queue, and with one that answers within the request; the latter has a history.
    rated_id
        The public id of a message of the bot in ``inline``.
    rules_id
        The bot that answers within the request.
    """

    owner: str
    queued: str
    inline: str
    rated_id: str
    rules_id: str


class Endpoint(NamedTuple):
    """A handler, and what builds its event for a user, with all that the event needs."""

    name: str
    handler: Handler
    build: Build


def prepare_side(rules: str, script: str) -> Side:
    """Store a user with an open connection, a list, and a history; return the user with two conversations."""
    from conversations.bootstrap.clients import dynamodb
    from rest.send_message.app import handler as send_message

    owner = f"user:bench-{uuid4()}"
    fill_list(dynamodb(), owner, _LIST)
    side = Side(owner, queued=_start(owner, script), inline=_start(owner, rules), rated_id="", rules_id=rules)
    _connect(side, _CONNECTION.format(owner))
    for _ in range(_HISTORY // 2):
        run(send_message, build_send(side, side.inline))
    return side._replace(rated_id=_find_newest_id(side))


def _find_newest_id(side: Side) -> str:
    """Return the public id of the newest message, which is the bot's."""
    from rest.get_history.app import handler

    page = json.loads(run(handler, _rest("GET", f"{_CONVERSATION}/history", side))["body"])
    return str(page["messages"][-1]["id"])


def list_endpoints() -> list[Endpoint]:
    """Return what is measured."""
    return [*_list_chat_endpoints(), *_list_other_endpoints(), *_list_routes()]


def _list_chat_endpoints() -> list[Endpoint]:
    """Return what a chat client calls, and the route of messages of the WebSocket."""
    from rest.get_conversation.app import handler as get_conversation
    from rest.get_history.app import handler as get_history
    from rest.list_bots.app import handler as list_bots
    from rest.list_conversations.app import handler as list_conversations
    from rest.send_message.app import handler as send_message
    from rest.start_conversation.app import handler as start_conversation
    from websocket.message.app import handler as message

    return [
        Endpoint("start", start_conversation, _build_start),
        Endpoint("send, to a bot in the queue", send_message, lambda side: build_send(side, side.queued)),
        Endpoint("send, answered by rules", send_message, lambda side: build_send(side, side.inline)),
        Endpoint("`message` frame, to a bot in the queue", message, lambda side: _build_message(side, side.queued)),
        Endpoint("`message` frame, answered by rules", message, lambda side: _build_message(side, side.inline)),
        Endpoint("history, 50 messages", get_history, partial(_rest, "GET", f"{_CONVERSATION}/history")),
        Endpoint("list, 50 conversations", list_conversations, partial(_rest, "GET", "/conversations")),
        Endpoint("get a conversation", get_conversation, partial(_rest, "GET", _CONVERSATION)),
        Endpoint("list bots", list_bots, partial(_rest, "GET", "/bots")),
    ]


def _list_other_endpoints() -> list[Endpoint]:
    from rest.check_connection.app import handler as check_connection
    from rest.claim_conversation.app import handler as claim_conversation
    from rest.create_ticket.app import handler as create_ticket
    from rest.create_upload.app import handler as create_upload
    from rest.delete_conversation.app import handler as delete_conversation
    from rest.delete_me.app import handler as delete_me
    from rest.export_me.app import handler as export_me
    from rest.list_models.app import handler as list_models
    from rest.rate_message.app import handler as rate_message
    from rest.update_conversation.app import handler as update_conversation

    return [
        Endpoint("rename", update_conversation, lambda side: _build_update(side, {"title": f"Order {uuid4()}"})),
        Endpoint("archive", update_conversation, lambda side: _build_update(side, {"status": "archived"})),
        Endpoint("rate", rate_message, _build_rating),
        Endpoint("begin an upload", create_upload, _build_upload),
        Endpoint("claim, 3 messages", claim_conversation, _build_claim),
        Endpoint("delete a conversation", delete_conversation, _build_deletion),
        Endpoint("create a ticket", create_ticket, partial(_rest, "POST", "/tickets", body={})),
        Endpoint("check a connection", check_connection, partial(_rest, "GET", "/connections/check")),
        Endpoint("list bots as models", list_models, partial(_rest, "GET", "/openai/v1/models")),
        Endpoint("export, a page", export_me, partial(_rest, "GET", "/me/export")),
        Endpoint("delete a user", delete_me, _build_user_deletion),
    ]


def _list_routes() -> list[Endpoint]:
    """Return the other routes of the WebSocket, but for ``upload`` and ``abort``: see ``POST …/files`` and ``stop``."""
    from websocket.connect.app import handler as connect
    from websocket.disconnect.app import handler as disconnect
    from websocket.ping.app import handler as ping
    from websocket.rate.app import handler as rate
    from websocket.resume.app import handler as resume
    from websocket.stop.app import handler as stop

    return [
        Endpoint("`$connect` of a user", connect, _build_connect),
        Endpoint("`$disconnect`", disconnect, _build_disconnect),
        Endpoint("`resume`, nothing missed", resume, _build_resume),
        Endpoint("`rate`", rate, lambda side: _frame(side, "rate", id=side.rated_id, rating=_choose_rating())),
        Endpoint("`stop`, no answer in progress", stop, lambda side: _frame(side, "stop")),
        Endpoint("`ping`", ping, lambda side: _socket_event(side, "ping", {"type": "ping"})),
    ]


def _rest(method: str, resource: str, side: Side, body: object = None, conversation: str = "") -> Event:
    parameters = {"conversation_id": f"conv-{conversation or side.inline}", "message_id": side.rated_id}
    text = None if body is None else json.dumps(body)
    event = create_rest_event(method, resource, resource.format(**parameters), body=text, owner=side.owner)
    event["pathParameters"] = {name: value for name, value in parameters.items() if f"{{{name}}}" in resource}
    event["requestContext"] |= {"identity": {"sourceIp": "192.0.2.1"}}
    event["requestContext"]["authorizer"]["groups"] = json.dumps(GROUP)
    return event


def _build_start(side: Side) -> Event:
    return _rest("POST", "/conversations/start", side, {"bot_id": side.rules_id})


def build_send(side: Side, conversation: str) -> Event:
    """Return the event of a message to a conversation."""
    body = {"content": "hello", "client_message_id": str(uuid4())}
    return _rest("POST", f"{_CONVERSATION}/messages", side, body, conversation)


def _build_update(side: Side, changes: object) -> Event:
    return _rest("PATCH", _CONVERSATION, side, changes, _start(side.owner, side.rules_id))


def _build_rating(side: Side) -> Event:
    return _rest("PUT", f"{_CONVERSATION}/messages/{{message_id}}/rating", side, {"rating": _choose_rating()})


def _build_upload(side: Side) -> Event:
    file = {"name": "receipt.png", "content_type": "image/png", "size": 48_213}
    return _rest("POST", f"{_CONVERSATION}/files", side, file)


def _build_claim(side: Side) -> Event:
    """Return the event after a visitor has sent a message that a bot answered."""
    from conversations.bootstrap.messages import message_service
    from conversations.bootstrap.stores import bot_catalogue, conversation_store, visitor_token_store
    from conversations.domain import ids, timestamps, visitor_token
    from conversations.domain.jobs import AnswerJob, GreetJob
    from conversations.domain.message import Draft
    from conversations.domain.principal import visitor_principal
    from conversations.domain.secrets import hash_secret
    from conversations.services.conversations import new_conversation

    now = timestamps.now()
    # The group has access to the bot, which visitors do not have.
    visitor = replace(visitor_principal(ids.new_conversation_id(now)), groups=frozenset(GROUP))
    conversation = new_conversation(visitor, bot_catalogue().get(side.rules_id), now)
    conversation_store().create(conversation)
    token = visitor_token.make(conversation.id)
    visitor_token_store().add_token(conversation.id, hash_secret(token))
    run_turn(GreetJob(conversation_id=conversation.id))
    message = message_service().send(visitor, conversation.id, Draft(content="hello"))
    run_turn(AnswerJob(conversation_id=conversation.id, message_id=message.id))
    return _rest("POST", "/conversations/claim", side, {"session_token": token})


def _build_deletion(side: Side) -> Event:
    conversation_id = _start(side.owner, side.rules_id)
    return _rest("DELETE", _CONVERSATION, side, conversation=conversation_id)


def _build_user_deletion(side: Side) -> Event:
    """Return the event of a user with one conversation, whose requests are counted already."""
    from conversations.bootstrap.stores import rate_limiter
    from conversations.domain import limits, timestamps

    owner = f"{side.owner}-{uuid4()}"
    _start(owner, side.rules_id)
    rate_limiter().acquire(limits.ACTIONS, owner, timestamps.now())
    return _rest("DELETE", "/me", side._replace(owner=owner))


def _build_message(side: Side, conversation: str) -> Event:
    frame = {"type": "message", "content": "hello", "session_id": f"session-{conversation}"}
    return _socket_event(side, "message", frame | {"client_message_id": str(uuid4())})


def _frame(side: Side, kind: str, **fields: object) -> Event:
    return _socket_event(side, kind, {"type": kind, "session_id": f"session-{side.inline}", **fields})


def _build_resume(side: Side) -> Event:
    return _frame(side, "resume", after=_find_newest_id(side))


def _build_connect(side: Side) -> Event:
    """Return the event of one further connection; each replaces the one before."""
    return _socket_event(side, "$connect", None, f"{_CONNECTION.format(side.owner)}-2")


def _build_disconnect(side: Side) -> Event:
    connection_id = f"bench-{uuid4()}"
    _connect(side, connection_id)
    return _socket_event(side, "$disconnect", None, connection_id)


def _socket_event(side: Side, route: str, frame: object, connection_id: str = "") -> Event:
    context = {
        "routeKey": route,
        "eventType": {"$connect": "CONNECT", "$disconnect": "DISCONNECT"}.get(route, "MESSAGE"),
        "requestId": "bench",
        "connectionId": connection_id or _CONNECTION.format(side.owner),
        "identity": {"sourceIp": "192.0.2.1"},
        "authorizer": {"owner": side.owner, "expires_at": "4102444800", "groups": json.dumps(GROUP)},
    }
    event = {"requestContext": context, "isBase64Encoded": False}
    query = {"session_id": f"session-{side.inline}"}
    return event | ({"headers": {}, "queryStringParameters": query} if frame is None else {"body": json.dumps(frame)})


def _choose_rating() -> str:
    """Return either rating; an unchanged one is not written."""
    return next(_RATINGS)


_RATINGS = cycle(("up", "up", "down", "down"))
"""A round has two ratings, one for each user."""


def _connect(side: Side, connection_id: str) -> None:
    from conversations.bootstrap.connections import connection_store
    from conversations.domain import timestamps
    from conversations.domain.connection import Connection

    now = timestamps.now()
    expires_at = timestamps.add_seconds(now, 7_200)
    connection_store().add(Connection(side.owner, connection_id, side.inline, now, expires_at))


def _start(owner: str, bot_id: str) -> str:
    """Start a conversation with a bot, let the bot greet, and return the bare id."""
    from conversations.bootstrap.conversations import conversation_service
    from conversations.domain import timestamps
    from conversations.domain.jobs import GreetJob
    from conversations.domain.principal import Principal

    principal = Principal(owner, expires_at=timestamps.add_seconds(timestamps.now(), 3_600), groups=frozenset(GROUP))
    conversation = conversation_service().start(principal, bot_id=bot_id, initial_message=None)
    run_turn(GreetJob(conversation_id=conversation.id))
    return conversation.id


def run(handler: Handler, event: Event) -> dict[str, Any]:
    """Invoke a handler, and fail unless it succeeds."""
    response = handler(event, Context())
    if response["statusCode"] >= HTTPStatus.BAD_REQUEST:
        raise SystemExit(f"The handler returned {response}.")
    return response
