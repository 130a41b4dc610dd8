"""Handlers of the keywords of automation."""

from basic.errors import ScriptError
from basic.machine.commands import Handler, Slots
from basic.machine.rows import get_single_row
from basic.machine.run import Run
from basic.package_names import get_script_name
from basic.schedules.computed import compute_schedule
from basic.schedules.cron import format_schedule
from basic.values import Value


def _set_schedule(run: Run, slots: Slots) -> Value:
    """Schedule a script at a time that was computed: the one that is named, or else this one."""
    file = slots.get_name("script") if "script" in slots else run.frame.script
    script = get_script_name(file)
    if script not in run.program.scripts:
        raise ScriptError(f"the bot has no script `{file}`, so it cannot be scheduled")
    when = run.check_value(get_single_row(slots.get_value("when")))
    schedule = compute_schedule(when, slots.get_text("pattern") if "pattern" in slots else "", run.facts)
    run.host.schedule(run.next_effect(), script, format_schedule(schedule))
    return True


HANDLERS: dict[str, Handler] = {"SET SCHEDULE": _set_schedule}
