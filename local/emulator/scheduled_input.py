"""Fills in the due time in the input of a schedule, which MiniStack leaves as it is."""

from collections.abc import Callable
from typing import Any

from local.emulator.schedule_zones import get_due_time

type InvokeTarget = Callable[..., Any]


def fill_in_input(invoke: InvokeTarget) -> InvokeTarget:
    """Replace ``<aws.scheduler.scheduled-time>``, as EventBridge Scheduler does.

    Parameters
    ----------
    invoke
        MiniStack's function that sends an event to the target of a schedule or of a rule.
    """

    def invoke_target(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], *rest: Any) -> Any:  # noqa: ANN401 - of a private function
        if event.get("Source") == "aws.scheduler" and isinstance(target.get("Input"), str):
            # MiniStack looks every few seconds which schedules are due. The smallest unit of a schedule is a minute.
            due = get_due_time(event["Time"], rule)
            text = target["Input"].replace("<aws.scheduler.scheduled-time>", f"{due:%Y-%m-%dT%H:%M:%SZ}")
            target = target | {"Input": text}
        return invoke(target, event, rule, *rest)

    return invoke_target
