"""Instructions as they are written down one after the other."""

from typing import Any

from basic.faults import Place
from basic.program import Instruction, Span


class Emitter:
    """Collects the instructions of one script.

    Attributes
    ----------
    blocks
        How many blocks with something to close are open.
    """

    def __init__(self) -> None:
        self.code: list[Instruction] = []
        self.places: list[tuple[int, int, int]] = []
        self.spans: list[Span] = []
        self.blocks = 0

    def emit(self, at: Place, operation: str, first: Any = None, second: Any = None) -> int:  # noqa: ANN401 - JSON
        """Write an instruction and return where it is."""
        if not self.places or self.places[-1][1:] != at:
            self.places.append((len(self.code), *at))
        self.code.append(Instruction(operation, first, second))
        return len(self.code) - 1

    def here(self) -> int:
        """Return where the next instruction will be."""
        return len(self.code)

    def aim(self, *jumps: int) -> None:
        """Let earlier jumps go to the next instruction."""
        for jump in jumps:
            self.code[jump] = self.code[jump]._replace(first=self.here())

    def open_statement(self) -> int:
        """Begin a statement."""
        self.spans.append(Span(self.here(), self.here(), self.blocks))
        return len(self.spans) - 1

    def close_statement(self, statement: int) -> None:
        """End a statement."""
        self.spans[statement] = self.spans[statement]._replace(end=self.here())
