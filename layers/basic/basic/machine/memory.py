"""Operations of variables, and handlers of the bot's memory across conversations."""

from typing import Any

from basic.errors import ScriptError
from basic.host import MemoryScope
from basic.machine.commands import Handler, Slots
from basic.machine.containers import replace_part
from basic.machine.expiry import add_expiry, remove_expiry
from basic.machine.run import Operation, Run
from basic.values import Value, quote

_SESSION, _USER = "session.", "user."
_USER_ID = "user_id"
"""The variable of the conversation that has a value before the script assigns one."""


def _push(run: Run, value: Value, _second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
    run.frame.stack.append(value)


def _pop(run: Run, _first: object, _second: object) -> None:
    run.frame.stack.pop()


def _load(run: Run, name: str, local: bool) -> None:
    run.frame.stack.append(run.get_variable(name, local=local))


def _load_bare_word(run: Run, name: str, local: bool) -> None:
    value = run.get_variable(name.lower(), local=local)
    run.frame.stack.append(value if isinstance(value, str) and value else name)


def _store(run: Run, name: str, local: bool) -> None:
    run.set_variable(name, run.frame.stack.pop(), local=local)


def _assign(run: Run, name: str, target: list[Any]) -> None:
    local, *steps = target
    value = run.frame.stack.pop()
    indices = iter(run.frame.pop_many(steps.count(None)))
    path: list[Value] = [next(indices) if step is None else step for step in steps]
    run.set_variable(name, replace_part(run, run.get_variable(name, local=local), path, value), local=local)


def recall(run: Run, scope: MemoryScope, name: str) -> Value:
    """Return a value of the memory; an empty text if there is none."""
    value = remove_expiry(run.host.recall(scope, name), run.facts.now)
    return "" if value is None else run.check_value(value)


def _build_get(scope: MemoryScope) -> Handler:
    return lambda run, slots: recall(run, scope, slots.get_name("name"))


def _build_set(scope: MemoryScope) -> Handler:
    def handler(run: Run, slots: Slots) -> Value:
        value = run.check_value(slots.get_value("value"))
        if "duration" in slots:
            value = add_expiry(value, slots.get_value("duration"), run.facts.now)
        run.host.remember(run.next_effect(), scope, slots.get_name("name"), value)
        return None

    return handler


def get_session_variable(run: Run, name: str) -> Value:
    """Return a variable of the conversation by its name; an empty text if it has no value."""
    value = run.get_variable(name.lower(), local=False)
    if value is None and name.lower() == _USER_ID:
        return run.facts.user or ""
    return "" if value is None else value


def _get_session(run: Run, slots: Slots) -> Value:
    return get_session_variable(run, slots.get_name("name").removeprefix(_SESSION))


def _set_session(run: Run, slots: Slots) -> Value:
    """Set a variable by its name, or a value of the user memory, whose names begin with ``user.``."""
    name, value = slots.get_name("name"), run.check_value(slots.get_value("value"))
    if name.lower().startswith(_USER):
        run.host.remember(run.next_effect(), "user", name[len(_USER) :], value)
        return None
    name = name.removeprefix(_SESSION).lower()
    if not name.isidentifier():
        raise ScriptError(f"{quote(name)} is not the name of a variable; use letters, digits and `_`")
    run.set_variable(name, value, local=False)
    return None


OPERATIONS: dict[str, Operation] = {
    "push": _push,
    "pop": _pop,
    "load": _load,
    "bare": _load_bare_word,
    "store": _store,
    "assign": _assign,
}

HANDLERS: dict[str, Handler] = {
    "GET BOT MEMORY": _build_get("bot"),
    "SET BOT MEMORY": _build_set("bot"),
    "GET USER MEMORY": _build_get("user"),
    "SET USER MEMORY": _build_set("user"),
    "REMEMBER": _build_set("user"),
    "RECALL": _build_get("user"),
    "GET SESSION": _get_session,
    "SET SESSION": _set_session,
}
