"""The AsyncAPI 3.0 document of the WebSocket, from the models of the frames."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from conversations.contract import problems
from conversations.contract import server_frames as sent
from conversations.contract.ag_ui.requests import RunAgentInput
from conversations.contract.client_frames import FRAME_OPERATIONS, FrameOperation
from conversations.contract.requests import ConnectQuery
from conversations.domain.limits import HISTORY, MESSAGES
from conversations.entrypoints import frame_guard
from conversations.services.sockets import MAX_CONNECTIONS
from tools.api import agent_frames, examples, schemas
from tools.api.schemas import Json, reference
from tools.documents import ROOT

FILE = ROOT / "docs/asyncapi.yaml"
VERSION = "1.0.0"

CLIENT_FRAMES: tuple[type[BaseModel], ...] = tuple(operation.model for operation in FRAME_OPERATIONS)
SERVER_FRAMES: tuple[type[sent.ServerFrame], ...] = tuple(sent.ServerFrame.__subclasses__())

_DESCRIPTION = f"""\
Frames are JSON objects in text frames of at most 32 KB. `type` selects the kind of frame.

**Connecting.** The credential is the first of these that is present: `ticket`, the `Authorization` header, the
subprotocol pair `bearer, <token>` (the server confirms `bearer`), for a visitor the pair `session_token, <token>` (the
server confirms `session_token`) or the parameter `session_token`, which proxies may log. An invalid credential fails
the handshake with 401. Without a credential the connection is anonymous: it talks to the default bot, or to the one
that `bot_id` names if the deployment lists it for visitors (`VisitorBots`; others are 403), and its messages are stored
for a short time only. A conversation or bot of another user is 403, one that does not exist is 404, and too many
anonymous connections a minute from one address (10 by default) are 429. If the deployment lists origins
(`AllowedOrigins`), an anonymous connection from a page of another origin is 403. A user or a visitor has at most
{MAX_CONNECTIONS} open connections: when another one opens, the oldest is closed after an `error` frame `rate_limited`.

**Then** the server sends `status` `connected`, and the greeting of the bot if it has one. It acknowledges a message
with `status` `delivered`, and broadcasts every message of the conversation to all open devices of the owner.

**After a reconnect** a client sends `resume` for each conversation, with the last message that it has. It receives all
messages after that one, oldest first, and then `status` `resumed`. New messages arrive at the same time, so a message
may arrive twice: it has the same `id`. `seq` orders messages and has no gaps, so a client knows whether it has all of
them. At most 100 messages are sent again; if more were missed, `limited` is true, these were the newest, and
`GET .../history` has the rest. Resuming counts as reading history: at most {HISTORY.limit} a minute.

**A message that the bot cannot answer**, after all retries, is reported by an `error` frame with its `message_id`. It
stays in the history, and the next message is answered.

**A visitor's** conversation expires 30 minutes after its last message: open connections receive `expired`. When a user
claims it (`POST /api/conversations/claim`) they receive `claimed`. In both cases its `session_token` is no longer
valid, and a new connection starts a new conversation.

**An invalid frame** is answered with an `error` frame and the connection stays open. An expired token is reported by
`unauthorized`, and then the connection closes. At most {MESSAGES.limit} messages a minute per user, counted together
with those over REST.

**AG-UI.** With `?format=ag-ui` the socket has the frames of TanStack AI's `webSocket` connection: a run as AG-UI's
input, `abort`, and chunks with AG-UI's events. The other frames are not for such a socket.

**Too many frames**: a connection may send {frame_guard.CAPACITY} frames of a type at once and
{frame_guard.REFILL_PER_SECOND} per second in the long run, invalid ones included. More are answered with an `error`
frame `rate_limited`; after {frame_guard.MAX_REFUSED} of them the connection is closed, which the last one reports.

API Gateway closes a connection after 10 minutes without a frame, which a `ping` prevents, and after 2 hours in any
case.
"""

_CREDENTIALS: Mapping[str, str] = {
    "ticket": "a ticket of `POST /api/tickets`: opens one connection, once, within a minute",
    "session_token": "the token of a visitor's `connected` frame: returns to the conversation",
}


def generate() -> Json:
    """Return the document."""
    models = schemas.components([*CLIENT_FRAMES, ConnectQuery, RunAgentInput], SERVER_FRAMES)
    query = models.pop("ConnectQuery")
    codes = sorted(
        {error_type.code for error_type in problems.STATUSES | {problems.INTERNAL: problems.INTERNAL_STATUS}}
    )
    models["ErrorFrame"]["properties"]["error"]["enum"] = codes
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Conversations socket",
            "version": VERSION,
            "description": _DESCRIPTION,
        },
        "defaultContentType": "application/json",
        "servers": {
            "deployment": {
                "host": "{host}",
                "protocol": "wss",
                "description": "This deployment; `POST /api/tickets` returns its address as `ws_url`.",
                "variables": {"host": {"default": "localhost:8080", "description": "address of the WebSocket"}},
            }
        },
        "channels": {
            "socket": {
                "address": "/ws",
                "title": "The socket",
                "description": "One socket per device.",
                "servers": [{"$ref": "#/servers/deployment"}],
                "messages": {
                    _get_name(frame): {"$ref": f"#/components/messages/{_get_name(frame)}"}
                    for frame in (*CLIENT_FRAMES, *SERVER_FRAMES)
                }
                | agent_frames.REFERENCES,
                "bindings": {"ws": {"method": "GET", "query": _build_query(query), "headers": _build_headers()}},
            }
        },
        "operations": _build_operations() | agent_frames.OPERATIONS,
        "components": {
            "messages": {_get_name(frame): _build_message(frame) for frame in (*CLIENT_FRAMES, *SERVER_FRAMES)}
            | agent_frames.build_messages(),
            "schemas": models,
        },
    }


def text() -> str:
    """Return the document as it is committed."""
    head = "# Generated by `make documents` from the models of the frames; change those.\n"
    return head + yaml.dump(generate(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _get_name(frame: type[BaseModel]) -> str:
    """Return a frame's name in the document: ``delivered`` for ``DeliveredFrame``."""
    name = frame.__name__.removesuffix("Frame")
    return name[:1].lower() + name[1:]


def get_title(frame: type[BaseModel]) -> str:
    """Return a frame's ``type`` and, if it has one, ``status``."""
    return " ".join(filter(None, (_get_constant(frame, field) for field in ("type", "status"))))


def _build_message(frame: type[BaseModel]) -> Json:
    return {
        "name": _get_constant(frame, "type"),
        "title": get_title(frame),
        "summary": schemas.format_prose(frame.__doc__ or ""),
        "payload": reference(frame),
        "examples": [{"payload": example} for example in examples.get_frames(frame.__name__)],
    }


def _get_constant(frame: type[BaseModel], name: str) -> str | None:
    field = frame.model_fields.get(name)
    return None if field is None else str(get_args(field.annotation)[0])


def _build_operations() -> Json:
    """Return what the server receives and answers, and what it sends without a request."""
    unsolicited = (
        sent.ConnectedFrame,
        sent.TypingFrame,
        sent.DeltaFrame,
        sent.MessageFrame,
        sent.SuggestionFrame,
        sent.ErrorFrame,
        sent.ExpiredFrame,
        sent.ClaimedFrame,
        sent.ArchivedFrame,
        sent.ReopenedFrame,
        sent.DeletedFrame,
        sent.RenamedFrame,
        sent.RatedFrame,
        sent.StoppedFrame,
    )
    return {_get_operation_name(operation): _build_operation(operation) for operation in FRAME_OPERATIONS} | {
        "send": {
            "action": "send",
            "channel": {"$ref": "#/channels/socket"},
            "summary": "What every device receives without a request: that it is connected, and all messages.",
            "messages": _build_references(unsolicited),
        }
    }


def _get_operation_name(operation: FrameOperation[Any]) -> str:
    return f"receive{operation.model.__name__.removesuffix('Frame').removeprefix('Client')}"


def _build_operation(operation: FrameOperation[Any]) -> Json:
    return {
        "action": "receive",
        "channel": {"$ref": "#/channels/socket"},
        "summary": schemas.format_prose(operation.model.__doc__ or ""),
        "messages": _build_references([operation.model]),
        "reply": {"channel": {"$ref": "#/channels/socket"}, "messages": _build_references(operation.replies)},
    }


def _build_references(frames: Iterable[type[BaseModel]]) -> list[Json]:
    return [{"$ref": f"#/channels/socket/messages/{_get_name(frame)}"} for frame in frames]


def _build_query(schema: Json) -> Json:
    """Return the parameters of the handshake; the authorizer reads the credentials among them."""
    named = {name: _remove_null(each) for name, each in schema["properties"].items()}
    credentials = {name: {"type": "string", "description": description} for name, description in _CREDENTIALS.items()}
    return {"type": "object", "properties": credentials | named}


def _remove_null(schema: Json) -> Json:
    rest: Json = {key: value for key, value in schema.items() if key != "anyOf"}
    choices: list[Json] = [each for each in schema["anyOf"] if each != {"type": "null"}]
    return rest | choices[0]


def _build_headers() -> Json:
    return {
        "type": "object",
        "properties": {
            "Authorization": {"type": "string", "pattern": "^Bearer .+$", "description": "a user's access token"},
            "Sec-WebSocket-Protocol": {
                "type": "string",
                "pattern": "^(bearer|session_token), *.+$",
                "description": (
                    "the subprotocol `bearer`, followed by a user's access token as a second one, or `session_token`,"
                    " followed by the token of a visitor's `connected` frame"
                ),
            },
        },
    }


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such, and repeats what is repeated."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - yaml's signature
        """Write no anchors."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - yaml's signature
        """Indent lists like everything else."""
        super().increase_indent(flow, indentless=False)


def _as_block(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _as_block)
