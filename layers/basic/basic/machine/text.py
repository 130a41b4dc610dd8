"""The handler of GENERATE CODE, whose digits come from the host: those of RANDOM can be predicted."""

from basic.errors import ScriptError
from basic.functions.builtin import to_integer
from basic.machine.commands import Handler, Slots
from basic.machine.run import Run
from basic.values import Value

_MIN_DIGITS, _MAX_DIGITS = 4, 12


def _generate_code(run: Run, slots: Slots) -> Value:
    digits = to_integer(slots.get_value("digits"), "GENERATE CODE", "the number of digits")
    if not _MIN_DIGITS <= digits <= _MAX_DIGITS:
        raise ScriptError(f"GENERATE CODE expects {_MIN_DIGITS} to {_MAX_DIGITS} digits, not {digits}")
    return run.host.draw_code(digits)


HANDLERS: dict[str, Handler] = {"GENERATE CODE": _generate_code}
