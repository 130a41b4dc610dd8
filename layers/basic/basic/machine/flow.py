"""Variables, jumps, blocks and calls.

An open block is a list, so that it can be saved: ``["each", items, next index, variable, local, [its value before]]``,
``["for", variable, local, stop, step]`` or ``["switch", value]``.
"""

from typing import Any

from basic.data import filters
from basic.errors import BudgetError, ScriptError
from basic.functions import rows
from basic.host import Bound
from basic.machine.operators import assigned, same
from basic.machine.run import Operation, Run
from basic.machine.session import Frame
from basic.values import Value, compare, describe_type, is_truthy, quote, to_finite, to_number, to_text


def _push(run: Run, value: Value, _second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
    run.frame.stack.append(value)


def _pop(run: Run, _first: object, _second: object) -> None:
    run.frame.stack.pop()


def _load(run: Run, name: str, local: bool) -> None:
    run.frame.stack.append(run.read(name, local=local))


def _bare(run: Run, name: str, local: bool) -> None:
    value = run.read(name.lower(), local=local)
    run.frame.stack.append(value if isinstance(value, str) and value else name)


def _store(run: Run, name: str, local: bool) -> None:
    run.write(name, run.frame.stack.pop(), local=local)


def _assign(run: Run, name: str, target: list[Any]) -> None:
    local, *steps = target
    stack = run.frame.stack
    value = stack.pop()
    count = steps.count(None)
    indices = iter(stack[len(stack) - count :])
    path: list[Value] = [next(indices) if step is None else step for step in steps]
    del stack[len(stack) - count :]
    run.write(name, assigned(run, run.read(name, local=local), path, value), local=local)


def _jump(run: Run, target: int, _second: object) -> None:
    run.frame.counter = target


def _unless(run: Run, target: int, _second: object) -> None:
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


# ------------------------------------------------------------------------------------------------ blocks


def _each(run: Run, name: str, local: bool) -> None:
    items = run.frame.stack.pop()
    if not isinstance(items, list):
        raise ScriptError(f"FOR EACH goes through an array, not {describe_type(items)}")
    before = [run.read(name, local=local)] if run.knows(name, local=local) else []
    run.frame.blocks.append(["each", items, 0, name, local, before])


def _next(run: Run, target: int, _second: object) -> None:
    block = run.frame.blocks[-1]
    _, items, index, name, local, _ = block
    if index < len(items):
        run.write(name, items[index], local=local)
        block[2] += 1
    else:
        run.frame.counter = target


def _for(run: Run, name: str, local: bool) -> None:
    stack = run.frame.stack
    step, stop, start = (to_number(stack.pop()) for _ in range(3))
    if step == 0:
        raise ScriptError("the STEP of a FOR is 0, so it would never end")
    run.write(name, start, local=local)
    run.frame.blocks.append(["for", name, local, stop, step])


def _test(run: Run, target: int, _second: object) -> None:
    _, name, local, stop, step = run.frame.blocks[-1]
    order = compare(to_number(run.read(name, local=local)), stop)
    if order > 0 if step > 0 else order < 0:
        run.frame.counter = target


def _step(run: Run, target: int, _second: object) -> None:
    _, name, local, _, step = run.frame.blocks[-1]
    run.write(name, to_finite(to_number(run.read(name, local=local)) + step), local=local)
    run.frame.counter = target


def _switch(run: Run, _first: object, _second: object) -> None:
    run.frame.blocks.append(["switch", run.frame.stack.pop()])


def _case(run: Run, _first: object, _second: object) -> None:
    run.frame.stack[-1] = same(run, run.frame.blocks[-1][1], run.frame.stack[-1])


def _close(run: Run, _first: object, _second: object) -> None:
    run.close_blocks(len(run.frame.blocks) - 1)


# ------------------------------------------------------------------------------------------------ calls


def _arguments(run: Run, count: int) -> list[Value]:
    stack = run.frame.stack
    arguments = stack[len(stack) - count :]
    del stack[len(stack) - count :]
    return arguments


def _call(run: Run, name: str, count: int) -> None:
    arguments = _arguments(run, count)
    for argument in arguments:
        run.made(argument)
    function = run.library.functions.get(name)
    if function is None:
        raise ScriptError(f"the function {name} is not here any more")
    try:
        value = function.call(arguments, run.facts)
    except BudgetError:
        raise
    except ScriptError as error:
        raise ScriptError(_naming(name, str(error))) from error
    run.frame.stack.append(run.made(value))


def _naming(function: str, sentence: str) -> str:
    """Let a fault of an argument say whose argument it is."""
    return sentence if sentence.startswith(f"{function} ") else f"{function}: {sentence}"


def _filter(run: Run, pieces: list[str | None], _second: object) -> None:
    items, *values = (run.made(each) for each in _arguments(run, 1 + pieces.count(None)))
    between = iter(values)
    condition = filters.bind([Bound(next(between)) if piece is None else piece for piece in pieces])
    run.frame.stack.append(run.made(rows.keep_by(items, condition)))


def _routine(run: Run, name: str, count: int) -> None:
    entry = run.program.scripts[run.frame.script].routines[name]
    arguments = _arguments(run, count)
    run.enter(Frame(run.frame.script, entry.start, dict(zip(entry.parameters, arguments, strict=True))))


def _script(run: Run, name: str | None, count: int) -> None:
    arguments = _arguments(run, count)
    called = to_text(run.frame.stack.pop()) if name is None else name
    known = called.lower().removesuffix(".bas")
    script = run.program.scripts.get(known)
    if script is None:
        raise ScriptError(f"the bot has no script {quote(called)}")
    if len(arguments) > len(script.arguments):
        raise ScriptError(f"`{known}` takes {len(script.arguments)} arguments, not {len(arguments)}")
    run.enter(Frame(known))
    bind(run, {each.name: value for each, value in zip(script.arguments, arguments, strict=False)})


def bind(run: Run, values: dict[str, Value]) -> None:
    """Give the parameters of the innermost script their values, or their defaults."""
    given = {name.lower(): value for name, value in values.items()}
    for each in run.program.scripts[run.frame.script].arguments:
        name = each.name.lower()
        run.write(name, given.pop(name, each.default), local=False)
    for name, value in given.items():
        run.write(name, value, local=False)


def _resume(run: Run, resume: bool, _second: object) -> None:
    run.frame.resume = resume


def _return(run: Run, _first: object, _second: object) -> None:
    run.leave(run.frame.stack.pop())


def _exit(run: Run, _first: object, _second: object) -> None:
    while run.frame.variables is not None:
        run.close_blocks(0)
        run.session.frames.pop()
        run.frame = run.session.frames[-1]
    run.leave(None)


def _fail(_run: Run, sentence: str, _second: object) -> None:
    raise ScriptError(sentence)


FLOW: dict[str, Operation] = {
    "push": _push,
    "pop": _pop,
    "load": _load,
    "bare": _bare,
    "store": _store,
    "assign": _assign,
    "jump": _jump,
    "unless": _unless,
    "and": _and,
    "or": _or,
    "each": _each,
    "next": _next,
    "for": _for,
    "test": _test,
    "step": _step,
    "switch": _switch,
    "case": _case,
    "close": _close,
    "call": _call,
    "filter": _filter,
    "routine": _routine,
    "script": _script,
    "resume": _resume,
    "return": _return,
    "exit": _exit,
    "fail": _fail,
}
