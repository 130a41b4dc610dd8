"""Keywords with a handler: how a handler reads its slots, and where its result goes."""

from collections.abc import Callable, Mapping
from typing import Any

from basic.errors import ScriptError
from basic.host import Bound, Computation, Condition, Where
from basic.machine.rows import get_single_row
from basic.machine.run import Operation, Run
from basic.values import Value, describe_type


class Slots:
    """The values of a statement for the slots of its form.

    Parameters
    ----------
    run
        The turn.
    values
        The values by the names of their slots.
    parts
        What else is known of some slots: of a condition, its texts, with None for each value; of a list, the column
        names of its values. Older programs have the fields and operators of a WHERE.
    """

    def __init__(self, run: Run, values: Mapping[str, Value], parts: Mapping[str, list[Any]]) -> None:
        self.run = run
        self._values = values
        self._parts = parts

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get_value(self, name: str) -> Value:
        """Return a value; NOTHING if the statement does not have it."""
        return self._values.get(name)

    def get_text(self, name: str) -> str:
        """Return a value as text."""
        return self.run.to_text(self.get_value(name))

    def get_name(self, name: str) -> str:
        """Return a text that must not be empty.

        Raises
        ------
        ScriptError
            If it is empty.
        """
        text = self.get_text(name).strip()
        if not text:
            raise ScriptError(f"the {name} is empty")
        return text

    def get_array(self, name: str) -> list[Value]:
        """Return an array.

        Raises
        ------
        ScriptError
            If it is not an array.
        """
        value = self.get_value(name)
        if not isinstance(value, list):
            raise ScriptError(f"the {name} must be an array, not {describe_type(value)}")
        self.run.check_value(value)
        return value

    def get_map(self, name: str) -> dict[str, Value]:
        """Return a map, or the only one of an array.

        Raises
        ------
        ScriptError
            If it is not a map.
        """
        value = get_single_row(self.get_value(name))
        if not isinstance(value, dict):
            raise ScriptError(f"the {name} must be a map, not {describe_type(value)}")
        self.run.check_value(value)
        return value

    def get_columns(self) -> list[str]:
        """Return the column names of the values of a list."""
        return self._parts.get("values", [])

    def get_computations(self) -> dict[str, Computation]:
        """Return the fields of an UPDATE that are computed from the row."""
        if "computed" not in self:
            return {}
        values = iter([self.run.check_value(value) for value in self.get_array("computed")])
        return {
            name: Computation(field, tuple((operator, next(values)) for operator in operators))
            for name, field, operators in self._parts["computed"]
        }

    def has_parts(self, name: str) -> bool:
        """Return whether a slot is a text with bound values."""
        return name in self._parts

    def get_parts(self, name: str) -> tuple[str | Bound, ...]:
        """Return the texts and the bound values of a slot."""
        values = iter([self.run.check_value(value) for value in self.get_array(name)])
        return tuple(Bound(next(values)) if part is None else part for part in self._parts[name])

    def get_where(self) -> Where:
        """Return the condition on rows and the clauses after it: of a WHERE, or of a text, which may be empty."""
        name = "where" if "where" in self else "filter"
        if name in self._parts and not isinstance(self._parts[name][0], str):
            pairs = zip(self._parts[name], self.get_array(name), strict=True)
            return tuple(Condition(field, operator, self.run.check_value(value)) for (field, operator), value in pairs)
        where = self.get_parts(name) if name in self._parts else (self.get_text(name),)
        if "clauses" in self:
            return (*where, " ", *self.get_parts("clauses"))
        return where if name in self._parts else self.get_text(name)


type Handler = Callable[[Run, Slots], Value]


def command_operation(handlers: Mapping[str, Handler]) -> Operation:
    """Return the operation that executes keywords by their handlers."""

    def execute(run: Run, keyword: str, slots: list[Any]) -> None:
        values = run.frame.pop_many(len(slots))
        names = [slot if isinstance(slot, str) else slot[0] for slot in slots]
        parts = {slot[0]: slot[1] for slot in slots if not isinstance(slot, str) and slot[1]}
        run.frame.stack.append(handlers[keyword](run, Slots(run, dict(zip(names, values, strict=True)), parts)))

    return execute
