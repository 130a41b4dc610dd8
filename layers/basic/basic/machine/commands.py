"""Keywords with a handler: what each is called with, and where its result goes."""

from collections.abc import Callable, Mapping
from typing import Any

from basic.errors import ScriptError
from basic.host import Bound, Condition, Where
from basic.machine.run import Operation, Run
from basic.values import Value, describe_type


class Slots:
    """What a statement gave to the slots of its form.

    Parameters
    ----------
    run
        The turn.
    values
        The slots that the form has, by name.
    parts
        For a WHERE, its fields and operators; for a filter with values in it, its texts and None for each value; for a
        list, what its values are called.
    """

    def __init__(self, run: Run, values: Mapping[str, Value], parts: list[Any]) -> None:
        self.run = run
        self._values = values
        self._parts = parts

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def value(self, name: str) -> Value:
        """Return a value; NOTHING if the form does without it."""
        return self._values.get(name)

    def text(self, name: str) -> str:
        """Return a value as text."""
        return self.run.text(self.value(name))

    def name(self, name: str) -> str:
        """Return a text that names something.

        Raises
        ------
        ScriptError
            If it is empty.
        """
        text = self.text(name).strip()
        if not text:
            raise ScriptError(f"the {name} is empty")
        return text

    def array(self, name: str) -> list[Value]:
        """Return an array.

        Raises
        ------
        ScriptError
            If it is none.
        """
        value = self.value(name)
        if not isinstance(value, list):
            raise ScriptError(f"the {name} must be an array, not {describe_type(value)}")
        self.run.made(value)
        return value

    def map(self, name: str) -> dict[str, Value]:
        """Return a map.

        Raises
        ------
        ScriptError
            If it is none.
        """
        value = self.value(name)
        if not isinstance(value, dict):
            raise ScriptError(f"the {name} must be a map, not {describe_type(value)}")
        self.run.made(value)
        return value

    def columns(self) -> list[str]:
        """Return what the values of a list are called."""
        return self._parts

    def where(self) -> Where:
        """Return which rows are meant: by a WHERE, by the text of a filter, or all."""
        slot = "where" if "where" in self else "filter"
        if not self._parts:
            return self.text(slot)
        values = [self.run.made(value) for value in self.array(slot)]
        if isinstance(self._parts[0], str):
            between = iter(values)
            return tuple(Bound(next(between)) if part is None else part for part in self._parts)
        pairs = zip(self._parts, values, strict=True)
        return tuple(Condition(field, operator, value) for (field, operator), value in pairs)


type Handler = Callable[[Run, Slots], Value]


def carrying_out(handlers: Mapping[str, Handler]) -> Operation:
    """Return the operation that carries out keywords by their handlers."""

    def do(run: Run, keyword: str, slots: list[Any]) -> None:
        stack = run.frame.stack
        values = stack[len(stack) - len(slots) :]
        del stack[len(stack) - len(slots) :]
        names = [slot if isinstance(slot, str) else slot[0] for slot in slots]
        parts: list[Any] = next((slot[1] for slot in slots if not isinstance(slot, str)), [])
        stack.append(handlers[keyword](run, Slots(run, dict(zip(names, values, strict=True)), parts)))

    return do
