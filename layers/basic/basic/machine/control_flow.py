"""Operations of jumps and blocks.

An open block is a list, because it is stored as JSON: ``["for", variable, local, stop, step]``, ``["switch", value]``
or ``["each", items, next index, variable, local, [its value before]]``.
"""

from typing import Any

from basic.arithmetic import add
from basic.errors import ScriptError
from basic.functions.text import is_empty
from basic.machine.commands import Handler, Slots
from basic.machine.operators import are_equal
from basic.machine.run import Operation, Run
from basic.values import Value, compare, describe_type, is_truthy, to_finite, to_number


def _jump(run: Run, target: int, _second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
    run.frame.counter = target


def _jump_unless(run: Run, target: int, _second: object) -> None:
    if not is_truthy(run.frame.stack.pop()):
        run.frame.counter = target


def _and(run: Run, target: int, _second: object) -> None:
    if is_truthy(run.frame.stack[-1]):
        run.frame.stack.pop()
    else:
        run.frame.counter = target


def _or(run: Run, target: int, _second: object) -> None:
    if is_truthy(run.frame.stack[-1]):
        run.frame.counter = target
    else:
        run.frame.stack.pop()


def _jump_if_null(run: Run, target: int, _second: object) -> None:
    if run.frame.stack[-1] is None:
        run.frame.counter = target


def _coalesce(run: Run, target: int, _second: object) -> None:
    if is_empty(run.frame.stack[-1]):
        run.frame.stack.pop()
    else:
        run.frame.counter = target


def _open_for_each(run: Run, name: str, local: bool) -> None:
    items = run.frame.stack.pop()
    if not isinstance(items, list):
        raise ScriptError(f"FOR EACH needs an array, not {describe_type(items)}")
    before = [run.get_variable(name, local=local)] if run.has_variable(name, local=local) else []
    run.frame.blocks.append(["each", items, 0, name, local, before])


def _next_item(run: Run, target: int, _second: object) -> None:
    block = run.frame.blocks[-1]
    _, items, index, name, local, _ = block
    if index < len(items):
        run.set_variable(name, items[index], local=local)
        block[2] += 1
    else:
        run.frame.counter = target


def _open_for(run: Run, name: str, local: bool) -> None:
    stack = run.frame.stack
    step, stop, start = (to_number(stack.pop()) for _ in range(3))
    if step == 0:
        raise ScriptError("the STEP of a FOR is 0, so it would never end")
    run.set_variable(name, start, local=local)
    run.frame.blocks.append(["for", name, local, stop, step])


def _test_for(run: Run, target: int, _second: object) -> None:
    _, name, local, stop, step = run.frame.blocks[-1]
    order = compare(to_number(run.get_variable(name, local=local)), stop)
    if order > 0 if step > 0 else order < 0:
        run.frame.counter = target


def _step_for(run: Run, target: int, _second: object) -> None:
    _, name, local, _, step = run.frame.blocks[-1]
    run.set_variable(name, to_finite(add(to_number(run.get_variable(name, local=local)), step)), local=local)
    run.frame.counter = target


def _open_switch(run: Run, _first: object, _second: object) -> None:
    run.frame.blocks.append(["switch", run.frame.stack.pop()])


def _test_case(run: Run, _first: object, _second: object) -> None:
    run.frame.stack[-1] = are_equal(run, run.frame.blocks[-1][1], run.frame.stack[-1])


def _close_block(run: Run, _first: object, _second: object) -> None:
    run.close_blocks(len(run.frame.blocks) - 1)


def _throw(_run: Run, slots: Slots) -> Value:
    raise ScriptError(slots.get_name("message"))


def _clear_error(run: Run, _slots: Slots) -> Value:
    run.set_error("")
    return None


HANDLERS: dict[str, Handler] = {"THROW": _throw, "CLEAR ERROR": _clear_error}

OPERATIONS: dict[str, Operation] = {
    "jump": _jump,
    "unless": _jump_unless,
    "and": _and,
    "or": _or,
    "null": _jump_if_null,
    "??": _coalesce,
    "each": _open_for_each,
    "next": _next_item,
    "for": _open_for,
    "test": _test_for,
    "step": _step_for,
    "switch": _open_switch,
    "case": _test_case,
    "close": _close_block,
}
