"""Fills in the due time in the input of a schedule, which MiniStack leaves as they are."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

type InvokeTarget = Callable[..., Any]

_MINUTE = 60


def fill_in_input(invoke: InvokeTarget) -> InvokeTarget:
    """Replace ``<aws.scheduler.scheduled-time>``, as EventBridge Scheduler does.

    Parameters
    ----------
    invoke
        MiniStack's function that sends an event to the target of a schedule or of a rule.
    """

    def invoke_target(target: dict[str, Any], event: dict[str, Any], *rest: Any, **options: Any) -> Any:  # noqa: ANN401 - of a private function
        if event.get("Source") == "aws.scheduler" and isinstance(target.get("Input"), str):
            target = target | {"Input": _fill_in(target["Input"], event)}
        return invoke(target, event, *rest, **options)

    return invoke_target


def _fill_in(text: str, event: dict[str, Any]) -> str:
    # MiniStack looks every few seconds which schedules are due. The smallest unit of a schedule is a minute.
    due = datetime.fromtimestamp(event["Time"] // _MINUTE * _MINUTE, UTC)
    return text.replace("<aws.scheduler.scheduled-time>", f"{due:%Y-%m-%dT%H:%M:%SZ}")
