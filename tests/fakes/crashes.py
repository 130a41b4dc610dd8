"""A function that crashes at a call of one of its dependencies."""

from dataclasses import dataclass, field
from typing import Any, Protocol


class CrashedError(Exception):
    """The function has crashed."""


@dataclass(slots=True)
class Function:
    """A function that crashes at one of its steps, before or after it, and does nothing after that.

    Attributes
    ----------
    step
        The external call at which it crashes; 0 is never.
    after
        Whether the call is made before the crash.
    """

    step: int = 0
    after: bool = False
    steps: list[str] = field(default_factory=list)
    crashed: bool = False

    def call(self, name: str, what: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - any function
        if not self.crashed:
            self.steps.append(name)
            self.crashed = len(self.steps) == self.step
            if not self.crashed:
                return what(*arguments, **named)
            if self.after:
                what(*arguments, **named)
        raise CrashedError


class CrashingWorld(Protocol):
    """A world whose functions may crash."""

    function: Function


class Dependency:
    """A dependency of the function, which can be called until the function crashes."""

    def __init__(self, dependency: Any, world: CrashingWorld) -> None:  # noqa: ANN401 - any of them
        self._dependency, self._world = dependency, world

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - likewise
        what = getattr(self._dependency, name)
        if not callable(what):
            return what
        return lambda *arguments, **named: self._world.function.call(name, what, *arguments, **named)

    def __call__(self, *arguments: Any) -> Any:  # noqa: ANN401 - likewise
        return self._world.function.call("web", self._dependency, *arguments)
