"""The frames of AG-UI in the AsyncAPI document: the input of a run, and chunks, which have no ``type`` of this API."""

from conversations.contract.ag_ui.requests import RunAgentInput
from tools.api import examples, schemas
from tools.api.schemas import Json, reference

_CHANNEL: Json = {"$ref": "#/channels/socket"}
_RUN, _CHUNK = "agentRun", "agentChunk"

REFERENCES: Json = {name: {"$ref": f"#/components/messages/{name}"} for name in (_RUN, _CHUNK)}
"""The messages of the socket."""

_CHUNKS: list[Json] = [{"$ref": f"#/channels/socket/messages/{_CHUNK}"}]

OPERATIONS: Json = {
    "receiveAgentRun": {
        "action": "receive",
        "channel": _CHANNEL,
        "summary": "The client begins a run; chunks follow until the run has ended.",
        "messages": [{"$ref": f"#/channels/socket/messages/{_RUN}"}],
        "reply": {"channel": _CHANNEL, "messages": _CHUNKS},
    },
    "sendAgentChunk": {
        "action": "send",
        "channel": _CHANNEL,
        "summary": "What a socket with `?format=ag-ui` receives of the run that it began or resumes.",
        "messages": _CHUNKS,
    },
}

_EVENT: Json = {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}}


def build_messages() -> Json:
    """Return the messages, by name. The schemas of events are those of AG-UI."""
    started = {"type": "RUN_STARTED", "threadId": "t-1", "runId": "r-1"}
    failed = {"type": "RUN_ERROR", "message": "The run does not exist.", "code": "not_found", "runId": "r-2"}
    return {
        _RUN: {
            "title": "run",
            "summary": schemas.format_prose(RunAgentInput.__doc__ or ""),
            "payload": reference(RunAgentInput),
            "examples": [{"payload": examples.REQUESTS["run_agent"]}],
        },
        _CHUNK: {
            "title": "chunk",
            "summary": "An event of AG-UI; with an `id`, from which the run can be resumed, or without one.",
            "payload": {
                "oneOf": [
                    {
                        "type": "object",
                        "required": ["id", "chunk"],
                        "properties": {"id": {"type": "string"}, "chunk": _EVENT},
                    },
                    _EVENT,
                ]
            },
            "examples": [{"payload": {"id": "run", "chunk": started}}, {"payload": failed}],
        },
    }
