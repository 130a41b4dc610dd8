"""Emitting the instructions of a script."""

from typing import Any

from basic.diagnostics import Position
from basic.program import Instruction, StatementSpan


class Emitter:
    """Collects the instructions of one script.

    Attributes
    ----------
    blocks
        The number of open blocks that need a ``close``.
    """

    def __init__(self) -> None:
        self.code: list[Instruction] = []
        self.positions: list[tuple[int, int, int]] = []
        self.spans: list[StatementSpan] = []
        self.blocks = 0

    def emit(self, position: Position, opcode: str, first: Any = None, second: Any = None) -> int:  # noqa: ANN401 - JSON
        """Append an instruction and return its address."""
        if not self.positions or self.positions[-1][1:] != position:
            self.positions.append((len(self.code), *position))
        self.code.append(Instruction(opcode, first, second))
        return len(self.code) - 1

    def get_address(self) -> int:
        """Return the address of the next instruction."""
        return len(self.code)

    def patch_jumps(self, *jumps: int) -> None:
        """Let earlier jumps go to the next instruction."""
        for jump in jumps:
            self.code[jump] = self.code[jump]._replace(first=self.get_address())

    def open_block(self) -> None:
        """Count a block that the last instruction opened."""
        self.blocks += 1

    def close_block(self, position: Position) -> None:
        """Close the innermost block."""
        self.emit(position, "close")
        self.blocks -= 1

    def start_statement(self) -> int:
        """Start a statement and return its index."""
        self.spans.append(StatementSpan(self.get_address(), self.get_address(), self.blocks))
        return len(self.spans) - 1

    def end_statement(self, statement: int) -> None:
        """End a statement."""
        self.spans[statement] = self.spans[statement]._replace(end=self.get_address())
