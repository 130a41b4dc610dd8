"""Plays a scenario in a world, and replaces in what each device receives the values that differ from run to run."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tests.comparison.scenarios import Step

type Frame = dict[str, Any]
type Transcript = list[dict[str, list[Any]]]
"""What each device, and each user over REST, has received in each step."""

CLOSED: Frame = {"closed": True}
"""Stands for the end of a connection, in the place of a frame."""

BOT_ID = "helper"
"""The bot of the scenarios: a bot of rules that ships, and that visitors may choose on the local stack."""

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIMES = ("timestamp", "created_at", "updated_at", "last_activity", "started_at", "expires_at")
_WORDS = dict.fromkeys(_TIMES, "a time") | {"expires_in": "seconds", "session_token": "a token", "request_id": "an id"}
"""What stands for the value of a field, by the names of the fields."""


class World(Protocol):
    """A deployment: simulated, or a stack."""

    def connect(self, device: str, user: str, query: Mapping[str, str]) -> None:
        """Open a connection."""

    def close(self, device: str) -> None:
        """Close it from the device's side."""

    def send(self, device: str, frame: Frame) -> None:
        """Send a frame."""

    def request(
        self, user: str, operation: str, conversation: str | None, body: object, query: Mapping[str, str]
    ) -> tuple[int, Any]:
        """Send a REST request, and return the status and the body of its response."""
        ...

    def settle(self) -> Mapping[str, Sequence[Frame]]:
        """Wait until nothing is pending, and return the frames that each device has received since the last time."""
        ...


def play(steps: Sequence[Step], world: World) -> Transcript:
    """Play a scenario, and return what was received, with placeholders."""
    values: dict[str, str] = {"bot": BOT_ID}
    names: defaultdict[str, dict[str, str]] = defaultdict(dict)
    transcript: Transcript = []
    for step in steps:
        received: dict[str, list[Any]] = {}
        if step["do"] == "request":
            answer = _request(step, world, values)
            received[f"{step['user']} over REST"] = [answer]
        else:
            _do(step, world, values)
        received |= {device: sorted(frames, key=_is_late) for device, frames in world.settle().items() if frames}
        for frames in received.values():
            for frame in frames:
                _keep_values(frame, values)
        transcript.append({name: _replace(frames, names[name]) for name, frames in received.items()})
    return transcript


def _do(step: Step, world: World, values: Mapping[str, str]) -> None:
    match step["do"]:
        case "connect":
            world.connect(step["device"], step["user"], _fill(step["query"], values))
        case "close":
            world.close(step["device"])
        case "send":
            world.send(step["device"], _fill(step["frame"], values))


def _request(step: Step, world: World, values: Mapping[str, str]) -> Frame:
    fields = _fill({name: step[name] for name in ("conversation", "body", "query")}, values)
    status, body = world.request(step["user"], step["operation"], **fields)
    return {"status": status, "body": body}


def _is_late(frame: Frame) -> bool:
    """Return whether a frame is none of the acknowledgements, which may arrive before or after a quick answer."""
    return frame.get("status") != "delivered"


def _fill(template: Any, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    match template:
        case str() if template.startswith("$"):
            return values[template.removeprefix("$")]
        case dict():
            return {name: _fill(value, values) for name, value in template.items()}
    return template


def _keep_values(frame: Frame, values: dict[str, str]) -> None:
    """Keep what later steps refer to."""
    shown = frame.get("body") if isinstance(frame.get("body"), dict) else frame
    assert shown is not None
    if "session_token" in shown:
        values["token"] = shown["session_token"]
    if frame.get("status") == "connected" or "conversation_id" in shown:
        values["session"] = shown["session_id"]
        values["conversation"] = shown["session_id"].replace("session-", "conv-")
    if str(shown.get("id")).startswith("conv-"):
        values["conversation"] = shown["id"]
        values["session"] = shown["id"].replace("conv-", "session-")
    if frame.get("type") == "message":
        values.setdefault("first", frame["id"])


def _replace(value: Any, names: dict[str, str], key: str = "") -> Any:  # noqa: ANN401 - JSON
    """Replace ids by numbers in the order in which a device has seen them, and times and tokens by words."""
    match value:
        case list():
            return [_replace(each, names, key) for each in value]
        case dict():
            return {name: _replace(each, names, name) for name, each in value.items()}
        case str() | int() if key in _WORDS:
            return _WORDS[key]
        case str():
            return _ID.sub(lambda found: names.setdefault(found[0], f"id-{len(names) + 1}"), value)
    return value
