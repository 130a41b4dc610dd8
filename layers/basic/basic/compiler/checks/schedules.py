"""Checking a SET SCHEDULE with a computed time: what it has that is written out."""

from collections.abc import Collection, Iterator

from basic.diagnostics import Issue, Severity, suggest_name
from basic.package_names import get_script_name
from basic.schedules.cron import Once, ScheduleError
from basic.schedules.phrases import USAGE, parse_schedule
from basic.syntax.tree.expressions import Command, Literal


def check_computed_schedule(node: Command, scripts: Collection[str]) -> Iterator[Issue]:
    """Report a script that does not exist, and a time that is no schedule."""
    script, pattern, when = (node.slots.get(name) for name in ("script", "pattern", "when"))
    if isinstance(script, Literal) and get_script_name(str(script.value)) not in scripts:
        message = f"there is no script `{script.value}`, so this fails{suggest_name(str(script.value), scripts)}"
        yield Issue(script.position, message, Severity.WARNING)
    for written, is_pattern in ((pattern, True), (when, False)):
        if isinstance(written, Literal) and (reason := _find_fault(str(written.value), is_pattern=is_pattern)):
            yield Issue(written.position, f"invalid schedule: {reason}")


def _find_fault(text: str, *, is_pattern: bool) -> str:
    """Return why a text is no schedule, or no time of the day for a date; empty if it is one."""
    try:
        schedule = parse_schedule(text)
    except ScheduleError as error:
        return str(error)
    return f"`{text}` is a date before another one; {USAGE}" if is_pattern and isinstance(schedule, Once) else ""
