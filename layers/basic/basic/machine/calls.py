"""Operations that call functions, routines and scripts, and that return from them."""

from typing import Any

from basic.errors import BudgetError, ScriptError
from basic.filters.filter import measure_filter
from basic.filters.parser import parse_with_values
from basic.functions.rows import filter_rows
from basic.host import Bound
from basic.machine.execution_state import Frame
from basic.machine.run import Operation, Run
from basic.package_names import get_script_name
from basic.values import Value, quote, to_text


def _call_function(run: Run, name: str, count: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
    arguments = run.frame.pop_many(count)
    function = run.library.functions.get(name)
    if function is None:
        raise ScriptError(f"the function {name} does not exist any more")
    try:
        run.budget.charge(function.cost(arguments))
        value = function.call(arguments, run.facts)
    except BudgetError:
        raise
    except ScriptError as error:
        raise ScriptError(_add_function_name(name, str(error))) from error
    run.frame.stack.append(run.check_value(value))


def _add_function_name(function: str, sentence: str) -> str:
    """Return the error of an argument with the name of its function."""
    return sentence if sentence.startswith(f"{function} ") else f"{function}: {sentence}"


def _filter(run: Run, pieces: list[str | None], _second: object) -> None:
    items, *values = (run.check_value(value) for value in run.frame.pop_many(1 + pieces.count(None)))
    bound_values = iter(values)
    condition = parse_with_values([Bound(next(bound_values)) if piece is None else piece for piece in pieces])
    run.budget.charge(measure_filter(condition, items))
    run.frame.stack.append(run.check_value(filter_rows(items, condition)))


def _call_routine(run: Run, name: str, count: int) -> None:
    routine = run.program.scripts[run.frame.script].routines[name]
    arguments = run.frame.pop_many(count)
    run.enter(Frame(run.frame.script, routine.start, dict(zip(routine.parameters, arguments, strict=True))))


def _call_script(run: Run, name: str | None, count: int) -> None:
    arguments = run.frame.pop_many(count)
    written_name = to_text(run.frame.stack.pop()) if name is None else name
    script_name = get_script_name(written_name)
    script = run.program.scripts.get(script_name)
    if script is None:
        raise ScriptError(f"the bot has no script {quote(written_name)}")
    if len(arguments) > len(script.arguments):
        raise ScriptError(f"`{script_name}` takes {len(script.arguments)} arguments, not {len(arguments)}")
    run.enter(Frame(script_name))
    names = [argument.name for argument in script.arguments]
    bind_arguments(run, dict(zip(names, arguments, strict=False)))


def bind_arguments(run: Run, values: dict[str, Value]) -> None:
    """Assign values, or defaults, to the parameters of the innermost script; other values become variables too."""
    remaining = {name.lower(): value for name, value in values.items()}
    for parameter in run.program.scripts[run.frame.script].arguments:
        name = parameter.name.lower()
        run.set_variable(name, remaining.pop(name, parameter.default), local=False)
    for name, value in remaining.items():
        run.set_variable(name, value, local=False)


def _resume(run: Run, resume: bool, _second: object) -> None:
    run.frame.resume = resume
    if not resume:
        run.set_error("")


def _return(run: Run, _first: object, _second: object) -> None:
    run.leave(run.frame.stack.pop())


def _exit(run: Run, _first: object, _second: object) -> None:
    while run.frame.variables is not None:
        run.close_blocks(0)
        run.state.frames.pop()
        run.frame = run.state.frames[-1]
    run.leave(None)


def _fail(_run: Run, sentence: str, _second: object) -> None:
    raise ScriptError(sentence)


OPERATIONS: dict[str, Operation] = {
    "call": _call_function,
    "filter": _filter,
    "routine": _call_routine,
    "script": _call_script,
    "resume": _resume,
    "return": _return,
    "exit": _exit,
    "fail": _fail,
}
