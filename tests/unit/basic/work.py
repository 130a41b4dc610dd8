"""Counts the work of the interpreter, so that a test of a time limit does not depend on the speed of the machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType

_EVENTS = (
    sys.monitoring.events.PY_START
    | sys.monitoring.events.PY_RESUME
    | sys.monitoring.events.JUMP
    | sys.monitoring.events.BRANCH
    | sys.monitoring.events.CALL
)
_TOOL = sys.monitoring.PROFILER_ID


@dataclass
class Work:
    """The calls, jumps and branches that the interpreter has executed. One takes some 50 ns."""

    steps: int = 0

    def step(self, _code: CodeType, *_details: object) -> None:
        self.steps += 1


@contextmanager
def count_work() -> Iterator[Work]:
    """Count the work of the block."""
    work = Work()
    sys.monitoring.use_tool_id(_TOOL, "work of scripts")
    try:
        for event in _list_events():
            sys.monitoring.register_callback(_TOOL, event, work.step)
        sys.monitoring.set_events(_TOOL, _EVENTS)
        yield work
    finally:
        sys.monitoring.set_events(_TOOL, 0)
        for event in _list_events():
            sys.monitoring.register_callback(_TOOL, event, None)
        sys.monitoring.free_tool_id(_TOOL)


def _list_events() -> Iterator[int]:
    events = _EVENTS
    while events:
        event = events & -events
        yield event
        events -= event
