"""The AsyncAPI 3.0 document of the socket, from the frames' models: ``python -m tools.asyncapi [--check]``."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

import yaml
from conversations.contract.rest_schemas import ConnectQuery
from pydantic import BaseModel

from conversations.contract import client_frames as received
from conversations.contract import problems
from conversations.contract import server_frames as sent
from conversations.domain.limits import HISTORY, MESSAGES
from tools import documents, examples
from tools.documents import ROOT, Json, reference

FILE = ROOT / "docs/asyncapi.yaml"
VERSION = "1.0.0"

CLIENT_FRAMES: tuple[type[BaseModel], ...] = (
    received.ClientMessageFrame,
    received.ResumeFrame,
    received.PingFrame,
)
SERVER_FRAMES: tuple[type[sent.ServerFrame], ...] = (
    sent.MessageFrame,
    sent.TypingFrame,
    sent.SuggestionFrame,
    sent.ConnectedFrame,
    sent.DeliveredFrame,
    sent.PongFrame,
    sent.ExpiredFrame,
    sent.ClaimedFrame,
    sent.ResumedFrame,
    sent.ErrorFrame,
)

_DESCRIPTION = f"""\
Frames are JSON objects in text frames of at most 32 KB. `type` says what a frame is.

**Opening.** The credential is the first of these that is there: `ticket`, the `Authorization` header, the subprotocol
pair `bearer, <token>` (the server answers `bearer`), `session_token`. A bad one fails the handshake with 401. With none
the socket is anonymous: it talks to the default bot, and nothing is kept. Somebody else's conversation or bot is 403,
one that does not exist 404, and too many anonymous sockets a minute from one address (10, if the deployment says
nothing else) are 429.

**Then** comes `status` `connected`, and what the bot says first if it speaks first. A message is acknowledged by
`status` `delivered`, and every message of the conversation comes to every open device of its owner.

**After a cut** a client opens another socket and sends `resume` for each conversation, with the last message it has: it
gets every message behind that one, oldest first, and then `status` `resumed`. New messages come meanwhile as they
always do, so one may come twice: it has the same `id`. Messages are ordered by `seq`, which has no gaps, so a client
knows whether it has them all. At most 100 are sent; where more were missed, `limited` says so, these were the newest,
and `GET .../history` has the rest. Resuming counts as reading history: at most {HISTORY.limit} a minute.

**A message the bot cannot answer**, however often it is tried, is told by an `error` frame with its `message_id`; it
stays in the history, and what is said next is answered.

**A visitor's** conversation ends 30 minutes after its last message: open sockets are told `expired`. When it is handed
over to a user (`POST /api/conversations/claim`) they are told `claimed`. Either way its `session_token` opens nothing
any more, and a new socket begins a new conversation.

**A bad frame** is answered by an `error` frame and the socket stays open. A token that runs out is told by
`unauthorized`, and then the socket closes. At most {MESSAGES.limit} messages a minute per user, counted together with
those over REST.

API Gateway closes a socket after 10 minutes without a frame, which a `ping` puts off, and after 2 hours in any case.
"""

_CREDENTIALS: Mapping[str, str] = {
    "ticket": "a ticket of `POST /api/tickets`: opens one socket, once, within a minute",
    "session_token": "a visitor's way back, as the `connected` frame gave it",
}

_REPLIES: Mapping[str, tuple[type[sent.ServerFrame], ...]] = {
    "ClientMessageFrame": (sent.DeliveredFrame, sent.ExpiredFrame, sent.ClaimedFrame, sent.ErrorFrame),
    "ResumeFrame": (sent.MessageFrame, sent.ResumedFrame, sent.ErrorFrame),
    "PingFrame": (sent.PongFrame, sent.ErrorFrame),
}
"""What answers a frame, on the same socket."""


def generate() -> Json:
    """Return the document."""
    schemas = documents.components([*CLIENT_FRAMES, ConnectQuery], SERVER_FRAMES)
    query = schemas.pop("ConnectQuery")
    words = sorted({kind.word for kind in (*problems.ERROR_TYPES.values(), problems.INTERNAL)})
    schemas["ErrorFrame"]["properties"]["error"]["enum"] = words
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
                "description": "This deployment; `POST /api/tickets` says where it is, as `ws_url`.",
                "variables": {"host": {"default": "localhost:8080", "description": "where the socket is"}},
            }
        },
        "channels": {
            "socket": {
                "address": "/ws",
                "title": "The socket",
                "description": "One socket per device.",
                "servers": [{"$ref": "#/servers/deployment"}],
                "messages": {
                    _name(frame): {"$ref": f"#/components/messages/{_name(frame)}"}
                    for frame in (*CLIENT_FRAMES, *SERVER_FRAMES)
                },
                "bindings": {"ws": {"method": "GET", "query": _query(query), "headers": _headers()}},
            }
        },
        "operations": _operations(),
        "components": {
            "messages": {_name(frame): _message(frame, of) for of, group in _GROUPS for frame in group},
            "schemas": schemas,
        },
    }


_GROUPS: tuple[tuple[Mapping[str, list[Json]], tuple[type[BaseModel], ...]], ...] = (
    (examples.CLIENT_FRAMES, CLIENT_FRAMES),
    (examples.SERVER_FRAMES, SERVER_FRAMES),
)


def text() -> str:
    """Return the document as it is committed."""
    head = "# Made by `make documents` from the frames' models; change those.\n"
    return head + yaml.dump(generate(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _name(frame: type[BaseModel]) -> str:
    """Return a frame's name in the document: ``delivered`` for ``DeliveredFrame``."""
    name = frame.__name__.removesuffix("Frame")
    return name[:1].lower() + name[1:]


def _message(frame: type[BaseModel], shown: Mapping[str, list[Json]]) -> Json:
    type_, status = (_constant(frame, field) for field in ("type", "status"))
    return {
        "name": type_,
        "title": f"{type_} {status}" if status else str(type_),
        "summary": documents.prose(frame.__doc__ or ""),
        "payload": reference(frame),
        "examples": [{"payload": example} for example in shown[frame.__name__]],
    }


def _constant(frame: type[BaseModel], name: str) -> str | None:
    field = frame.model_fields.get(name)
    return None if field is None else str(get_args(field.annotation)[0])


def _operations() -> Json:
    """Return what a server does: it receives frames and answers them, and it sends what nobody asked for."""
    asked = {
        f"receive{frame.__name__.removesuffix('Frame').removeprefix('Client')}": {
            "action": "receive",
            "channel": {"$ref": "#/channels/socket"},
            "summary": documents.prose(frame.__doc__ or ""),
            "messages": _references([frame]),
            "reply": {"channel": {"$ref": "#/channels/socket"}, "messages": _references(_REPLIES[frame.__name__])},
        }
        for frame in CLIENT_FRAMES
    }
    unasked = (sent.ConnectedFrame, sent.TypingFrame, sent.MessageFrame, sent.SuggestionFrame, sent.ErrorFrame)
    return asked | {
        "tell": {
            "action": "send",
            "channel": {"$ref": "#/channels/socket"},
            "summary": "What devices are told without asking: that the socket is open, and all that is said.",
            "messages": _references((*unasked, sent.ExpiredFrame)),
        }
    }


def _references(frames: Iterable[type[BaseModel]]) -> list[Json]:
    return [{"$ref": f"#/channels/socket/messages/{_name(frame)}"} for frame in frames]


def _query(schema: Json) -> Json:
    """Return the parameters of the handshake; the authorizer reads the credentials among them."""
    named = {name: _not_null(each) for name, each in schema["properties"].items()}
    credentials = {name: {"type": "string", "description": told} for name, told in _CREDENTIALS.items()}
    return {"type": "object", "properties": credentials | named}


def _not_null(schema: Json) -> Json:
    rest: Json = {key: value for key, value in schema.items() if key != "anyOf"}
    choices: list[Json] = [each for each in schema["anyOf"] if each != {"type": "null"}]
    return rest | choices[0]


def _headers() -> Json:
    return {
        "type": "object",
        "properties": {
            "Authorization": {"type": "string", "pattern": "^Bearer .+$", "description": "a user's access token"},
            "Sec-WebSocket-Protocol": {
                "type": "string",
                "pattern": "^bearer, *.+$",
                "description": "the subprotocol `bearer` and behind it, as a second one, a user's access token",
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


if __name__ == "__main__":
    documents.main("the AsyncAPI document", "tools.asyncapi", FILE, text)
