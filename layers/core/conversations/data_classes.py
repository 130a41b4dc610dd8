"""Data classes whose methods are the same functions for all, where ``dataclasses`` compiles some for each class.

A cold start creates about a hundred data classes. Compiling their methods took a tenth of its processor time, more than
any other thing that this package does (ADR 71).

To everything else they are data classes: to type checkers, to ``fields``, ``replace`` and ``asdict``, to pydantic and
``match``. They have no slots, because a second class would be created for them.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import MISSING, FrozenInstanceError
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NamedTuple, Never, cast

__all__ = ["dataclass"]


class _Layout(NamedTuple):
    """What the methods have to know of a data class.

    Attributes
    ----------
    parameters
        Names of the parameters that may be given by position, in order.
    refused
        Names of the fields that are no parameters.
    initial
        Names of the fields that have a value before ``__post_init__``.
    defaults, factories
        The defaults of fields, and what creates those of others.
    shown
        Names of the fields that ``repr`` shows.
    get_compared, get_hashed
        Return the values of the fields that equality compares, and of those that the hash is of.
    has_post_init
        Whether the class defines ``__post_init__``.
    """

    parameters: tuple[str, ...]
    refused: frozenset[str]
    initial: frozenset[str]
    defaults: Mapping[str, object]
    factories: tuple[tuple[str, Callable[[], object]], ...]
    shown: tuple[str, ...]
    get_compared: Callable[[object], object]
    get_hashed: Callable[[object], object]
    has_post_init: bool

    def are_refused(self, named: Mapping[str, object], count: int) -> bool:
        """Return whether one of the named values is of no parameter, or of one that is among the first ``count``."""
        return not named.keys().isdisjoint(self.refused.union(self.parameters[:count]))


def _decorate(*, frozen: bool = False, slots: bool = False, kw_only: bool = False) -> Callable[[type], type]:
    """Return a decorator that makes a data class; the parameters are those of ``dataclasses``."""
    del slots

    def decorate(cls: type) -> type:
        return _add_methods(
            dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls), frozen=frozen
        )

    return decorate


def _add_methods(cls: Any, *, frozen: bool) -> type:  # noqa: ANN401 - a class with any fields
    cls.__data_class_layout__ = _build_layout(cls)
    methods = {"__init__": _initialize, "__repr__": _show, "__eq__": _equals}
    methods |= {"__hash__": _hash, "__setattr__": _refuse_change, "__delattr__": _refuse_change} if frozen else {}
    defined = vars(cls)
    # Like `dataclasses`, this keeps what a class defines itself. `__hash__` is None in a class that defines `__eq__`.
    for name in [name for name in methods if defined.get(name) is None]:
        setattr(cls, name, methods[name])
    if not frozen and defined.get("__hash__") is None:
        cls.__hash__ = None
    return cast("type", cls)


def _build_layout(cls: Any) -> _Layout:  # noqa: ANN401 - a class with any fields
    fields = dataclasses.fields(cls)
    defaults = {field.name: field.default for field in fields if field.default is not MISSING}
    factories = [(field.name, field.default_factory) for field in fields if field.default_factory is not MISSING]
    compared = [field for field in fields if field.compare]
    return _Layout(
        parameters=tuple(field.name for field in fields if field.init and not field.kw_only),
        refused=frozenset(field.name for field in fields if not field.init),
        initial=frozenset(field.name for field in fields if field.init).union(defaults, dict(factories)),
        defaults=defaults,
        factories=tuple(factories),
        shown=tuple(field.name for field in fields if field.repr),
        get_compared=_get_all([field.name for field in compared]),
        get_hashed=_get_all([field.name for field in compared if field.hash is not False]),
        has_post_init=hasattr(cls, "__post_init__"),
    )


def _get_all(names: list[str]) -> Callable[[object], object]:
    return attrgetter(*names) if names else lambda _: ()


def _initialize(self: Any, *values: object, **named: object) -> None:  # noqa: ANN401 - a method of any data class
    layout: _Layout = self.__data_class_layout__
    attributes = self.__dict__
    attributes.update(layout.defaults)
    attributes.update(zip(layout.parameters, values, strict=False))
    attributes.update(named)
    for name, factory in layout.factories:
        if name not in attributes:
            attributes[name] = factory()
    are_refused = len(values) > len(layout.parameters)
    if named and (values or layout.refused):
        are_refused = are_refused or layout.are_refused(named, len(values))
    if are_refused or attributes.keys() != layout.initial:
        raise TypeError(f"{type(self).__qualname__}() does not take {len(values)} values and {sorted(named)}")
    if layout.has_post_init:
        self.__post_init__()


@recursive_repr()
def _show(self: Any) -> str:  # noqa: ANN401 - a method of any data class
    fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__data_class_layout__.shown)
    return f"{type(self).__qualname__}({fields})"


def _equals(self: Any, other: object) -> bool:  # noqa: ANN401 - a method of any data class
    get_compared: Callable[[object], object] = self.__data_class_layout__.get_compared
    if other.__class__ is not self.__class__:
        return cast("bool", NotImplemented)
    return bool(get_compared(self) == get_compared(other))


def _hash(self: Any) -> int:  # noqa: ANN401 - a method of any data class
    return hash((self.__data_class_layout__.get_hashed(self),))


def _refuse_change(self: object, name: str, *_: object) -> Never:
    raise FrozenInstanceError(f"cannot change {name!r} of {type(self).__qualname__}")


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _decorate
