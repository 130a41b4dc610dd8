"""The examples of the documents and of the generated events in ``events``.

They are those of the contract where it has one; its ids (``conv-456``) are replaced by ids in the format of this API,
and its times have milliseconds.
"""

from typing import Any

from conversations.contract.operation import Operation
from conversations.domain.errors import RateLimitedError
from conversations.domain.limits import MESSAGES, WINDOW, Policy, Usage
from tools.api.schemas import Json

_UUID = "018d0c90-4d00-7abc-8def-0123456789ab"
CONVERSATION_ID = f"conv-{_UUID}"
SESSION_ID = f"session-{_UUID}"
FIRST_MESSAGE_ID = "msg-018d0c90-4d00-7000-8000-07a4c1d2e3f4"
SECOND_MESSAGE_ID = "msg-018d0c90-50e8-7000-8000-0ba4c1d2e3f5"
MESSAGE_ID = "msg-018d0cab-c440-7000-8000-0fa4c1d2e3f6"
CLIENT_MESSAGE_ID = "0b6f6a52-4f0e-4f0e-9c55-6d2f8d4b8a11"
FILE_ID = "5f0c6f1f2b7d4f55a3f1b8f6f1a20b7e4c6d8e90"
CURSOR = "c2lnbmVkLi4uWyIyMDI0LTAxLTE1VDEwOjMwOjAwLjAwMFoiXQ"
TICKET = "Jq0Qy1bqk4o1m2rYb4Qx0oY2m7VbJ9sD0eVtq8mXk3w"
SESSION_TOKEN = f"{_UUID}.3m8cJt0x2YwQe1rU7sVb5nKp9dLh4gFa6zXo0iCqTyE"

_UPLOAD: Json = {
    "file_id": FILE_ID,
    "attachment": {
        "name": "receipt.png",
        "content_type": "image/png",
        "url": f"https://chat.example.com/api/conversations/{CONVERSATION_ID}/files/{FILE_ID}?key=d1cCq0bUe9oQv8mXk3wY",
    },
    "upload": {
        "url": "https://conversations-drive.s3.us-east-1.amazonaws.com/",
        "fields": {
            "Content-Type": "image/png",
            "key": f"!new/{_UUID}/{FILE_ID}",
            "policy": "eyJleHBpcmF0aW9uIjogIjIwMjQtMDEtMTVUMTA6NDU6MDBaIn0=",
            "x-amz-signature": "8f0b",
        },
        "expires_at": "2024-01-15T10:45:00.000Z",
    },
}
_LISTED: Json = {
    "id": CONVERSATION_ID,
    "bot_id": "bot-123",
    "bot_name": "Support Bot",
    "last_message": "Thank you!",
    "last_activity": "2024-01-15T10:30:00.000Z",
    "status": "active",
}
_CONVERSATION: Json = {
    **_LISTED,
    "conversation_id": CONVERSATION_ID,
    "session_id": SESSION_ID,
    "created_at": "2024-01-15T10:00:00.000Z",
    "updated_at": "2024-01-15T10:30:00.000Z",
    "last_seq": 6,
}
_HISTORY: list[Json] = [
    {
        "id": FIRST_MESSAGE_ID,
        "sender": "user",
        "content": "Hello",
        "timestamp": "2024-01-15T10:00:00.000Z",
        "seq": 1,
    },
    {
        "id": SECOND_MESSAGE_ID,
        "sender": "bot",
        "content": "Hi! How can I help you?",
        "timestamp": "2024-01-15T10:00:01.000Z",
        "seq": 2,
    },
]

REQUESTS: dict[str, Json] = {
    "start_conversation": {"bot_id": "bot-123", "initial_message": "Hello", "client_message_id": CLIENT_MESSAGE_ID},
    "send_message": {"content": "User message", "attachments": []},
    "create_upload": {"name": "receipt.png", "content_type": "image/png", "size": 48213},
    "update_conversation": {"status": "archived", "title": "My order"},
    "rate_message": {"rating": "up"},
    "claim_conversation": {"session_token": SESSION_TOKEN},
    "create_ticket": {},
    "webhook": {"order": 7, "status": "paid"},
    "run_agent": {
        "threadId": "t-1",
        "runId": "r-1",
        "messages": [{"id": "m-1", "role": "user", "content": "Hello"}],
        "state": {},
        "tools": [],
        "context": [],
        "forwardedProps": {},
    },
    "create_chat_completion": {"model": "bot:bot-123", "messages": [{"role": "user", "content": "Hello"}]},
}
"""The body of a request, by operation."""

EVENTS = "\n\n".join(
    f"data: {event}"
    for event in (
        '{"type": "RUN_STARTED", "threadId": "t-1", "runId": "r-1"}',
        f'{{"type": "TEXT_MESSAGE_START", "messageId": "{SECOND_MESSAGE_ID}", "role": "assistant"}}',
        f'{{"type": "TEXT_MESSAGE_CONTENT", "messageId": "{SECOND_MESSAGE_ID}", "delta": "Hi! How can I help you?"}}',
        f'{{"type": "TEXT_MESSAGE_END", "messageId": "{SECOND_MESSAGE_ID}"}}',
        '{"type": "RUN_FINISHED", "threadId": "t-1", "runId": "r-1", "outcome": {"type": "success"}}',
    )
)
"""A response that is a stream of events."""

RESPONSES: dict[str, Json] = {
    "start_conversation": {"conversation_id": CONVERSATION_ID, "session_id": SESSION_ID, "status": "active"},
    "send_message": {
        "message_id": MESSAGE_ID,
        "timestamp": "2024-01-15T10:30:00.000Z",
        "status": "delivered",
        "seq": 3,
    },
    "create_upload": _UPLOAD,
    "get_history": {"messages": _HISTORY, "has_more": False},
    "list_conversations": {"conversations": [_LISTED], "total": 1},
    "get_conversation": _CONVERSATION,
    "update_conversation": {**_CONVERSATION, "status": "archived", "title": "My order"},
    "rate_message": {"message_id": SECOND_MESSAGE_ID, "rating": "up"},
    "claim_conversation": _CONVERSATION,
    "list_bots": {
        "bots": [
            {"id": "bot-123", "name": "Support Bot", "description": "Helps with what went wrong.", "default": True},
        ]
    },
    "create_ticket": {"ticket": TICKET, "expires_in": 60, "ws_url": "ws://localhost:8080/ws"},
    "export_me": {"conversation": _CONVERSATION, "messages": _HISTORY, "next_cursor": CURSOR},
    "delete_me": {"status": "erasing"},
    "webhook": {"received": 7},
    "create_chat_completion": {
        "id": f"chatcmpl-{FIRST_MESSAGE_ID.removeprefix('msg-')}",
        "object": "chat.completion",
        "created": 1705312802,
        "model": "bot:bot-123",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi! How can I help you?"},
                "finish_reason": "stop",
            }
        ],
        "conversation_id": CONVERSATION_ID,
    },
    "list_models": {
        "object": "list",
        "data": [{"id": "bot:bot-123", "object": "model", "created": 0, "owned_by": "conversations"}],
    },
    "health": {"status": "ok"},
}
"""The body of the response, by operation."""

PARAMETERS: dict[str, Json] = {
    "message_id": {"message": SECOND_MESSAGE_ID},
    "conversation_id": {"conversation": CONVERSATION_ID, "session": SESSION_ID},
    "before": {"message": FIRST_MESSAGE_ID, "time": "2024-01-15T10:30:00Z"},
    "after": {"message": FIRST_MESSAGE_ID, "time": "2024-01-15T10:00:00Z"},
    "limit": {"few": 10},
    "offset": {"third page": 100},
    "bot_id": {"bot": "bot-123"},
    "name": {"webhook": "orders"},
    "file_id": {"file": FILE_ID},
    "key": {"of a link": "d1cCq0bUe9oQv8mXk3wYb4Qx0oY2m7Vb"},
    "Idempotency-Key": {"delivery": "8e03978e-40d5-43e8-bc93-6894a57f9324"},
    "status": {"open": "active"},
}
"""Values of parameters, by name. A cursor has none: only one that the API has returned is valid."""

QUERIES: dict[str, dict[str, str]] = {
    "get_history": {"limit": "50"},
    "list_conversations": {"status": "active", "limit": "50", "offset": "0"},
    "webhook": {"source": "shop"},
    "get_file": {"key": "d1cCq0bUe9oQv8mXk3wYb4Qx0oY2m7Vb"},
}
"""The query string of an event in ``events/rest``, by operation; the others have none."""

CLIENT_FRAMES: dict[str, list[Json]] = {
    "ClientMessageFrame": [
        {"type": "message", "content": "Hello", "session_id": SESSION_ID},
        {"type": "message", "content": "Hello", "client_message_id": CLIENT_MESSAGE_ID},
        {"type": "message", "content": "receipt.png", "attachments": [{"file_id": FILE_ID}]},
    ],
    "ClientUploadFrame": [
        {
            "type": "upload",
            "session_id": SESSION_ID,
            "client_upload_id": CLIENT_MESSAGE_ID,
            "name": "receipt.png",
            "content_type": "image/png",
            "size": 48213,
        }
    ],
    "ResumeFrame": [{"type": "resume", "session_id": SESSION_ID, "after": FIRST_MESSAGE_ID}],
    "StopFrame": [
        {"type": "stop", "session_id": SESSION_ID},
        {"type": "stop", "session_id": SESSION_ID, "id": SECOND_MESSAGE_ID},
    ],
    "RateFrame": [{"type": "rate", "session_id": SESSION_ID, "id": SECOND_MESSAGE_ID, "rating": "up"}],
    "AbortFrame": [{"type": "abort", "runId": "r-1"}],
    "PingFrame": [{"type": "ping"}],
}
"""Frames that clients send, by model."""

SERVER_FRAMES: dict[str, list[Json]] = {
    "RenamedFrame": [
        {
            "type": "status",
            "status": "renamed",
            "session_id": SESSION_ID,
            "conversation_id": CONVERSATION_ID,
            "title": "My order",
        }
    ],
    "RatedFrame": [
        {"type": "status", "status": "rated", "session_id": SESSION_ID, "id": SECOND_MESSAGE_ID, "rating": "up"}
    ],
    "MessageFrame": [
        {
            "type": "message",
            "session_id": SESSION_ID,
            "conversation_id": CONVERSATION_ID,
            "id": SECOND_MESSAGE_ID,
            "seq": 2,
            "sender": "bot",
            "content": "Hi! How can I help you?",
            "timestamp": "2024-01-15T10:00:01.000Z",
        }
    ],
    "DeltaFrame": [
        {
            "type": "delta",
            "session_id": SESSION_ID,
            "id": SECOND_MESSAGE_ID,
            "offset": offset,
            "content": content,
            "attempt": 1,
        }
        for offset, content in ((0, "Hi! How"), (7, " can I help you?"))
    ],
    "TypingFrame": [{"type": "typing", "session_id": SESSION_ID, "sender": "bot"}],
    "SuggestionFrame": [
        {
            "type": "suggestion",
            "session_id": SESSION_ID,
            "suggestions": [{"text": "What does it cost?", "value": "What does it cost?"}],
        }
    ],
    "ConnectedFrame": [
        {
            "type": "status",
            "status": "connected",
            "session_id": SESSION_ID,
            "conversation_id": CONVERSATION_ID,
            "bot_id": "bot-123",
            "bot_name": "Support Bot",
            "anonymous": True,
            "session_token": SESSION_TOKEN,
            "expires_in": 1800,
        }
    ],
    "DeliveredFrame": [
        {
            "type": "status",
            "status": "delivered",
            "session_id": SESSION_ID,
            "message_id": FIRST_MESSAGE_ID,
            "seq": 1,
            "timestamp": "2024-01-15T10:00:00.000Z",
            "client_message_id": CLIENT_MESSAGE_ID,
        }
    ],
    "UploadFrame": [{"type": "upload", "session_id": SESSION_ID, "client_upload_id": CLIENT_MESSAGE_ID, **_UPLOAD}],
    "PongFrame": [{"type": "status", "status": "pong"}],
    "ExpiredFrame": [{"type": "status", "status": "expired", "session_id": SESSION_ID}],
    "ClaimedFrame": [{"type": "status", "status": "claimed", "session_id": SESSION_ID}],
    **{
        f"{status.capitalize()}Frame": [
            {"type": "status", "status": status, "session_id": SESSION_ID, "conversation_id": CONVERSATION_ID}
        ]
        for status in ("archived", "reopened", "deleted")
    },
    "ResumedFrame": [
        {"type": "status", "status": "resumed", "session_id": SESSION_ID, "last_seq": 6},
        {"type": "status", "status": "resumed", "session_id": SESSION_ID, "last_seq": 240, "limited": True},
        {"type": "status", "status": "resumed", "session_id": SESSION_ID, "last_seq": 1, "answering": True},
    ],
    **{
        f"{status.capitalize()}Frame": [
            {"type": "status", "status": status, "session_id": SESSION_ID, "id": SECOND_MESSAGE_ID}
        ]
        for status in ("stopping", "stopped")
    },
    "IdleFrame": [{"type": "status", "status": "idle", "session_id": SESSION_ID}],
    "ErrorFrame": [
        {
            "type": "error",
            "error": "internal",
            "message": "The bot could not answer this message.",
            "session_id": SESSION_ID,
            "message_id": FIRST_MESSAGE_ID,
        },
        {
            "type": "error",
            "error": "rate_limited",
            "message": str(RateLimitedError(Usage(MESSAGES, remaining=0, reset_seconds=12))),
            "client_message_id": CLIENT_MESSAGE_ID,
            "retry_after": 12,
        },
    ],
}
"""Frames that the server sends, by model."""


def build_rate_limit(policy: Policy) -> str:
    """Return a ``RateLimit`` header of a caller who has used a third of the limit."""
    return f'"{policy.name}";r={policy.limit * 2 // 3};t={int(WINDOW.total_seconds()) // 3}'


def get_request(operation: Operation[Any]) -> Json:
    """Return the example of an operation's body.

    Raises
    ------
    SystemExit
        If it is missing.
    """
    return _get_example(REQUESTS, operation.name, "REQUESTS")


def get_response(operation: Operation[Any]) -> Json:
    """Return the example of an operation's response; see ``get_request``."""
    return _get_example(RESPONSES, operation.name, "RESPONSES")


def get_parameter(name: str) -> str | int:
    """Return the first example of a parameter; see ``get_request``."""
    example: str | int = next(iter(_get_example(PARAMETERS, name, "PARAMETERS").values()))
    return example


def get_frames(model_name: str) -> list[Json]:
    """Return the examples of a frame, by the name of its model; see ``get_request``."""
    return _get_example(CLIENT_FRAMES | SERVER_FRAMES, model_name, "CLIENT_FRAMES or SERVER_FRAMES")


def _get_example[Example](examples: dict[str, Example], name: str, where: str) -> Example:
    if name not in examples:
        raise SystemExit(f"{name} has no example: add one to {where} in tools/api/examples.py.")
    return examples[name]
