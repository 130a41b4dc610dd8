"""Records what happens in a run as JSON lines, which ``checker.py`` reads; ``README.md`` has the format."""

import json
from collections.abc import Callable
from pathlib import Path

FORMAT = 1
"""The version of the format."""


class Recorder:
    """The history of a run.

    Parameters
    ----------
    name
        What ran.
    now
        Returns the time since the beginning of the run, in seconds.

    Attributes
    ----------
    name
        What ran.
    lines
        The recorded events, as JSON.
    """

    def __init__(self, name: str, now: Callable[[], float]) -> None:
        self.name = name
        self.lines: list[str] = []
        self._now = now
        self._requests = 0
        self.record("run", name=name, format=FORMAT)

    def record(self, event: str, **fields: object) -> None:
        """Add an event."""
        line = {"event": event, "at": round(self._now(), 3), **fields}
        self.lines.append(json.dumps(line, ensure_ascii=False, separators=(",", ":")))

    def record_request(self, device: str, operation: str, **fields: object) -> Callable[..., None]:
        """Add a request, and return what adds its response, by ``status`` (None if none arrived) and ``body``."""
        self._requests += 1
        number = self._requests
        self.record("request", request=number, device=device, operation=operation, **fields)
        return lambda status, body=None: self.record("response", request=number, status=status, body=body)

    def write(self, path: Path) -> None:
        """Write the history into a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in self.lines), encoding="utf-8")
