"""What users do, as data: each scenario runs on the fault simulation and on a deployed stack, with the same frames."""

from collections.abc import Mapping, Sequence
from typing import Any

type Step = Mapping[str, Any]
"""What somebody does. ``do`` is one of

- ``connect``: ``device`` of ``user`` opens a connection, with a ``query``; a user whose name begins with ``visitor``
  has no account,
- ``close``: the device closes it,
- ``send``: the device sends a ``frame``,
- ``request``: ``user`` sends a REST request: ``operation``, ``conversation``, ``body``, ``query``.

A string that begins with ``$`` is a value that was received before: ``$session``, ``$conversation`` (the last that
a ``connected`` frame or a response has named), ``$token`` (of the visitor), and ``$first`` (the id of the first message
that any device has received).
"""


def _connect(device: str = "phone", user: str = "ada", **query: str) -> Step:
    return {"do": "connect", "device": device, "user": user, "query": query}


def _send(device: str = "phone", **frame: object) -> Step:
    return {"do": "send", "device": device, "frame": frame}


def _say(content: str, key: str, device: str = "phone", **fields: object) -> Step:
    return _send(device, type="message", content=content, client_message_id=key, **fields)


def _request(operation: str, user: str = "ada", *, body: object = None, **query: str) -> Step:
    conversation = None if operation in _OF_USER else "$conversation"
    sent = {"operation": operation, "conversation": conversation, "body": body, "query": query}
    return {"do": "request", "user": user, **sent}


_OF_USER = ("start_conversation", "list_conversations", "claim_conversation")

_TWO_DEVICES: Sequence[Step] = (_connect(bot_id="$bot"), _connect("laptop", session_id="$session"))

SCENARIOS: Mapping[str, Sequence[Step]] = {
    "send": (
        _connect(bot_id="$bot"),
        _say("hello", "a"),
        _say("what is this", "b", session_id="$session"),
    ),
    "send_over_rest": (
        _request("start_conversation", body={"bot_id": "$bot", "initial_message": "thank you"}),
        _request("send_message", body={"content": "what is this", "client_message_id": "a"}),
        _request("get_history", limit="100"),
        _request("get_conversation"),
        _request("list_conversations"),
    ),
    "retry": (
        *_TWO_DEVICES,
        _say("hello", "a"),
        _say("hello", "a"),
        _say("hello", "a", "laptop", session_id="$session"),
        _request("send_message", body={"content": "hello", "client_message_id": "a"}),
        _say("thank you", "a"),
        _request("send_message", body={"content": "thank you", "client_message_id": "a"}),
    ),
    "two_devices": (
        *_TWO_DEVICES,
        _say("what is this", "a"),
        _say("thank you", "b", "laptop", session_id="$session"),
        _request("send_message", body={"content": "hello", "client_message_id": "c"}),
    ),
    "resume": (
        *_TWO_DEVICES,
        _say("hello", "a"),
        {"do": "close", "device": "laptop"},
        _say("what is this", "b"),
        _connect("laptop", session_id="$session"),
        _send("laptop", type="resume", session_id="$session", after="$first"),
        _send("laptop", type="resume", session_id="$session"),
    ),
    "stop": (*_TWO_DEVICES, _say("hello", "a"), _send(type="stop", session_id="$session")),
    "archive": (
        *_TWO_DEVICES,
        _say("hello", "a"),
        _request("update_conversation", body={"status": "archived"}),
        _say("thank you", "b", session_id="$session"),
        _request("send_message", body={"content": "thank you", "client_message_id": "c"}),
        _request("list_conversations", status="archived"),
        _request("update_conversation", body={"status": "active"}),
        _say("thank you", "b", session_id="$session"),
    ),
    "delete": (
        *_TWO_DEVICES,
        _say("hello", "a"),
        _request("delete_conversation"),
        _say("thank you", "b", session_id="$session"),
        _request("get_history"),
        _request("list_conversations"),
    ),
    "claim": (
        _connect("tab", "visitor", bot_id="$bot"),
        _say("hello", "a", "tab"),
        _connect(bot_id="$bot"),
        _request("claim_conversation", body={"session_token": "$token"}),
        _request("claim_conversation", body={"session_token": "$token"}),
        _request("get_history"),
        _say("thank you", "b", session_id="$session"),
    ),
    "mistakes": (
        _connect(bot_id="$bot"),
        _say("", "a"),
        _say("hello", "b", session_id="session-unknown"),
        _send(type="resume", session_id="$session", after="msg-unknown"),
        _send(type="message"),
        _request("send_message", body={"content": 1}),
        _request("send_message", "bob", body={"content": "hello"}),
        _request("get_history", "bob"),
    ),
}
