"""The messages of the user: typed, or read from a file."""

from collections.abc import Iterator, Sequence
from pathlib import Path


def read_lines(file: Path) -> list[str]:
    """Return the lines of a file that are not empty."""
    return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def read_input() -> Iterator[str]:
    """Yield the lines that the user types, until Ctrl-D or Ctrl-C."""
    while True:
        try:
            yield input("You: ")
        except (EOFError, KeyboardInterrupt):
            print()
            return


def echo(inputs: Sequence[str]) -> Iterator[str]:
    """Yield texts and print each when it is read."""
    for text in inputs:
        print(f"You: {text}")
        yield text
